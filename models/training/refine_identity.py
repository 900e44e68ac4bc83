"""Refits the landmark net's `identity` to its own points: what they differ by from the shape that it tells, in the head's axes.

    python3 models/training/refine_identity.py --data DATA --run RUN [--evaluate]

The net's last layer reads identity off the picture and its points as they lie in the crop, one weight each, and stays near the mean
head: it tells a quarter of what people differ by in the distance of their eyes. Turned back by the pose, with the shape told so far taken off, the
same points say more. RUN holds landmarks.pt; RUN/shape.pt gets the correction: a ridge regression from the residual of the 198 points
and the identity so far. DATA must hold people that the net did not learn from.
"""
import argparse
import os

import cv2
import numpy as np
import torch
import torch.nn as nn

from crops import crop_from_picture
from faces import Faces
from landmarks import CROP_SCALE, DEGREES, SIZE, read
from small_nets import EXPRESSIONS, IDENTITIES, POINTS, open_net
from tensors_file import read_safetensors

BASIS = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'mini', 'shape_basis.safetensors')
STRENGTH = 0.03  # of the ridge, in shares of each feature's variance; of 0.03 to 3 the best on held-out people
LEAST_SEEN = 0.05  # how much a hidden point counts, beside 1


def residual(mean, modes, weights, points, visibility, pose):
    """[B,198,2] in cm, x to the subject's left and y up: points less the shape that `weights` tell, both moved and scaled onto each other.

    points [B,198,2] in any picture, y down; visibility [B,198] 0..1; pose [B,3] in degrees.
    """
    shape = mean + (weights @ modes).view(-1, POINTS, 3)
    yaw, pitch, roll = (pose * (np.pi / 180) * torch.tensor([1.0, 1.0, -1.0])).unsqueeze(2).unbind(1)
    (cy, sy), (cp, sp), (cr, sr) = ((a.cos(), a.sin()) for a in (yaw, pitch, roll))
    x, y, z = shape.unbind(2)
    told = torch.stack((cr * cy * x + (cr * sy * sp - sr * cp) * y + (cr * sy * cp + sr * sp) * z,
                        sr * cy * x + (sr * sy * sp + cr * cp) * y + (sr * sy * cp - cr * sp) * z), 2)
    seen = (LEAST_SEEN + visibility).unsqueeze(2)
    read = points * torch.tensor([1.0, -1.0])
    told = told - (seen * told).sum(1, keepdim=True) / seen.sum(1, keepdim=True)
    read = read - (seen * read).sum(1, keepdim=True) / seen.sum(1, keepdim=True)
    scale = (seen * told * read).sum((1, 2), keepdim=True) / (seen * told * told).sum((1, 2), keepdim=True)
    return read / scale - told


def ridge(layer, x, y, strength):
    """Puts the ridge regression of y by x into a linear layer; `strength` in shares of each feature's variance."""
    x, y = x.double(), y.double()
    mean, spread = x.mean(0), x.std(0) + 1e-6
    a = (x - mean) / spread
    w = torch.linalg.solve(a.T @ a + strength * len(a) * torch.eye(a.shape[1], dtype=a.dtype), a.T @ (y - y.mean(0))).T / spread
    with torch.no_grad():
        layer.weight.copy_(w)
        layer.bias.copy_(y.mean(0) - w @ mean)


class RefinedShape(nn.Module):
    """Outputs of `Landmarks` -> identity [B,40], corrected by the residual of the points. Begins without effect."""

    def __init__(self):
        super().__init__()
        self.register_buffer('mean', torch.zeros(POINTS, 3))
        self.register_buffer('modes', torch.zeros(IDENTITIES + EXPRESSIONS, POINTS * 3))
        self.correct = nn.Linear(POINTS * 2 + IDENTITIES, IDENTITIES)
        nn.init.zeros_(self.correct.weight), nn.init.zeros_(self.correct.bias)

    def load_basis(self, path=BASIS):
        tensors = read_safetensors(path)
        self.mean.copy_(tensors['mean'])
        self.modes.copy_(torch.cat((tensors['identity'], tensors['expression'])).flatten(1))
        return self

    def residual(self, out):
        weights = torch.cat((out['identity'], out['expression'].clamp(0, 1)), 1)
        return residual(self.mean, self.modes, weights, out['points'], out['visibility'].sigmoid(), out['pose'] * DEGREES)

    def features(self, out):
        return torch.cat((self.residual(out).flatten(1), out['identity']), 1)

    def forward(self, out):
        return out['identity'] + self.correct(self.features(out))


def readings(net, faces, rng, views):
    """What the net tells of crops that lie as facet's do (read twice), up to 40 degrees of yaw; and the true identities."""
    told, truth = [], []
    for k in range(len(faces)):
        face = faces[k]
        if abs(face['pose'][0]) > 40:
            continue
        for _ in range(views):
            m = crop_from_picture(face['points'][:68], SIZE, CROP_SCALE * np.exp(0.05 * rng.randn()), rng.uniform(-0.04, 0.04, 2), rng.uniform(-5, 5))
            _, points = read(net, face['rgb'], m)
            out, _ = read(net, face['rgb'], crop_from_picture(points[:68], SIZE, CROP_SCALE))
            told.append({name: out[name] for name in ('points', 'visibility', 'pose', 'identity', 'expression')})
            truth.append(torch.from_numpy(np.asarray(face['identity'], np.float32)))
    return {name: torch.cat([t[name] for t in told]) for name in told[0]}, torch.stack(truth)


def fit(refined, told, truth):
    """Puts the ridge regression into `refined`."""
    ridge(refined.correct, refined.features(told), truth - told['identity'], STRENGTH)


def figures(refined, identity, truth):
    """Error of the shape seen from the front in cm, and how much of the differences in eye distance is told."""
    modes = refined.modes[:IDENTITIES].unflatten(1, (POINTS, 3))
    off = torch.einsum('nk,kpc->npc', identity - truth, modes)[..., :2]

    def eyes(weights):
        at = torch.einsum('nk,kpc->npc', weights, modes)
        return at[:, 42:48, 0].mean(1) - at[:, 36:42, 0].mean(1)
    a, b = eyes(identity), eyes(truth)
    slope = float(((a - a.mean()) * (b - b.mean())).mean() / b.var())
    return {'shape off, cm': round(float(off.square().sum(2).mean(1).sqrt().mean()), 4), 'of eye distance told': round(slope, 3),
            'correlation': round(float(torch.corrcoef(torch.stack((a, b)))[0, 1]), 3), 'of': len(truth)}


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument('--data', required=True)
    arguments.add_argument('--run', required=True)
    arguments.add_argument('--views', type=int, default=2, help='crops of every picture')
    arguments.add_argument('--evaluate', action='store_true', help='only measure RUN/shape.pt, on DATA/val')
    a = arguments.parse_args()
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    net, path = open_net(a.run, 'landmarks'), os.path.join(a.run, 'shape.pt')
    refined = RefinedShape().load_basis()
    with torch.no_grad():
        if a.evaluate:
            refined.load_state_dict(torch.load(path, map_location='cpu'))
        else:
            faces = Faces(a.data)
            if not len(faces):
                raise SystemExit(f'{a.data}: no single-*.npz to train on')
            told, truth = readings(net, faces, np.random.RandomState(2), a.views)
            fit(refined, told, truth)
            torch.save(refined.state_dict(), path + '.tmp')
            os.replace(path + '.tmp', path)
            print('people it is fitted to: before', figures(refined, told['identity'], truth), 'now', figures(refined, refined(told), truth), flush=True)
        folder = os.path.join(a.data, 'val')
        if not os.path.isdir(folder):
            return
        told, truth = readings(net, Faces(folder, held_out=True), np.random.RandomState(1), 1)
        print('held-out people: before', figures(refined, told['identity'], truth), 'now', figures(refined, refined(told), truth))


if __name__ == '__main__':
    main()
