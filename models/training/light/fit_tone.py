"""Fits the numbers of src/ops/light/skin-tone.ts on rendered (source, target, truth) triples, read as facet reads them.

    python3 models/training/light/fit_tone.py --data DIR [--data DIR …] --run RUN

DIR holds data.py's pair-*.npz, RUN parser.pt. Source and target are degraded a little, as photos and videos are. Prints the coefficients and,
cross-validated, the error of the skin's brightness without and with them (log units, rms). About 0.3 s a triple on one core.
"""
import argparse
import glob
import os
import sys

import numpy as np
import torch

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import augment  # noqa: E402
from small_nets import open_net  # noqa: E402

LUMA = np.float32([.2126, .7152, .0722])
FLOOR, REDDEST = .02, .3
SKIN, NOSE, EYES = 6, 5, 3
LEAST_SKIN, LEAST_EYES = 3000, 20
FOLDS = 10


def facts(parser, picture):
    """Mean colours [2,3] of sure skin and of the whites of the eyes, as src/ops/light/light-facts.ts reads them; None with too little of either."""
    with torch.no_grad():
        told = parser(torch.from_numpy(np.ascontiguousarray(picture)).permute(2, 0, 1)[None].float() / 127.5 - 1)[0].softmax(0).numpy()
    rgb = picture.astype(np.float32) / 255
    sure = np.clip((told[SKIN] + told[NOSE] - .7) / .25, 0, 1)
    eyes = rgb[told.argmax(0) == EYES]
    if sure.sum() < LEAST_SKIN or len(eyes) < LEAST_EYES:
        return None
    whites = eyes[np.argsort(-(eyes @ LUMA))[:-(-len(eyes) // 5)]]
    return np.stack([(rgb * sure[..., None]).sum((0, 1)) / sure.sum(), whites.mean(0)])


def read_triples(folders, parser):
    """[N,3,2,3]: of source, target and truth the facts of each."""
    rows = []
    for path in sorted(p for folder in folders for p in glob.glob(os.path.join(folder, 'pair-*.npz'))):
        shard = {k: v for k, v in np.load(path).items() if k.endswith('rgb') or k == 'seed'}
        for i, seed in enumerate(shard['seed']):
            rng = np.random.RandomState(seed)
            pictures = augment.sensor(rng, shard['a_rgb'][i], .25), augment.sensor(rng, shard['t_rgb'][i], .5), shard['d_rgb'][i]
            read = [facts(parser, p) for p in pictures]
            if all(r is not None for r in read):
                rows.append(np.stack(read))
        print(len(rows), 'triples', file=sys.stderr, flush=True)
    return np.stack(rows)


def rms(values):
    return float(np.sqrt((values ** 2).mean()))


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument('--data', required=True, action='append')
    arguments.add_argument('--run', required=True)
    a = arguments.parse_args()
    torch.set_num_threads(1)
    rows = read_triples(a.data, open_net(a.run, 'parser'))
    bright = np.log(rows @ LUMA + FLOOR)
    red = np.log((rows[..., 0] + FLOOR) / (rows[..., 1] + FLOOR))
    eyes = bright[:, 1, 1] - bright[:, 0, 1]
    redder = np.clip((red[:, 1] - red[:, 0]).sum(1), -REDDEST, REDDEST)
    inputs, wanted = np.stack([eyes, redder], 1), bright[:, 2, 0] - bright[:, 0, 0]
    fold, off = np.arange(len(rows)) % FOLDS, np.zeros(len(rows))
    for k in range(FOLDS):
        off[fold == k] = wanted[fold == k] - inputs[fold == k] @ np.linalg.lstsq(inputs[fold != k], wanted[fold != k], rcond=None)[0]
    weights = np.linalg.lstsq(inputs, wanted, rcond=None)[0]
    print(f'{len(rows)} triples: eyes {weights[0]:.3f} red {weights[1]:.3f}; the eyes differ by {rms(eyes):.3f}')
    print(f'rms without {rms(wanted):.4f} with {rms(off):.4f}')


if __name__ == '__main__':
    main()
