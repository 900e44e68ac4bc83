"""Figures and a sheet of pictures on held-out identities.

Run alone: python3 rgi_eval.py --weights W.safetensors|W.pt --data DIR --out DIR
"""
import argparse
import json
import os
import time

import cv2
import numpy as np
import torch

from rgi_data import Shards, crop_grid, unit, warp
from rgi_losses import FACE, INNER, dilate, is_in, match_light, members
from rgi_model import region_counts
from rgi_ops import constant

NAMES = ('background', 'lip', 'eyebrows', 'eyes', 'hair', 'nose', 'skin', 'ears', 'belowface', 'mouth', 'eye_glass',
         'ear_rings')


def swapped_vectors(source, source_labels, target, regions=FACE):
    """Target's vectors with the source's for `regions`; a region the source does not show stays the target's."""
    present = region_counts(source_labels[:, ::4, ::4]) > 0  # at the finest scale the encoder pools
    use = constant(members(regions), source.device).bool()
    return torch.where((present & use)[:, :, None], source, target)


def single_batch(items, size):
    """Aligned crops (0..1) and labels of `single` items, no jitter."""
    rgb = unit(items['rgb'])
    return warp(rgb, items['label'], crop_grid(items['points'], size, rgb.shape[-1], False))


def psnr(out, want, mask=None):
    """Per picture, over the mask [B,1,H,W]; nan where it is empty."""
    square = (out - want).square().mean(1, keepdim=True)
    if mask is None:
        mask = torch.ones_like(square)
    mse = (square * mask).sum((1, 2, 3)) / mask.sum((1, 2, 3))
    return -10 * torch.log10(mse.clamp(min=1e-9))


def to_image(y):
    return ((y + 1) / 2).clamp(0, 1)


def mean_of(values):
    v = torch.cat(values)
    v = v[torch.isfinite(v)]
    return round(float(v.mean()), 3) if len(v) else None


@torch.no_grad()
def evaluate(net, shards, limit, batch=16, dtype=torch.float32):
    """(metrics, rows of pictures) over up to `limit` validation items of each kind."""
    size = net.shape.size
    got = {'whole': [], 'face': [], 'swap': [], 'swap_unmatched': [], 'swap_target_kept': []}
    per_region = {n: [] for n in NAMES}
    leaks = {n: [] for n in NAMES}
    rows, crops = [], []
    singles = shards.validation['single']
    for start in range(0, min(limit, singles.count), batch):
        items = singles.take(torch.arange(start, min(start + batch, limit, singles.count), device=singles.device))
        image, labels = single_batch(items, size)
        vectors = net.encode(image * 2 - 1, labels, dtype)
        out = to_image(net.generate(net.map(vectors), labels, dtype))
        got['whole'].append(psnr(out, image))
        got['face'].append(psnr(out, image, is_in(labels, INNER)))
        for r, name in enumerate(NAMES):
            mask = is_in(labels, (r,))
            per_region[name].append(psnr(out, image, mask))
            if r in FACE and start < 64:
                mixed = swapped_vectors(vectors.roll(1, 0), labels.roll(1, 0), vectors, (r,))
                other = to_image(net.generate(net.map(mixed), labels, dtype))
                outside = 1 - dilate(mask, 3)
                change = (((other - out).abs() * 255).mean(1, keepdim=True) * outside).sum((1, 2, 3)) / outside.sum((1, 2, 3))
                leaks[name].append(torch.where(mask.sum((1, 2, 3)) > 0, change, torch.full_like(change, float('nan'))))
        crops += [(image[i], out[i]) for i in range(len(image))]
    pairs = shards.validation['pair']
    for start in range(0, min(limit, pairs.count), batch):
        p = pairs.take(torch.arange(start, min(start + batch, limit, pairs.count), device=pairs.device))
        a, t, d = unit(p['a_rgb']), unit(p['t_rgb']), unit(p['d_rgb'])
        la, lt, ld = p['a_label'].long(), p['t_label'].long(), p['d_label'].long()
        va, vt = net.encode(a * 2 - 1, la, dtype), net.encode(t * 2 - 1, lt, dtype)
        out = to_image(net.generate(net.map(swapped_vectors(va, la, vt)), ld, dtype))
        face = is_in(ld, INNER)
        matched = match_light(out, d, is_in(ld, FACE)).clamp(0, 1)
        got['swap'].append(psnr(matched, d, face))
        got['swap_unmatched'].append(psnr(out, d, face))
        got['swap_target_kept'].append(psnr(match_light(t, d, is_in(ld, FACE)).clamp(0, 1), d, face))
        for i in range(len(a)):
            if len(rows) < 10 and len(rows) < len(crops):
                rows.append(crops[len(rows)] + (a[i], t[i], matched[i], d[i]))
    metrics = {
        'validation_items': {'single': min(limit, singles.count), 'pair': min(limit, pairs.count)},
        'reconstruction_psnr': mean_of(got['whole']) if got['whole'] else None,
        'reconstruction_psnr_in_face': mean_of(got['face']) if got['face'] else None,
        'reconstruction_psnr_by_region': {k: mean_of(v) for k, v in per_region.items() if v},
        'swap_psnr_in_face_light_matched': mean_of(got['swap']) if got['swap'] else None,
        'swap_psnr_in_face': mean_of(got['swap_unmatched']) if got['swap_unmatched'] else None,
        'target_left_as_it_is_psnr_in_face_light_matched': mean_of(got['swap_target_kept']) if got['swap'] else None,
        'leak_levels_3px_outside_by_region': {k: mean_of(v) for k, v in leaks.items() if v},
    }
    return metrics, rows or [c for c in crops[:10]]


def write_sheet(path, rows):
    """Rows of pictures: held-out input, reconstruction, source, target, swap (light matched), truth."""
    if not rows:
        return
    picture = torch.cat([torch.cat(r, 2) for r in rows], 1)
    pixels = (picture.clamp(0, 1) * 255).round().byte().permute(1, 2, 0).cpu().numpy()
    part = path + '.part.png'
    cv2.imwrite(part, np.ascontiguousarray(pixels[:, :, ::-1]))
    os.replace(part, path)


def main():
    from rgi_to_safetensors import load_net
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--weights', required=True)
    parser.add_argument('--data', required=True)
    parser.add_argument('--out', required=True)
    parser.add_argument('--items', type=int, default=64)
    args = parser.parse_args()
    net = load_net(args.weights).eval()
    shards = Shards(args.data, 'cpu', {'single': 1, 'pair': 1}, {'single': args.items, 'pair': args.items})
    for _ in range(20):
        shards.drain(64)
        time.sleep(0.5)
    metrics, rows = evaluate(net, shards, args.items, 4)
    os.makedirs(args.out, exist_ok=True)
    with open(os.path.join(args.out, 'rgi_metrics.json'), 'w') as f:
        json.dump(metrics, f, indent=2)
    write_sheet(os.path.join(args.out, 'rgi_sheet.png'), rows)
    print(json.dumps(metrics, indent=2))


if __name__ == '__main__':
    main()
