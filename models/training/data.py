"""Writes shards of rendered faces for the trainers; resumable, seeded per item, two or more processes may share a folder.

    python3 models/training/data.py --out /work/train/data --part 0 --parts 2 [--singles 14000] [--pairs 2500] [--until 22:20]

Single faces (`single-*.npz`) and source/target/truth triples (`pair-*.npz`), 64 a file. Seeds from 9,000,000 on are
people whom no trainer may learn from; their shards lie in OUT/val. Every file is written as *.tmp and then renamed, and
one that exists is not rendered again. README.md lists the arrays.
"""
import argparse
import os
import sys
import time

import cv2
import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), 'render'))
from lens import CLEAN  # noqa: E402
from people import sample_hair, sample_identity  # noqa: E402
from setting import sample_earring, sample_glasses, sample_hat, sample_held  # noqa: E402
from swaps import swap_truth  # noqa: E402
from world import World  # noqa: E402

ITEMS = 64
HELD_OUT = 9_000_000
PAIR_SEED = 5_000_000
SIZE = 256
SINGLE = 352  # side of the single faces: as many pixels a face as the FFHQ crop of SIZE has
WIDER = 1.35  # side of the single faces' crop in sides of the FFHQ quad


def rng_of(*seed):
    return np.random.RandomState(list(seed))


def single_scene(world, seed):
    """The scene of a single face: even and odd seed are two pictures of one person."""
    identity = sample_identity(rng_of(seed // 2, 1))
    rng = rng_of(seed, 2)
    scene = world.sample(rng)
    scene['id'] = identity
    scene['hair'] = sample_hair(rng, identity)
    make_rarer_things_common(scene, rng)
    scene['pose'] = wide_pose(rng, scene['pose'])
    scene['cam'].update(scale=float(np.exp(rng.randn() * .12) / WIDER), dx=float(rng.randn() * .03), dy=float(rng.randn() * .03),
                        rot=float(np.clip(rng.randn() * 11, -32, 32)))
    return scene


def make_rarer_things_common(scene, rng):
    """Glasses 35 %, ear-rings 35 %, open mouths 40 %, occluders 25 %, hats 9 %."""
    things = scene['scene']
    for name, make, share in (('glasses', sample_glasses, .23), ('earring', sample_earring, .19), ('occ', sample_held, .12), ('hat', sample_hat, .03)):
        if not things[name] and rng.rand() < share:
            things[name] = make(rng)
    if things['glasses'] and rng.rand() < .2:
        things['glasses']['dark'] = .9
    if rng.rand() < .3:
        weights = scene['expr']['w']
        weights['jawOpen'] = float(max(weights.get('jawOpen', 0), rng.uniform(.1, .8)))


def wide_pose(rng, pose):
    """Yaw within ±60 with tails to ±80, pitch within ±30; three in ten spread evenly."""
    if rng.rand() < .3:
        yaw, pitch = rng.uniform(-62, 62), rng.uniform(-30, 30)
    else:
        yaw, pitch = rng.randn() * 25, rng.randn() * 9
    return dict(pose, yaw=float(np.clip(yaw, -80, 80)), pitch=float(np.clip(pitch, -30, 30)))


def pair_scenes(world, seed):
    """Source and target of a triple at the FFHQ crop; no lens or sensor effects (trainers add their own)."""
    rng = rng_of(seed, 3)
    source, target = world.sample(rng), world.sample(rng)
    source['id'], target['id'] = sample_identity(rng_of(seed, 4)), sample_identity(rng_of(seed, 5))
    for scene in (source, target):
        scene['hair'] = sample_hair(rng, scene['id'])
        scene['deg'] = dict(CLEAN)
        if scene['scene']['glasses'] and scene['scene']['glasses']['dark'] and rng.rand() < .6:
            scene['scene']['glasses'] = None
    source['scene']['occ'] = None
    source['pose'] = dict(source['pose'], yaw=float(np.clip(source['pose']['yaw'] * .7, -40, 40)))
    return source, target


def render_single(world, seed):
    scene = single_scene(world, seed)
    r = world.render(scene, SINGLE, SINGLE)
    return dict(rgb=r['rgb'], label=r['label'], alpha=r['alpha'], occ=r['occ'], points=r['points'],
                visible=r['visible'].astype(np.float32), pose=r['pose'],
                identity=np.asarray(scene['id']['shape'][:40], np.float32), expression=world.expression_vector(scene),
                person=np.int64(seed // 2), seed=np.int64(seed))


def render_pair(world, seed):
    source, target = pair_scenes(world, seed)
    a, t = world.render(source, SIZE, SIZE), world.render(target, SIZE, SIZE)
    d = world.render(swap_truth(world, source, target), SIZE, SIZE)
    return dict(a_rgb=a['rgb'], a_label=a['label'], a_points=a['points'], t_rgb=t['rgb'], t_label=t['label'],
                t_points=t['points'], d_rgb=d['rgb'], d_label=d['label'], seed=np.int64(seed))


RENDER = {'single': render_single, 'pair': render_pair}


def check(kind, items):
    """Stops when what was rendered cannot be trained on."""
    for item in items:
        for name, value in item.items():
            if value.dtype.kind == 'f' and not np.isfinite(value).all():
                raise SystemExit(f'{kind} of seed {item["seed"]}: {name} is not finite')
            if name.endswith('label') and (value.max() > 11 or not value.any()):
                raise SystemExit(f'{kind} of seed {item["seed"]}: the label map is empty or holds a label above 11')


def write_shard(world, kind, first_seed, folder):
    path = os.path.join(folder, f'{kind}-{first_seed:08d}.npz')
    if os.path.exists(path):
        return False
    items = [RENDER[kind](world, seed) for seed in range(first_seed, first_seed + ITEMS)]
    check(kind, items)
    os.makedirs(folder, exist_ok=True)
    part = f'{path}.{os.getpid()}.tmp'
    with open(part, 'wb') as f:
        np.savez(f, **{k: np.stack([item[k] for item in items]) for k in items[0]})
    os.replace(part, path)
    return True


def shards(singles, pairs, first=0):
    """(kind, first seed, held out) of every shard in the order in which trainers want them; single faces from seed `first` on."""
    def single(n):
        return 'single', first + n * ITEMS, False

    def pair(n):
        return 'pair', PAIR_SEED + n * ITEMS, False
    count, triples = -(-singles // ITEMS), -(-pairs // ITEMS)
    n = min(8, count)
    yield from (single(k) for k in range(n))
    yield from (('single', HELD_OUT + k * ITEMS, True) for k in range(8))
    for m in range(max(triples, count)):
        if m == 8:
            yield from (('pair', HELD_OUT + PAIR_SEED + k * ITEMS, True) for k in range(4))
        if m < triples:
            yield pair(m)
        for _ in range(3):
            if n < count:
                yield single(n)
                n += 1


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--out', required=True)
    parser.add_argument('--part', type=int, default=0, help='which of the parts this process renders')
    parser.add_argument('--parts', type=int, default=1)
    parser.add_argument('--singles', type=int, default=14000)
    parser.add_argument('--pairs', type=int, default=2500)
    parser.add_argument('--first', type=int, default=0, help='seed of the first single face, a multiple of 64: other people')
    parser.add_argument('--until', help='clock time HH:MM to stop at')
    args = parser.parse_args()
    cv2.setNumThreads(1)
    world = World()
    for number, (kind, seed, held) in enumerate(shards(args.singles, args.pairs, args.first)):
        if number % args.parts != args.part:
            continue
        if args.until and time.strftime('%H:%M') >= args.until:
            print('time is up', flush=True)
            return
        start, cpu = time.time(), time.process_time()
        if write_shard(world, kind, seed, os.path.join(args.out, 'val') if held else args.out):
            pictures = ITEMS * (3 if kind == 'pair' else 1)
            print(f'{time.strftime("%H:%M:%S")} {kind} {seed}: {pictures / (time.time() - start):.1f} pictures/s, '
                  f'{pictures / (time.process_time() - cpu):.1f} per second of CPU', flush=True)


if __name__ == '__main__':
    main()
