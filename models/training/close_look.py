"""Trains the close looks: small nets that read the points of one part of a face again, from a patch at the picture's own resolution.

    python3 models/training/close_look.py --data DIR [--data DIR …] --held DIR --out OUT --minutes M [--parts eye nose …] [--evaluate]

The landmark net sees a whole face in 128 px. Where its points say that a part lies, a patch is cut out of the picture (the left eye
and jaw mirrored), and CloseLook tells where that part's points lie in it and how sure it is of each.
"""
import argparse
import os

import cv2
import numpy as np
import torch
import torch.nn.functional as F

import augment
from crops import crop_from_picture, mirror_expressions, mirror_points, move, warp
from faces import Faces
from shape_basis import EXPRESSION_NAMES, load_basis
from small_nets import PARTS, CloseLook, part_points
from train_loop import Training

UNIT = 256  # px of the FFHQ crop in which sides of patches are told


def patch_matrix(crop, centre, part, scale=1.0, roll=0.0, mirror=False):
    """2x3 picture -> patch: `crop` is picture -> FFHQ crop of UNIT px, `centre` the part's place in it."""
    side, size = part.side, part.size
    a, k = np.radians(roll), size / (side * scale)
    turn = k * np.array([[np.cos(a), np.sin(a)], [-np.sin(a), np.cos(a)]])
    m = np.c_[turn, size / 2 - turn @ centre]
    m = m @ np.r_[crop, [[0, 0, 1]]]
    if mirror:
        m[0] *= -1
        m[0, 2] += size
    return m


def moved_weights(part):
    """Indices of the expression weights that a part's look tells: of a part with sides, those of its own."""
    return [k for k, n in enumerate(EXPRESSION_NAMES) if n.startswith(part.moved_by) and not (part.sided and n.endswith('_L'))]


class Teacher:
    """Makes patches of parts and the losses of one CloseLook."""

    def __init__(self, folders, mean):
        self.folders = folders
        self.swap, self.swap_expressions = mirror_points(mean), mirror_expressions(EXPRESSION_NAMES)
        self.points = {name: part_points(part, mean) for name, part in PARTS.items()}
        self.expressions = {name: moved_weights(part) for name, part in PARTS.items()}

    def patches(self, face, name, rng):
        """Of one face: rows of (patch, points in it 0..1, seen, expression weights); both sides of a part with sides."""
        part, index = PARTS[name], self.points[name]
        crop = crop_from_picture(face['points'][:68], UNIT)
        rows = []
        for mirror in (False, True) if part.sided else (rng.rand() < 0.5,):
            wide = 2.5 if rng.rand() < 0.15 else 1.0
            points, visible, expression = face['points'].astype(np.float64), face['visible'], face['expression']
            if mirror:
                visible, expression = (self.swap @ visible > 0.5).astype(np.float32), expression[self.swap_expressions]
            place = self.swap @ points if mirror else points
            centre = move(place[list(part.group)], crop).mean(0) + wide * rng.normal(0, part.off, 2)
            m = patch_matrix(crop, centre, part, np.exp(0.05 * wide * rng.randn()), 3 * wide * rng.randn(), mirror)
            told = (self.swap @ move(points, m) if mirror else move(points, m))[index] / part.size
            rows.append((warp(face['rgb'], m, part.size), told, visible[index] * ((told > 0) & (told < 1)).all(1), expression[self.expressions[name]]))
        return rows

    def batch(self, name, rng, faces):
        """`faces` faces -> tensors of a step."""
        size, rows = PARTS[name].size, []
        for _ in range(faces):
            folder = self.folders[rng.randint(len(self.folders))]
            face = folder.draw(rng)
            while abs(face['pose'][0]) > 65:
                face = folder.draw(rng)
            for patch, *told in self.patches(face, name, rng):
                if rng.rand() < 0.15:
                    mask, fill = augment.occluder(rng, size, None)
                    at = (told[0] * size).astype(int).clip(0, size - 1)
                    patch, told[1] = augment.put(patch, mask, fill), told[1] * (mask[at[:, 1], at[:, 0]] < 0.5)
                rows.append((augment.sensor(rng, augment.light(rng, patch, 0.8), 0.5, size / 26), *told))
        image, *fields = (np.stack([r[k] for r in rows]) for k in range(4))
        return torch.from_numpy(image).permute(0, 3, 1, 2).float() / 127.5 - 1, [torch.from_numpy(f.astype(np.float32)) for f in fields]


def losses(out, fields, part):
    """In px of the FFHQ crop: Huber on the places, likelihood of a Laplace on how sure; the weights that move the part."""
    points, seen, expression = fields
    off = (out['points'] - points) * part.side
    weight = (0.15 + 0.85 * seen).unsqueeze(2)
    huber = F.smooth_l1_loss(off, torch.zeros_like(off), reduction='none')
    unsure = out['unsure'].unsqueeze(2)
    return {'points': (huber * weight).sum() / weight.sum() / 2,
            'unsure': 0.1 * (off.detach().abs() * (-unsure).exp() + unsure).mean(),
            'expression': 2 * (out['expression'] - expression).square().mean()}


@torch.no_grad()
def evaluate(net, name, teacher, held, items=300):
    rng, part = np.random.RandomState(5), PARTS[name]
    off, seen = [], []
    for k in range(min(items, len(held))):
        face = held[k]
        if abs(face['pose'][0]) > 45:
            continue
        rows = teacher.patches(face, name, rng)
        out = net(torch.from_numpy(np.stack([r[0] for r in rows])).permute(0, 3, 1, 2).float() / 127.5 - 1)
        off.append((out['points'].numpy() - np.stack([r[1] for r in rows])) * part.side)
        seen.append(np.stack([r[2] for r in rows]) > 0.5)
    off, seen = np.concatenate(off), np.concatenate(seen)
    own = [k for k, p in enumerate(teacher.points[name]) if p in part.group]
    far = np.linalg.norm(off, axis=2)
    return {'all': round(float(far.mean()), 3), 'own': round(float(far[:, own].mean()), 3), 'own_seen': round(float(far[:, own][seen[:, own]].mean()), 3),
            'group': [round(float(v), 2) for v in np.sqrt((off[:, own].mean(1) ** 2).mean(0))]}


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument('--data', required=True, action='append')
    arguments.add_argument('--held', required=True, help='folder of held-out people')
    arguments.add_argument('--out', required=True)
    arguments.add_argument('--minutes', type=float, default=90)
    arguments.add_argument('--parts', nargs='+', choices=list(PARTS), default=list(PARTS))
    arguments.add_argument('--faces', type=int, default=32, help='a step')
    arguments.add_argument('--basis', help='folder of the head model; default ../shared/facemodel beside the repository')
    arguments.add_argument('--evaluate', action='store_true')
    a = arguments.parse_args()
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    mean = load_basis(a.basis)[0]
    held = Faces(a.held, held_out=True)
    teacher = Teacher([] if a.evaluate else [Faces(f) for f in a.data], mean)
    trainings = {}
    for name in a.parts:
        net = CloseLook(PARTS[name], len(teacher.points[name]), len(teacher.expressions[name]))
        if a.evaluate:
            net.load_state_dict(torch.load(os.path.join(a.out, f'look_{name}.pt'), map_location='cpu'))
            print(name, evaluate(net.eval(), name, teacher, held, len(held)), flush=True)
            continue
        trainings[name] = Training(f'look_{name}', net.to(memory_format=torch.channels_last), a.out, a.minutes, 2e-3, seed=1 + list(PARTS).index(name), decay=1e-3, keep=0.998)
    while trainings and not any(t.is_over() for t in trainings.values()):
        for name, training in trainings.items():
            training.net.train()
            x, fields = teacher.batch(name, training.rng, a.faces)
            with torch.autocast('cpu', torch.bfloat16):
                out = training.net(x.contiguous(memory_format=torch.channels_last))
            training.update(losses({k: v.float() for k, v in out.items()}, fields, PARTS[name]), len(x))
            if training.step % 1000 == 0:
                training.report(**evaluate(training.average, name, teacher, held))
    for name, training in trainings.items():
        training.save()
        training.report(final=True, **evaluate(training.average, name, teacher, held, len(held)))


if __name__ == '__main__':
    main()
