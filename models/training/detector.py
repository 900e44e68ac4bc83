"""Trains the face detector (box and five points, strides 8, 16, 32, coded as YuNet) on composed scenes; resumable.

    python3 models/training/detector.py --data DIR --out OUT --minutes M [--seed 3] [--evaluate]

Scenes are made on the fly (detector_scenes.py): faces of 8 px to the whole picture, upright, turned, cut, covered, none.
OUT/detector.pt are the averaged weights, OUT/detector_log.jsonl the figures on scenes of held-out people.
"""
import argparse
import os

import cv2
import numpy as np
import torch
import torch.nn.functional as F

from detector_scenes import RENDER, overlap, scene
from faces import Faces
from feeder import source
from on_device import other_light
from small_nets import Detector
from train_loop import Training

RANGES = {8: (6, 40), 16: (28, 100), 32: (72, 1e9)}  # longer side of the box in pixels that a stride answers for
SHAPES = ((192, 320), (192, 320), (256, 256), (320, 320))
MOST = 16  # faces of a scene


def targets(boxes, fives, sure, h, w):
    """Per stride: index of the face a cell answers for (-1 none, -2 not judged), row-major."""
    out = []
    for s in Detector.strides:
        gh, gw = h // s, w // s
        which = np.full((gh, gw), -1, np.int64)
        yy, xx = np.mgrid[0:gh, 0:gw]
        centres = (np.stack([xx, yy], -1) + 0.5) * s
        low, high = RANGES[s]
        order = np.argsort([-max(b[2] - b[0], b[3] - b[1]) for b in boxes])
        for k in order:
            b = boxes[k]
            size, c = max(b[2] - b[0], b[3] - b[1]), (b[:2] + b[2:]) / 2
            d = np.abs(centres - c).max(-1)
            if not sure[k]:
                which[d < max(0.35 * size, s)] = -2
                continue
            near = low * 0.7 < size < high * 1.5
            if near:
                which[(d < 0.3 * size) & (which == -1)] = -2
            if low <= size < high:
                radius = min(max(0.55 * s, 0.16 * size), 1.3 * s)
                mine = d < radius
                if not mine.any():
                    mine = d == d.min()
                which[mine] = k
            elif near:
                which[d < s] = -2
        out.append(which.reshape(-1))
    return out


def item(faces, rng, shape):
    """A scene, the face that every cell answers for, and its faces (room for MOST)."""
    h, w = shape
    image, boxes, fives, sure = scene(faces, rng, h, w, largest=h * 1.0)
    which = np.concatenate(targets(boxes, fives, sure, h, w)).astype(np.int16)
    room_boxes, room_fives = np.zeros((MOST, 4), np.float32), np.zeros((MOST, 5, 2), np.float32)
    room_boxes[:len(boxes)], room_fives[:len(boxes)] = boxes, fives
    return {'image': image, 'which': which, 'boxes': room_boxes, 'fives': room_fives}


def batch(drawn, again):
    """Images and, over all cells of all strides and pictures: the face's box and points or what is to be left out."""
    x = drawn['image'].permute(0, 3, 1, 2).float().div_(127.5).sub_(1)
    which = drawn['which'].long()
    offset = MOST * torch.arange(len(which), device=which.device)[:, None]
    which = torch.where(which >= 0, which + offset, which)
    x = other_light(x) if again else x
    return x.contiguous(memory_format=torch.channels_last), which, drawn['boxes'].flatten(0, 1), drawn['fives'].flatten(0, 1)


def cells(h, w):
    """Column, row and stride of every cell in the order of `flat`. [cells,2], [cells,1]."""
    at, stride = [], []
    for s in Detector.strides:
        gh, gw = h // s, w // s
        at.append(torch.stack((torch.arange(gw).repeat(gh), torch.arange(gh).repeat_interleave(gw)), 1).float())
        stride.append(torch.full((gh * gw, 1), float(s)))
    return torch.cat(at), torch.cat(stride)


def flat(outputs):
    """List of [B,15,h,w] -> [B,cells,15]."""
    return torch.cat([o.flatten(2).transpose(1, 2) for o in outputs], 1)


def decode(code, at, stride):
    """[…,14] codes -> boxes x0,y0,x1,y1 […,4] and points […,5,2] in pixels."""
    centre, half = (at + code[..., :2]) * stride, 0.5 * torch.exp(code[..., 2:4].clamp(-6, 6)) * stride
    points = (at[..., None, :] + code[..., 4:].unflatten(-1, (5, 2))) * stride[..., None, :]
    return torch.cat((centre - half, centre + half), -1), points


def losses(outputs, which, boxes, fives, shape):
    y = flat([o.float() for o in outputs])
    at, stride = (v.to(y.device) for v in cells(*shape))
    at, stride = at.expand(len(y), -1, -1), stride.expand(len(y), -1, -1)
    mine = which >= 0
    k = which[mine]
    count = max(1, len(k))
    got_boxes, got_points = decode(y[..., 1:][mine], at[mine], stride[mine])
    want, points = boxes[k], fives[k]
    size = (want[:, 2:] - want[:, :2]).clamp(min=1)
    low, high = torch.maximum(got_boxes[:, :2], want[:, :2]), torch.minimum(got_boxes[:, 2:], want[:, 2:])
    both = (high - low).clamp(min=0).prod(1)
    mine_area = (got_boxes[:, 2:] - got_boxes[:, :2]).prod(1)
    union = mine_area + size.prod(1) - both
    iou = both / union.clamp(min=1e-6)
    hull = (torch.maximum(got_boxes[:, 2:], want[:, 2:]) - torch.minimum(got_boxes[:, :2], want[:, :2])).prod(1)
    giou = iou - (hull - union) / hull.clamp(min=1e-6)
    goal = torch.zeros_like(y[..., 0])
    goal[mine] = (0.3 + 0.7 * iou.detach()).clamp(0, 1)
    score = y[..., 0]
    entropy = F.binary_cross_entropy_with_logits(score, goal, reduction='none')
    focal = entropy * (score.sigmoid() - goal).abs() ** 2
    scale = size.mean(1)[:, None, None]
    off = F.smooth_l1_loss(got_points / scale, points / scale, reduction='none', beta=0.05).sum((1, 2))
    return {'score': (focal * (which != -2)).sum() / count * 2, 'box': 2 * (1 - giou).sum() / count,
            'points': 2.5 * off.sum() / count}


def detect(net, image, threshold=0.5):
    """(score, box, points) of a uint8 [H,W,3] picture whose sides divide by 32, best first, overlaps (IoU > 0.3) dropped."""
    h, w = image.shape[:2]
    with torch.no_grad():
        x = torch.from_numpy(image).to(next(net.parameters()).device).permute(2, 0, 1)[None].float() / 127.5 - 1
        y = flat(net(x))[0].cpu()
    at, stride = cells(h, w)
    score = y[:, 0].sigmoid()
    take = torch.nonzero(score > threshold)[:, 0]
    take = take[score[take].argsort(descending=True)][:300]
    boxes, points = decode(y[take, 1:], at[take], stride[take])
    kept = []
    for s, b, p in zip(score[take].tolist(), boxes.numpy(), points.numpy()):
        if all(overlap(b, q[1]) < 0.3 for q in kept):
            kept.append((s, b, p))
    return kept


def evaluate(net, faces, scenes=120, seed=11, shape=(192, 320)):
    """Found (IoU >= 0.5, score >= 0.5) by size, wrong ones a scene, average precision, five-point error by box side."""
    rng = np.random.RandomState(seed)
    bins = {'8-16': (8, 16), '16-24': (16, 24), '24-48': (24, 48), '48-96': (48, 96), '96+': (96, 1e9)}
    hits, totals, off, marks, wrong = dict.fromkeys(bins, 0), dict.fromkeys(bins, 0), [], [], 0
    for _ in range(scenes):
        image, boxes, fives, sure = scene(faces, rng, *shape)
        used = set()
        for s, b, p in detect(net, image, 0.05):
            k = max(range(len(boxes)), key=lambda j: overlap(b, boxes[j]), default=None)
            if k is not None and overlap(b, boxes[k]) >= 0.5 and k not in used:
                used.add(k)
                if sure[k]:
                    marks.append((s, 1))
                    if s >= 0.5:
                        size = max(boxes[k][2] - boxes[k][0], boxes[k][3] - boxes[k][1])
                        hits[next(n for n, r in bins.items() if size < r[1])] += 1
                        off.append(np.linalg.norm(p - fives[k], axis=1).mean() / size)
            elif k is None or not any(overlap(b, boxes[j]) > 0.3 for j in range(len(boxes))):
                marks.append((s, 0))
                wrong += s >= 0.5
        for b, y in zip(boxes, sure):
            if y:
                totals[next(n for n, r in bins.items() if max(b[2] - b[0], b[3] - b[1]) < r[1])] += 1
    marks = np.array(sorted(marks, reverse=True)).reshape(-1, 2)
    true = np.cumsum(marks[:, 1])
    precision = true / np.arange(1, len(true) + 1)
    ap = float((precision * marks[:, 1]).sum() / max(1, sum(totals.values())))
    return {'ap50': round(ap, 4), **{f'found {n}': round(hits[n] / max(1, totals[n]), 3) for n in bins},
            'wrong_a_scene': round(wrong / scenes, 4), 'points_off': round(float(np.mean(off)) if off else 1.0, 4),
            'of': sum(totals.values())}


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument('--data', required=True)
    arguments.add_argument('--out', required=True)
    arguments.add_argument('--minutes', type=float, default=45)
    arguments.add_argument('--seed', type=int, default=3)
    arguments.add_argument('--start', help='weights to begin from, e.g. models/training/weights/detector.safetensors')
    arguments.add_argument('--evaluate', action='store_true', help='only measure OUT/detector.pt')
    arguments.add_argument('--device', default='cpu')
    arguments.add_argument('--workers', type=int, default=0, help='processes that make the scenes (for a GPU; always 192x320 then)')
    arguments.add_argument('--batch', type=int, default=64, help='scenes a step with workers')
    a = arguments.parse_args()
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    net = Detector().to(memory_format=torch.channels_last)
    held = Faces(os.path.join(a.data, 'val'), held_out=True, side=RENDER)
    if a.evaluate:
        net.load_state_dict(torch.load(os.path.join(a.out, 'detector.pt'), map_location='cpu'))
        print(evaluate(net.eval(), held, scenes=400))
        return
    faces = Faces(a.data, side=RENDER)
    if not len(faces):
        raise SystemExit(f'{a.data}: no single-*.npz to train on')
    shape = SHAPES[0]
    items = source(lambda rng: item(faces, rng, shape), np.random.RandomState(a.seed), a.seed, a.workers, a.device,
                   lambda: faces.refresh(4))
    training = Training('detector', net, a.out, a.minutes, 3e-3, a.seed, start=a.start, device=a.device, keep=0.999 if a.workers else 0.997)
    while not training.is_over():
        n = a.batch
        if not a.workers:
            shape = SHAPES[training.rng.randint(len(SHAPES))]
            n = max(4, int(8 * 192 * 320 / np.prod(shape)))
        net.train()
        x, which, boxes, fives = batch(items.draw(n), bool(a.workers))
        with training.half():
            outputs = net(x)
        training.update(losses(outputs, which, boxes, fives, shape), n)
        if training.step % (2000 if a.workers else 200) == 0:
            held.refresh()
            training.report(faces=len(faces), made=getattr(items, 'fed', training.items), **evaluate(training.average, held, scenes=60))
    training.save()
    training.report(final=True, **evaluate(training.average, held, scenes=400))


if __name__ == '__main__':
    main()
