"""Makes the refiner of the close looks: trains the head that puts their readings and the landmark net's together.

    python3 models/training/refiner.py --data DIR [--data DIR …] --others DIR --held DIR --run RUN [--passes 30] [--evaluate]

RUN holds landmarks.pt, shape.pt and look_*.pt; RUN/refiner.pt gets these looks and the head. Every face is read as facet reads it (landmarks
twice, then the patches that their points ask for), once as it is and then in other light; the readings are kept in RUN/readings.
"""
import argparse
import multiprocessing
import os

import cv2
import numpy as np
import torch

import augment
from close_look import UNIT, patch_matrix
from crops import crop_from_picture, mirror_points, move, warp
from faces import Faces
from landmarks import CROP_SCALE, DEGREES, SIZE, read
from refine_identity import RefinedShape
from refiner_net import Refiner
from small_nets import EXPRESSIONS, IDENTITIES, PARTS, open_net

MOST_YAW = 50


class Reader:
    """Reads faces as facet does: the landmark net twice, then every part from near."""

    def __init__(self, run):
        self.net, self.shape = open_net(run, 'landmarks'), RefinedShape()
        self.shape.load_state_dict(torch.load(os.path.join(run, 'shape.pt'), map_location='cpu'))
        self.looks = Refiner().load_looks(run).looks
        self.twin = mirror_points(self.shape.mean.numpy()).argmax(1)  # of jaw, brows and eyes

    @torch.no_grad()
    def __call__(self, picture, m):
        """`m` picture -> first crop of the landmark net. What is read, places in px of the FFHQ crop of UNIT; and picture -> that crop."""
        _, points = read(self.net, picture, m)
        m = crop_from_picture(points[:68], SIZE, CROP_SCALE)
        out, points = read(self.net, picture, m)
        crop = crop_from_picture(points[:68], UNIT)
        turn = np.degrees(np.arctan2(crop[1, 0], crop[0, 0]) - np.arctan2(m[1, 0], m[0, 0]))
        at = move(points, crop)
        told = {'points': at, 'visibility': out['visibility'][0].sigmoid().numpy(), 'identity': self.shape(out)[0].numpy(),
                'pose': out['pose'][0].numpy() * DEGREES + [0, 0, turn], 'expression': out['expression'][0].clamp(0, 1).numpy()}
        for name, part in PARTS.items():
            centres = [at[list(part.group)].mean(0)]
            if part.sided:
                centres.append(at[self.twin[list(part.group)]].mean(0))
            patches = [warp(picture, patch_matrix(crop, c, part, mirror=side == 1), part.size) for side, c in enumerate(centres)]
            seen = self.looks[name](torch.from_numpy(np.stack(patches)).permute(0, 3, 1, 2).float() / 127.5 - 1)
            told[f'{name}_centre'] = np.stack(centres)
            told.update({f'{name}_{k}': v.numpy() for k, v in seen.items()})
        return told, crop


def truth_of(face, crop, turn):
    return {'true_points': move(face['points'].astype(np.float64), crop), 'true_pose': face['pose'] - [0, 0, turn],
            'true_identity': face['identity'], 'true_expression': face['expression'], 'true_visible': face['visible']}


def collect(job):
    """Readings of a share of a folder's faces, as a file."""
    run, folder, held, share, shares, views, path = job
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    reader, faces, rows = Reader(run), Faces(folder, held_out=held), []
    for k in range(share, len(faces), shares):
        face, rng = faces[k], np.random.RandomState(1000 + k)
        if abs(face['pose'][0]) > MOST_YAW:
            continue
        for view in range(views):
            picture = face['rgb'] if view == 0 else augment.sensor(rng, augment.light(rng, face['rgb'], 0.7), 0.4)
            m = crop_from_picture(face['points'][:68], SIZE, CROP_SCALE * np.exp(0.05 * rng.randn()), rng.uniform(-0.04, 0.04, 2), rng.uniform(-5, 5))
            told, crop = reader(picture, m)
            turn = -np.degrees(np.arctan2(crop[1, 0], crop[0, 0]))
            rows.append({**told, **truth_of(face, crop, turn)})
    np.savez(path + '.tmp.npz', **{k: np.stack([np.asarray(r[k], np.float32) for r in rows]) for k in rows[0]})
    os.replace(path + '.tmp.npz', path)


def readings(a, folder, held, views):
    """Tensors of all readings of a folder; made once by two processes."""
    kept = os.path.join(a.run, 'readings')
    os.makedirs(kept, exist_ok=True)
    name = folder.strip('/').replace('/', '_')
    paths = [os.path.join(kept, f'{name}_{k}.npz') for k in range(a.processes)]
    jobs = [(a.run, folder, held, k, a.processes, views, p) for k, p in enumerate(paths) if not os.path.exists(p)]
    if jobs:
        with multiprocessing.get_context('spawn').Pool(a.processes) as pool:
            pool.map(collect, jobs)
    files = [np.load(p) for p in paths]
    return {k: torch.from_numpy(np.concatenate([f[k] for f in files])) for k in files[0].files}


class Figures:
    def __init__(self, refiner):
        self.modes = refiner.modes[:IDENTITIES].view(IDENTITIES, -1, 3)
        self.moves = refiner.modes[IDENTITIES:].view(EXPRESSIONS, -1, 3)

    def __call__(self, points, identity, expression, pose, told):
        off = (points - told['true_points']).norm(dim=2)
        wrong = torch.einsum('nk,kpc->npc', identity - told['true_identity'], self.modes)[..., :2]
        moved = torch.einsum('nk,kpc->npc', expression.clamp(0, 1) - told['true_expression'], self.moves)
        at = [torch.einsum('nk,kpc->npc', w, self.modes) for w in (identity, told['true_identity'])]
        a, b = (p[:, 42:48, 0].mean(1) - p[:, 36:42, 0].mean(1) for p in at)
        turned = (pose - told['true_pose'] + 180) % 360 - 180
        parts = {'jaw': slice(0, 17), 'brows': slice(17, 27), 'nose': slice(27, 36), 'eyes': slice(36, 48), 'mouth': slice(48, 68), 'dense': slice(68, 198)}
        return {'px': {n: round(float(off[:, s].mean()), 3) for n, s in parts.items()}, 'shape_cm': round(float(wrong.square().sum(2).mean(1).sqrt().mean()), 4),
                'eyes_told': round(float(((a - a.mean()) * (b - b.mean())).mean() / b.var()), 3),
                'moved_cm': round(float(moved.square().sum(2).mean(1).sqrt().mean()), 4), 'pose': [round(float(v), 2) for v in turned.abs().mean(0)]}


def losses(out, told, modes):
    points, _, expression, pose = out
    weight = (0.2 + 0.8 * told['true_visible']).unsqueeze(2)
    off = torch.nn.functional.smooth_l1_loss(points, told['true_points'], reduction='none')
    moved = (expression - told['true_expression']) @ modes[IDENTITIES:]
    turned = torch.nn.functional.smooth_l1_loss(pose, told['true_pose'], beta=2.0)
    return (off * weight).sum() / weight.sum() / 2 + 40 * moved.square().mean() + 2 * (expression - told['true_expression']).square().mean() + 0.2 * turned


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument('--data', action='append', default=[], help='folders of faces that points, expression and pose are learnt on')
    arguments.add_argument('--others', help='folder of people that no net has learnt from; identity is fitted to them and to the others')
    arguments.add_argument('--held', required=True)
    arguments.add_argument('--run', required=True)
    arguments.add_argument('--views', type=int, default=2, help='of every other person: as it is, and in other light')
    arguments.add_argument('--passes', type=int, default=30, help='over all readings')
    arguments.add_argument('--processes', type=int, default=2)
    arguments.add_argument('--evaluate', action='store_true')
    a = arguments.parse_args()
    torch.manual_seed(1)
    refiner, path = Refiner(), os.path.join(a.run, 'refiner.pt')
    held = readings(a, a.held, True, 1)
    figures = Figures(refiner.head)
    print('landmark net', figures(*(held[k] for k in ('points', 'identity', 'expression', 'pose')), held), flush=True)
    if a.evaluate:
        refiner.load_state_dict(torch.load(path, map_location='cpu'))
        with torch.no_grad():
            print('refined', figures(*refiner.eval().head(held), held))
        return
    torch.set_num_threads(a.processes)
    sets = [readings(a, folder, False, 1) for folder in a.data]
    told = {k: torch.cat([s[k] for s in sets]) for k in sets[0]}
    others = readings(a, a.others, False, a.views)
    everybody = {k: torch.cat((v, others[k])) for k, v in told.items()}
    refiner.load_looks(a.run)
    head = refiner.head
    head.normalise(told)
    count, batch = len(told['points']), 256
    optimizer = torch.optim.AdamW(head.parameters(), 1e-3, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1.5e-3, total_steps=a.passes * (count // batch))
    print(count, 'readings', flush=True)
    for k in range(a.passes):
        head.train()
        order, total = torch.randperm(count), 0.0
        for i in range(count // batch):
            rows = order[i * batch:(i + 1) * batch]
            some = {n: v[rows] for n, v in told.items()}
            loss = losses(head(some), some, head.modes)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(head.parameters(), 5.0)
            optimizer.step(), schedule.step()
            total += float(loss.detach())
        if k % 5 == 4 or k == a.passes - 1:
            head.eval()
            head.fit_shape(everybody)
            with torch.no_grad():
                print(k + 1, round(total / (count // batch), 4), figures(*head(held), held), flush=True)
            torch.save(refiner.state_dict(), path + '.tmp')
            os.replace(path + '.tmp', path)


if __name__ == '__main__':
    main()
