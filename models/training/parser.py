"""Trains the face parser (12 labels) on rendered faces; resumable.

    python3 models/training/parser.py --data DIR --out OUT --minutes M [--seed 1] [--evaluate] [--device cuda --workers 5]

DIR holds single-*.npz of data.py, DIR/val the held-out people. Trains at 128 px, then 192 (from 45 % of the
time) and 256 px (the last third); with --start at 256 px only. OUT/parser.pt are the averaged weights, OUT/parser_log.jsonl has the held-out IoU of every label.
"""
import argparse
import os

import cv2
import numpy as np
import torch
import torch.nn.functional as F

import augment
from crops import crop_from_picture, warp
from faces import LABELS, Faces
from feeder import source
from on_device import moved, other_light
from small_nets import Parser
from train_loop import Training

BELOW = 64  # rows below the crop that the net learns to read too, for the neck
TALL = 0.4  # share of steps that have them
WEIGHTS = torch.tensor([1.0, 1.2, 1.2, 1.25, 1.0, 1.05, 1.0, 1.1, 1.05, 1.2, 1.25, 1.7])  # more, and thin things come out thick


def example(faces, rng, size):
    """A jittered, degraded crop of `size` px, with the rows below it, and its labels."""
    rows = size + BELOW
    face = faces.draw(rng)
    m = crop_from_picture(face['points'][:68], size, np.exp(0.09 * rng.randn()).clip(0.82, 1.22),
                          rng.uniform(-0.06, 0.06, 2), rng.uniform(-12, 12), rng.rand() < 0.5)
    image, label = warp(face['rgb'], m, size, rows=rows), warp(face['label'], m, size, nearest=True, rows=rows)
    if rng.rand() < 0.25:
        other = faces.draw(rng)['rgb'] if rng.rand() < 0.5 else None
        mask, fill = augment.occluder(rng, rows, other)
        mask, fill = mask[:, :size], fill[:, :size]
        image = augment.put(image, mask, fill)
        label = np.where(mask > 0.5, 0, label).astype(np.uint8)
    if rng.rand() < 0.12:
        image = new_background(rng, image, label)
    if rng.rand() < 0.35:
        image = other_hair(rng, image, label)
    image = augment.light(rng, image)
    return augment.sensor(rng, image), label


def other_hair(rng, image, label):
    """Hair under another light and in another colour than the face, with more or less contrast and strands of its own."""
    h, w = label.shape
    hair = (label == 4).astype(np.float32)
    if hair.mean() < 0.01:
        return image
    hair = cv2.GaussianBlur(hair, (0, 0), 0.7)
    y = augment.shade(rng, image).astype(np.float32)
    mean = (y * hair[..., None]).sum((0, 1)) / hair.sum()
    tone = mean * np.exp(0.5 * rng.randn() + 0.12 * rng.randn(3))
    y = tone + (y - mean) * rng.uniform(0.5, 2)
    strands = cv2.resize(rng.randn(rng.randint(4, 20), rng.randint(60, 200)).astype(np.float32), (2 * w, 2 * h), interpolation=cv2.INTER_CUBIC)
    turn = cv2.getRotationMatrix2D((w, h), rng.uniform(0, 360), 1)
    turn[:, 2] -= w / 2, h / 2
    strands = cv2.warpAffine(strands, turn, (w, h), borderMode=cv2.BORDER_REFLECT)
    y += strands[..., None] * rng.uniform(0, 0.35) * tone
    return augment.put(image, hair, y.clip(0, 255).astype(np.uint8))


def new_background(rng, image, label):
    """A texture where the label is background; clothes go with it."""
    back = cv2.GaussianBlur((label == 0).astype(np.float32), (0, 0), 0.8)
    return augment.put(image, back, augment.texture(rng, *label.shape))


def batch(drawn, device, again):
    """(pictures [n,3,S,S] in -1..1, labels [n,S,S]) of what was drawn; `again`: changed a little, as others drew them before."""
    x = drawn['image'].permute(0, 3, 1, 2).float().div_(127.5).sub_(1)
    y = drawn['label'].long()
    if again:
        x, y = moved(x, y)
        x = other_light(x)
    return x.contiguous(memory_format=torch.channels_last), y


def loss(logits, labels):
    """Cross entropy, and one minus the overlap of every label that is there (soft Dice). Logits [B,12,S,S], labels [B,S,S]."""
    weights = WEIGHTS.to(labels.device)
    log = logits.float().log_softmax(1)
    entropy = F.nll_loss(log, labels, weights)
    p, truth = log.exp(), F.one_hot(labels, len(LABELS)).permute(0, 3, 1, 2).float()
    both, sizes = (p * truth).sum((0, 2, 3)), p.sum((0, 2, 3)) + truth.sum((0, 2, 3))
    there = truth.sum((0, 2, 3)) > 80
    dice = 1 - ((2 * both + 1) / (sizes + 1))[there].mean()
    return {'entropy': entropy, 'dice': 0.5 * dice}


def intersection_over_union(net, faces, side=256, items=None, size=256):
    """[12] over the held-out faces, unjittered crops, undegraded beyond their own lens and sensor; and the confusion.

    Labels are compared at `size`; the net sees the crop at `side`.
    """
    c, device = np.zeros((len(LABELS), len(LABELS)), np.int64), next(net.parameters()).device
    with torch.no_grad():
        for k in range(min(len(faces), items or len(faces))):
            face = faces[k]
            m = crop_from_picture(face['points'][:68], size)
            image, label = warp(face['rgb'], m, size), warp(face['label'], m, size, nearest=True)
            x = torch.from_numpy(image).to(device).permute(2, 0, 1)[None].float() / 127.5 - 1
            if side < size:
                x = F.avg_pool2d(x, size // side) if size % side == 0 else F.interpolate(x, (side, side), mode='bilinear')
            likely = net(x).softmax(1)
            if side < size:
                likely = F.interpolate(likely, (size, size), mode='bilinear', align_corners=False)
            guess = likely[0].argmax(0).cpu().numpy()
            c += np.bincount(label.ravel().astype(int) * 12 + guess.ravel(), minlength=144).reshape(12, 12)
    return np.diag(c) / np.maximum(1, c.sum(0) + c.sum(1) - np.diag(c)), c


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument('--data', required=True)
    arguments.add_argument('--out', required=True)
    arguments.add_argument('--minutes', type=float, default=60)
    arguments.add_argument('--seed', type=int, default=1)
    arguments.add_argument('--start', help='weights to begin from, e.g. models/training/weights/parser.safetensors')
    arguments.add_argument('--rate', type=float, default=3e-3)
    arguments.add_argument('--evaluate', action='store_true', help='only measure OUT/parser.pt on all held-out faces')
    arguments.add_argument('--device', default='cpu')
    arguments.add_argument('--workers', type=int, default=0, help='processes that make the pictures (for a GPU; always 256 px then)')
    arguments.add_argument('--batch', type=int, default=64, help='pictures a step with workers')
    a = arguments.parse_args()
    cv2.setNumThreads(1)
    net = Parser()
    held = Faces(os.path.join(a.data, 'val'), held_out=True)
    if a.evaluate:
        torch.set_num_threads(1)
        net.load_state_dict(torch.load(os.path.join(a.out, 'parser.pt'), map_location='cpu'))
        iou, _ = intersection_over_union(net.eval(), held)
        print({k: round(float(v), 3) for k, v in zip(LABELS, iou)}, 'mIoU', round(float(iou.mean()), 4), 'of', len(held))
        return
    faces = Faces(a.data)
    if not len(faces):
        raise SystemExit(f'{a.data}: no single-*.npz to train on')
    net, size = net.to(memory_format=torch.channels_last), 256

    def make(rng):
        image, label = example(faces, rng, size)
        return {'image': image, 'label': label}
    items = source(make, np.random.RandomState(a.seed), a.seed, a.workers, a.device, lambda: faces.refresh(4))
    training = Training('parser', net, a.out, a.minutes, a.rate, a.seed, start=a.start, device=a.device, keep=0.999 if a.workers else 0.997)
    while not training.is_over():
        n = a.batch
        if not a.workers:
            share = 1 if a.start else training.share()
            size = 128 if share < 0.45 else 192 if share < 0.68 else 256
            n = 16 if size == 128 else 8
        net.train()
        x, y = batch(items.draw(n), a.device, bool(a.workers))
        if training.rng.rand() > TALL:
            x, y = x[:, :, :size], y[:, :size]
        with training.half():
            logits = net(x)
        training.update(loss(logits, y), n)
        if training.step % (2000 if a.workers else 200) == 0:
            iou, _ = intersection_over_union(training.average, held, size, items=40)
            held.refresh()
            training.report(size=size, faces=len(faces), made=getattr(items, 'fed', training.items), miou=round(float(iou.mean()), 4),
                            **{k: round(float(v), 3) for k, v in zip(LABELS, iou)})
    training.save()
    iou, _ = intersection_over_union(training.average, held)
    training.report(final=True, miou=round(float(iou.mean()), 4), **{k: round(float(v), 3) for k, v in zip(LABELS, iou)})


if __name__ == '__main__':
    main()
