"""Refits the landmark net's `presence` (is there a face in this crop?) on what the detector takes for faces; the rest of the net stays.

    python3 models/training/presence.py --data DATA --run RUN [--scenes 2000] [--evaluate]

RUN holds detector.pt and landmarks.pt; the latter gets one new row of its last layer, fitted to the nets' own finds: scenes as the
detector learns from and piles of things (clutter.py) are searched, every find is cropped as facet does it (the first and the
second reading), and a logistic regression on the net's 256 whole-picture features tells faces from other finds.
"""
import argparse
import os

import cv2
import numpy as np
import torch

import augment
from clutter import pile
from crops import crop_from_picture
from detector import detect
from detector_scenes import RENDER, overlap, scene
from faces import Faces
from landmarks import CROP_SCALE, SIZE, read
from look_nets import as_68
from small_nets import EXPRESSIONS, open_net

LEAST_SCORE = 0.12  # of finds to learn from; facet's own are from 0.5 on
BORDER, ABOVE = 0.7, 0.96  # facet begins a track from this presence on: so many of the faces that it finds lie above
ROW = 3 + EXPRESSIONS  # of presence in the layer `rest`


def finds(detector, net, faces, rng, scenes):
    """features [N,256], presence so far [N], whether it is a face [N], score and size of the find [N,2]."""
    rows = []
    for _ in range(scenes):
        image, boxes, _, sure = scene(faces, rng, 192, 320) if rng.rand() < 0.5 else (
            augment.sensor(rng, augment.light(rng, pile(rng, 192, 320), 0.8), 0.6, 1.5), [], [], [])
        for score, box, five in detect(detector, np.ascontiguousarray(image), LEAST_SCORE)[:12]:
            near = max(range(len(boxes)), key=lambda k: overlap(box, boxes[k]), default=None)
            share = overlap(box, boxes[near]) if near is not None else 0
            if 0.15 <= share < 0.5 or (share >= 0.5 and not sure[near]):
                continue  # half a face: neither
            points = as_68(five)
            for _reading in range(2):
                m = crop_from_picture(points[:68], SIZE, CROP_SCALE)
                out, points = read(net, image, m)
                rows.append((out['look'][0, :256].numpy(), float(out['presence']), share >= 0.5, score, max(box[2:] - box[:2])))
    look, presence, is_face, score, size = zip(*rows)
    return np.array(look, np.float32), np.array(presence), np.array(is_face), np.stack([score, size], 1)


def fitted(look, is_face, score):
    """Weights [256] and bias of the regression; both kinds count alike, sure finds that are no faces more than others."""
    x, y = torch.from_numpy(look), torch.from_numpy(is_face).float()
    mean, spread = x.mean(0), x.std(0) + 1e-3
    x = (x - mean) / spread
    count = torch.where(y > 0, float((~is_face).sum() / is_face.sum()), 0.3 + 3 * torch.from_numpy(score).float())
    w, b = torch.zeros(x.shape[1], requires_grad=True), torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.LBFGS([w, b], max_iter=200, line_search_fn='strong_wolfe')

    def loss():
        optimizer.zero_grad()
        entropy = torch.nn.functional.binary_cross_entropy_with_logits(x @ w + b, y, reduction='none')
        total = (count * entropy).mean() + 0.01 * w.square().sum()
        total.backward()
        return total
    optimizer.step(loss)
    with torch.no_grad():
        value = x @ w
        sure = value[torch.from_numpy(is_face & (score >= 0.5))]
        bias = np.log(BORDER / (1 - BORDER)) - float(torch.quantile(sure, 1 - ABOVE))
        return w / spread, bias - float((w / spread * mean).sum())


def figures(presence, is_face, about):
    """Shares from the border on: of faces that the detector is sure of, by size; of finds that are none."""
    over = presence >= np.log(BORDER / (1 - BORDER))
    line = {}
    for low, high in ((0, 24), (24, 48), (48, 1e9)):
        among = (about[:, 1] >= low) & (about[:, 1] < high)
        sure, none = among & is_face & (about[:, 0] >= 0.5), among & ~is_face
        line[f'{low}+ px'] = {'faces': round(float(over[sure].mean()), 3), 'others': round(float(over[none].mean()), 3), 'of': [int(sure.sum()), int(none.sum())]}
    return line


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument('--data', required=True)
    arguments.add_argument('--run', required=True)
    arguments.add_argument('--scenes', type=int, default=2000)
    arguments.add_argument('--evaluate', action='store_true', help='only measure, on held-out people')
    a = arguments.parse_args()
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    nets = [open_net(a.run, name) for name in ('detector', 'landmarks')]
    held = Faces(os.path.join(a.data, 'val'), held_out=True, side=RENDER)
    if not a.evaluate:
        faces = Faces(a.data, side=RENDER)
        if not len(faces):
            raise SystemExit(f'{a.data}: no single-*.npz to train on')
        look, before, is_face, about = finds(*nets, faces, np.random.RandomState(2), a.scenes)
        print('before, people it learns from', figures(before, is_face, about), flush=True)
        weight, bias = fitted(look, is_face, about[:, 0])
        with torch.no_grad():
            nets[1].rest.weight[ROW], nets[1].rest.bias[ROW] = weight, bias
        path = os.path.join(a.run, 'landmarks.pt')
        torch.save(nets[1].state_dict(), path + '.tmp')
        os.replace(path + '.tmp', path)
    _, now, is_face, about = finds(*nets, held, np.random.RandomState(1), 600)
    print('held-out people', figures(now, is_face, about))


if __name__ == '__main__':
    main()
