"""Fits the two numbers of src/ops/light/skin-tone.ts on rendered (source, target, truth) triples.

usage: fit_tone.py [triples=3000] [first_seed=100000]
Prints the coefficients and the error of the skin's brightness without and with them (log units, rms).
About 0.15 s a triple on one core. Seeds stay below 9,000,000 (above: validation).
"""
import os
import sys

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'render'))
from swaps import swap_truth  # noqa: E402
from world import World  # noqa: E402

LUMA = np.array([.2126, .7152, .0722])
FLOOR = .02
SKIN, NOSE, EYES = 6, 5, 3


def facts(picture):
    """Log brightness of skin and of the whites of the eyes, as src/ops/light/light-facts.ts reads them."""
    luma = picture['rgb'].astype(float) / 255 @ LUMA
    skin = np.isin(picture['label'], [SKIN, NOSE])
    eyes = np.sort(luma[picture['label'] == EYES])[::-1]
    if skin.sum() < 3000 or len(eyes) < 20:
        return None
    return np.log(luma[skin].mean() + FLOOR), np.log(eyes[:-(-len(eyes) // 5)].mean() + FLOOR)


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 3000
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 100000
    world = World()
    rows = []
    for k in range(first, first + count):
        source = world.sample(np.random.RandomState(2 * k + 1))
        target = world.sample(np.random.RandomState(2 * k + 2))
        source['pose']['yaw'] *= .5
        source['scene']['occ'] = None
        target['pose']['yaw'] = float(np.clip(target['pose']['yaw'], -40, 40))
        read = [facts(world.render(s, 256, 256)) for s in (source, target, swap_truth(world, source, target))]
        if all(read):
            rows.append(np.ravel(read))
    s_skin, s_eyes, t_skin, t_eyes, d_skin, _ = np.array(rows).T
    wanted = d_skin - s_skin
    inputs = np.stack([t_eyes - s_eyes, t_skin - s_skin], 1)
    weights = np.linalg.lstsq(inputs, wanted, rcond=None)[0]
    print(f'{len(rows)} triples')
    print(f'eyes {weights[0]:.3f} skin {weights[1]:.3f}')
    print(f'rms without {np.sqrt((wanted ** 2).mean()):.4f} with {np.sqrt(((inputs @ weights - wanted) ** 2).mean()):.4f}')


if __name__ == '__main__':
    main()
