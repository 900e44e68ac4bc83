"""Trains the landmark network (points, visibility, pose, shape weights, presence, likeness) on rendered faces; resumable.

    python3 models/training/landmarks.py --data DIR --out OUT --minutes M [--seed 1] [--basis FILE] [--evaluate]

Every batch: pairs of pictures of one person, each in its own jittered, degraded 128 px crop, half of the pairs mirrored (points,
pose, expression and identity change sides with it), and crops without a face. Identity and likeness are solved for at the end (likeness.py). OUT/landmarks.pt are the averaged weights, OUT/landmarks_log.jsonl the figures.
"""
import argparse
import os

import cv2
import numpy as np
import torch
import torch.nn.functional as F

import augment
from crops import crop_from_picture, ffhq_quad, mirror_expressions, mirror_points, move, warp
from faces import Faces
from feeder import source
from likeness import set_border, solve
from on_device import other_light
from shape_basis import EXPRESSION_NAMES, load_basis
from small_nets import IDENTITIES, Landmarks
from train_loop import Training

SIZE, CROP_SCALE, DEGREES = 128, 0.9, 30.0
FIELDS = ('points', 'visible', 'pose', 'identity', 'expression')
# Weights that pictures show well count more: jaw, lids, gaze, mouth, brows.
SEEN_WELL = ('jawOpen', 'eyeBlink', 'mouthSmile', 'mouthFunnel', 'mouthPucker', 'browInnerUp', 'browDown', 'browOuterUp',
             'mouthUpperUp', 'mouthLowerDown', 'eyeLook', 'eyeWide', 'mouthFrown')


def read(net, picture, m):
    """What the net tells of the crop that `m` (2x3, picture -> crop of SIZE) cuts out, and its 198 points in the picture's pixels."""
    with torch.no_grad():
        told = net(torch.from_numpy(warp(picture, m, SIZE)).permute(2, 0, 1)[None].float() / 127.5 - 1)
    return told, move(told['points'][0].numpy() * SIZE, cv2.invertAffineTransform(m))


class Teacher:
    """Makes batches and losses; knows the shape model and its mirror."""

    def __init__(self, faces, basis, people=False):
        """`people`: shape weights and likeness are learnt with the rest (thousands of people a minute, a GPU's pace)."""
        self.faces, self.people = faces, people
        self.mean, self.identity, self.expression = basis
        self.swap_points, self.swap_expressions = mirror_points(self.mean), mirror_expressions(EXPRESSION_NAMES)
        flat = self.identity.reshape(IDENTITIES, -1)
        mirrored = (np.einsum('pq,kqc->kpc', self.swap_points, self.identity) * [-1, 1, 1]).reshape(IDENTITIES, -1)
        solve, *_ = np.linalg.lstsq(flat.T, mirrored.T, rcond=None)
        self.mirror_identity = solve.T.astype(np.float32)  # w -> w @ this
        self.mirror_error = float(np.sqrt(((self.mirror_identity @ flat - mirrored) ** 2).sum() / (mirrored ** 2).sum()))
        self.identity_to_cm = torch.from_numpy(flat.astype(np.float32))
        self.expression_to_cm = torch.from_numpy(self.expression.reshape(len(self.expression), -1).astype(np.float32))
        self.expression_weight = torch.tensor([3.0 if n.startswith(SEEN_WELL) else 1.0 for n in EXPRESSION_NAMES])

    def example(self, face, rng, mirror):
        wide = 2.0 if rng.rand() < 0.25 else 1.0  # a quarter as far off as a bad detection
        roll = wide * rng.uniform(-12, 12)
        m = crop_from_picture(face['points'][:68], SIZE, CROP_SCALE * np.exp(0.075 * wide * rng.randn()).clip(0.7, 1.35),
                              wide * rng.uniform(-0.065, 0.065, 2), roll, mirror)
        turned = np.degrees(np.arctan2(*(v := ffhq_quad(face['points'][:68])[1])[::-1])) + roll
        image, points = warp(face['rgb'], m, SIZE), move(face['points'].astype(np.float64), m) / SIZE
        visible, pose = face['visible'].copy(), face['pose'] - [0, 0, turned]
        expression, identity = face['expression'], face['identity']
        if mirror:
            points, visible = self.swap_points @ points, (self.swap_points @ visible > 0.5).astype(np.float32)
            pose, expression = pose * [-1, 1, -1], expression[self.swap_expressions]
            identity = identity @ self.mirror_identity
        if rng.rand() < 0.3:
            other = self.faces.draw(rng)['rgb'] if rng.rand() < 0.6 else None
            mask, fill = augment.occluder(rng, SIZE, other)
            image = augment.put(image, mask, fill)
            at = (points * SIZE).astype(int).clip(0, SIZE - 1)
            visible = visible * (mask[at[:, 1], at[:, 0]] < 0.5)
        visible = visible * ((points > 0) & (points < 1)).all(1)
        image = augment.sensor(rng, augment.light(rng, image))
        pose[2] = (pose[2] + 180) % 360 - 180
        return image, points, visible, pose, identity, expression

    def nothing(self, rng):
        """A crop without a face in its place: far off, much too large or small, turned over, a texture, or a badge."""
        which = rng.rand()
        if which < 0.2:
            image = augment.texture(rng, SIZE, SIZE)
        elif which < 0.45:
            image = augment.badge(rng, SIZE)
        else:
            face, kind = self.faces.draw(rng), rng.randint(4)
            scale, shift, roll = CROP_SCALE * np.exp(0.2 * rng.randn()), np.zeros(2), rng.uniform(-180, 180)
            if kind <= 1:
                a = rng.uniform(0, 2 * np.pi)
                shift, scale = rng.uniform(0.38, 0.75) * np.array([np.cos(a), np.sin(a)]), scale * rng.uniform(0.4, 1.2)
            elif kind == 2:
                scale = CROP_SCALE * (rng.uniform(0.15, 0.4) if rng.rand() < 0.6 else rng.uniform(2.2, 4))
                shift = rng.uniform(-0.25, 0.25, 2)
            else:
                roll = rng.uniform(75, 285)
            m = crop_from_picture(face['points'][:68], SIZE, scale, shift, roll, rng.rand() < 0.5)
            border = (cv2.BORDER_REPLICATE, cv2.BORDER_REFLECT, cv2.BORDER_CONSTANT)[rng.randint(3)]
            image = warp(face['rgb'], m, SIZE, border=border)
            if rng.rand() < 0.3:  # a face that is covered
                image = augment.put(image, cv2.GaussianBlur(np.pad(np.ones((96, 96), np.float32), 16), (0, 0), 3),
                                    augment.texture(rng, SIZE, SIZE))
        return augment.sensor(rng, augment.light(rng, image))

    def group(self, rng, pairs=4, nothings=1):
        """One item of a trainer: pairs of pictures of one person each, then crops without a face."""
        rows, images = [], []
        for _ in range(pairs):
            two, mirror = self.faces.draw_pair(rng), rng.rand() < 0.5
            rows += [self.example(face, rng, mirror) for face in two]
        images = [r[0] for r in rows] + [self.nothing(rng) for _ in range(nothings)]
        fields = {name: np.stack([np.asarray(r[k + 1], np.float32) for r in rows]) for k, name in enumerate(FIELDS)}
        return {'image': np.stack(images), **fields}

    def batch(self, drawn, again=False):
        """(pictures: all faces first, then those without; the fields of the faces) of drawn groups."""
        count = drawn['points'].shape[1]
        image = drawn['image']
        image = torch.cat((image[:, :count].flatten(0, 1), image[:, count:].flatten(0, 1)))
        x = image.permute(0, 3, 1, 2).float().div_(127.5).sub_(1)
        return other_light(x) if again else x, [drawn[name].flatten(0, 1) for name in FIELDS]

    def losses(self, out, fields):
        points, visible, pose, identity, expression = fields
        n, device = len(points), points.device
        out = {k: v.float() for k, v in out.items()}
        to_cm, weights = self.expression_to_cm.to(device), self.expression_weight.to(device)
        off = F.smooth_l1_loss(out['points'][:n] * SIZE, points * SIZE, reduction='none', beta=1.0).mean(2)
        weight = 0.5 + 0.5 * visible
        presence = torch.cat((torch.ones(n, device=device), torch.zeros(len(out['presence']) - n, device=device)))
        d_expression = out['expression'][:n] - expression
        more = {}
        if self.people:
            off_cm = (out['identity'][:n] - identity) @ self.identity_to_cm.to(device)
            more = {'identity': 6 * (off_cm ** 2).mean(), 'like': 0.15 * alike(out['like'][:n])}
        return {**more, 'points': (off * weight).sum() / weight.sum(),
                'visible': 0.5 * F.binary_cross_entropy_with_logits(out['visibility'][:n], visible),
                'pose': 3 * F.smooth_l1_loss(out['pose'][:n], pose / DEGREES, beta=0.1),
                'expression': 4 * (d_expression ** 2 * weights).mean()
                + 8 * ((d_expression @ to_cm) ** 2).mean(),
                'presence': 0.5 * F.binary_cross_entropy_with_logits(out['presence'][:, 0], presence)}


def alike(e, temperature=0.1):
    """Of each person's first picture, which second one is theirs, and the reverse. e [2P,D] of length one, pairs in neighbours."""
    scores = e[0::2] @ e[1::2].T / temperature
    which = torch.arange(len(scores), device=e.device)
    return F.cross_entropy(scores, which) + F.cross_entropy(scores.T, which)


def evaluate(net, faces, teacher, items=None, scale=1.0, seed=5):
    """Figures on held-out faces, crops jittered a little (as a detector's points would be): see README.md."""
    rng, device = np.random.RandomState(seed), next(net.parameters()).device
    n = min(len(faces), items or len(faces))
    got = []
    with torch.no_grad():
        for k in range(n):
            f = faces[k]
            roll = rng.uniform(-6, 6)
            m = crop_from_picture(f['points'][:68], SIZE, CROP_SCALE * np.exp(0.04 * rng.randn()), rng.uniform(-0.03, 0.03, 2),
                                  roll)
            turned = np.degrees(np.arctan2(*ffhq_quad(f['points'][:68])[1][::-1])) + roll
            x = torch.from_numpy(warp(f['rgb'], m, SIZE)).to(device).permute(2, 0, 1)[None].float() / 127.5 - 1
            out = {key: v[0].cpu().numpy() for key, v in net(x).items()}
            points = move(f['points'].astype(np.float64), m) / SIZE
            eyes = np.linalg.norm(points[36] - points[45])
            off = np.linalg.norm(out['points'] - points, axis=1) / eyes
            pose = out['pose'] * DEGREES - (f['pose'] - [0, 0, turned])
            shape = (out['identity'] - f['identity']) @ teacher.identity_to_cm.numpy()
            moved = (out['expression'].clip(0, 1) - f['expression']) @ teacher.expression_to_cm.numpy()
            got.append(dict(yaw=abs(f['pose'][0]), nme=off[:68].mean(), dense=off[68:].mean(),
                            nme_seen=off[f['visible'] > 0.5].mean(), pose=np.abs((pose + 180) % 360 - 180).mean(),
                            visible=((out['visibility'] > 0) == (f['visible'] > 0.5)).mean(),
                            identity_cm=np.sqrt((shape ** 2).reshape(-1, 3).sum(1).mean()),
                            mean_cm=np.sqrt(((f['identity'] @ teacher.identity_to_cm.numpy()) ** 2).reshape(-1, 3).sum(1).mean()),
                            expression=np.abs(out['expression'].clip(0, 1) - f['expression']).mean(),
                            expression_cm=np.sqrt((moved ** 2).reshape(-1, 3).sum(1).mean()),
                            jaw=abs(out['expression'][EXPRESSION_NAMES.index('jawOpen')] - f['expression'][EXPRESSION_NAMES.index('jawOpen')]),
                            blink=abs(out['expression'][14] - f['expression'][14]),
                            embedding=out['embedding'], person=int(f['person']), presence=float(out['presence'][0])))
        nothing = torch.from_numpy(np.stack([teacher.nothing(rng) for _ in range(64)])).permute(0, 3, 1, 2).float() / 127.5 - 1
        nothing = net(nothing.to(device))['presence'][:, 0].cpu().numpy()
    near = [g for g in got if g['yaw'] <= 45]
    figures = {k: round(float(np.mean([g[k] for g in near])), 4) for k in
               ('nme', 'dense', 'nme_seen', 'pose', 'visible', 'identity_cm', 'mean_cm', 'expression', 'expression_cm', 'jaw', 'blink')}
    figures['nme_all_yaws'] = round(float(np.mean([g['nme'] for g in got])), 4)
    figures['presence_found'] = round(float(np.mean([g['presence'] > 0 for g in got])), 4)
    figures['presence_false'] = round(float((nothing > 0).mean()), 4)
    e, person = np.stack([g['embedding'] for g in got]), np.array([g['person'] for g in got])
    like = e @ e.T - 9 * np.eye(n)
    pairs = np.array([(person == p).sum() > 1 for p in person])
    figures['likeness_top1'] = round(float((person[like.argmax(1)] == person)[pairs].mean()), 4)
    same, upper = person[:, None] == person[None], np.triu(np.ones((n, n), bool), 1)
    a, b = like[same & upper], like[~same & upper]
    if len(a):
        figures['likeness_auc'] = round(float((a[:, None] > b[None]).mean()), 4)
    figures['faces'] = n
    return figures


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument('--data', required=True)
    arguments.add_argument('--out', required=True)
    arguments.add_argument('--minutes', type=float, default=60)
    arguments.add_argument('--seed', type=int, default=2)
    arguments.add_argument('--basis', help='folder of the head model; default ../shared/facemodel beside the repository')
    arguments.add_argument('--pairs', type=int, default=3000, help='of pictures for the solved layers')
    arguments.add_argument('--solve', action='store_true', help='only solve the last layers of OUT/landmarks.pt again')
    arguments.add_argument('--border', action='store_true', help='only find the border of likeness of OUT/landmarks.pt again')
    arguments.add_argument('--start', help='weights to begin from, e.g. models/training/weights/landmarks.safetensors')
    arguments.add_argument('--evaluate', action='store_true', help='only measure OUT/landmarks.pt on all held-out faces')
    arguments.add_argument('--device', default='cpu')
    arguments.add_argument('--workers', type=int, default=0, help='processes that make the pictures (for a GPU)')
    arguments.add_argument('--batch', type=int, default=32, help='groups of nine pictures a step with workers')
    a = arguments.parse_args()
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    net = Landmarks()
    held = Faces(os.path.join(a.data, 'val'), held_out=True)
    faces = Faces(a.data)
    if not len(faces):
        raise SystemExit(f'{a.data}: no single-*.npz to train on')
    teacher = Teacher(faces, load_basis(a.basis), a.workers > 0)
    if a.evaluate:
        net.load_state_dict(torch.load(os.path.join(a.out, 'landmarks.pt'), map_location='cpu'))
        print(evaluate(net.eval(), held, teacher))
        return
    if a.solve or a.border:
        net.load_state_dict(torch.load(os.path.join(a.out, 'landmarks.pt'), map_location='cpu'))
        (solve if a.solve else set_border)(net.eval(), teacher, np.random.RandomState(a.seed), a.pairs)
        torch.save(net.state_dict(), os.path.join(a.out, 'landmarks.pt'))
        return
    print(f'mirrored identities are {teacher.mirror_error:.3f} off', flush=True)
    items = source(teacher.group, np.random.RandomState(a.seed), a.seed, a.workers, a.device, lambda: faces.refresh(4), capacity=6000)
    training = Training('landmarks', net, a.out, a.minutes, 2.5e-3, a.seed, decay=1e-3, start=a.start, device=a.device,
                        keep=0.999 if a.workers else 0.997)
    while not training.is_over():
        net.train()
        x, fields = teacher.batch(items.draw(a.batch if a.workers else 2), bool(a.workers))
        with training.half():
            out = net(x)
        training.update(teacher.losses(out, fields), len(x))
        if training.step % (2000 if a.workers else 300) == 0:
            held.refresh()
            training.report(trained_on=len(faces), made=getattr(items, 'fed', training.step), **evaluate(training.average, held, teacher, items=96))
    training.save()
    training.average.cpu()
    (set_border if teacher.people else solve)(training.average, teacher, training.rng, a.pairs)
    training.save()
    training.report(final=True, **evaluate(training.average, held, teacher))


if __name__ == '__main__':
    main()
