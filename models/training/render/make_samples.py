"""Renders everything in `samples/`: portraits, clips with sound, truth clips, label maps, occluder masks, true landmarks.

    python3 models/training/render/make_samples.py --out samples [--only talk,source-1]

Seeded: the same renderer gives the same pictures. Nobody in them exists.
"""
import argparse
import copy
import gzip
import json
import os
import sys

import cv2
import numpy as np

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from backgrounds import background
from cast import filmed, portrait, studio
from clip_files import Picture, write_audio
from detector_scenes import face_box  # the detector's idea of a box
from performance import perform, syllables
from swaps import swap_truth
from world import World

FPS = 25
FINE = 2.2  # detail of hair in portraits and at 720 lines


def moved(scene, frame):
    """The scene at one frame: `frame` holds the groups that change."""
    now = {**scene, **{k: v for k, v in frame.items() if k in ('pose', 'expr', 'light')}}
    if 'shift' in frame:
        now['pose'] = dict(now['pose'], t=[a + b for a, b in zip(now['pose'].get('t', (0, 0, 0)), frame['shift'])])
    if 'occ' in frame:
        now['scene'] = dict(scene['scene'], occ=frame['occ'])
    return now


class Actor:
    """A person of a clip: the scene, what changes frame by frame, and whose face a perfect swap would give them."""

    def __init__(self, name, scene, frames, source=None):
        self.name, self.scene, self.frames, self.source = name, scene, frames, source


def draw(world, actors, number, size, behind, truth):
    """One frame, far actors first. Returns picture, labels, occluder mask and the faces' facts."""
    width, height = size
    rgb, labels, occ, faces = behind, np.zeros((height, width), np.uint8), np.zeros((height, width), np.uint8), []
    for actor in actors:
        scene = moved(actor.scene, actor.frames[number])
        if truth and actor.source:
            swapped = swap_truth(world, actor.source, scene)
            swapped['expo_light'] = scene['expo_light']
            scene = swapped
        r = world.render(scene, width, height, degrade=False, behind=rgb, detail=FINE if height > 500 else 1.3)
        rgb, over = r['rgb'], r['alpha'] > 127
        labels[over], occ[over] = r['label'][over], r['occ'][over]
        for face in faces:
            x, y = np.clip(face['at'].round().astype(int), 0, [width - 1, height - 1]).T
            face['seen'] &= ~over[y, x]
        faces.append(facts(actor.name, r))
    return rgb, labels, occ, faces


def facts(name, r):
    """Box, points and pose of a drawn face."""
    box = face_box(r['points'])
    return dict(person=name, box=np.r_[box[:2], box[2:] - box[:2]], at=r['points'], seen=r['visible'].copy(), pose=r['pose'])


def noisy(rgb, number, amount=1.2):
    """A camera's noise, another one every frame."""
    cv2.setRNGSeed(number + 1)
    grain = cv2.GaussianBlur(cv2.randn(np.zeros(rgb.shape, np.float32), 0, amount * 1.6), (0, 0), .6)
    return np.clip(rgb + grain, 0, 255).round().astype(np.uint8)


def as_json(faces):
    """Faces with at least one point in sight, as plain numbers."""
    out = []
    for f in faces:
        if not f['seen'].any():
            continue
        out.append(dict(person=f['person'], box=np.round(f['box'], 1).tolist(), points68=np.round(f['at'][:68], 2).tolist(),
                        visible68=f['seen'][:68].astype(int).tolist(), pose=np.round(f['pose'], 2).tolist(),
                        seen=round(float(f['seen'].mean()), 3)))
    return out


def write_clip(world, out, name, shots, size=(640, 360), crf=18, sound=None):
    """`shots`: list of lists of actors; every actor has as many frames as its shot."""
    os.makedirs(os.path.join(out, 'truth'), exist_ok=True)
    has_truth = any(a.source for shot in shots for a in shot)
    path = lambda kind: os.path.join(out, 'truth', name + kind)  # noqa: E731
    wave = write_audio(out, name, sound) if sound else None
    target = Picture(os.path.join(out, name + '.mp4'), size, FPS, crf, wave)
    truth = Picture(path('.mp4'), size, FPS, max(1, crf - 3)) if has_truth else None
    masks = [Picture(path(k), size, FPS, gray=True) for k in ('.labels.mkv', '.target-labels.mkv', '.occluder.mkv')] if has_truth else []
    frames = []
    for number, shot in enumerate(shots):
        behind = background(shot[0].scene['scene']['bg'], *size)
        for i in range(len(shot[0].frames)):
            rgb, labels, occ, faces = draw(world, shot, i, size, behind, False)
            target.write(noisy(rgb, len(frames)))
            if has_truth:
                answer, answer_labels, _, _ = draw(world, shot, i, size, behind, True)
                truth.write(noisy(answer, len(frames)))
                for sink, mask in zip(masks, (answer_labels, labels, occ)):
                    sink.write(mask)
            frames.append(dict(shot=number, faces=as_json(faces)))
    for sink in [target, truth] + masks:
        if sink:
            sink.close()
    if wave:
        os.remove(wave)
    text = json.dumps(dict(width=size[0], height=size[1], fps=FPS, frames=frames), separators=(',', ':'))
    with open(path('.json.gz'), 'wb') as f:
        f.write(gzip.compress(text.encode(), 9, mtime=0))
    print(f'{name}: {len(frames)} frames', flush=True)


def talking(number, seconds, **how):
    """(frames, sound) of a person who speaks for `seconds`."""
    rng = np.random.RandomState([number, 77])
    said = syllables(rng, seconds)
    return list(perform(rng, int(seconds * FPS), FPS, said=said, **how)), dict(said=said, seconds=seconds, seed=number)


def silent(number, seconds, **how):
    return list(perform(np.random.RandomState([number, 78]), int(seconds * FPS), FPS, **how))


SOURCES = {
    'source-1': dict(number=35, yaw=-6, background=22),
    'source-2': dict(number=16, yaw=7, smile=.15, background=56),
    'source-3': dict(number=42, yaw=-3, smile=.4, background=2),
    'source-4': dict(number=43, yaw=9, pitch=2, smile=.1, background=6),
    'source-5': dict(number=12, yaw=-12, smile=.2, background=46),
}


def source(world, name):
    return portrait(world, **SOURCES[name])


def talk(world):
    scene = filmed(world, 40, background=75)
    frames, sound = talking(40, 5, turn=((0, -4), (.8, -4), (1.6, 22), (2.4, 20), (3.4, -24), (4.2, -20), (5, 0)), nod=((0, 0), (2, 0), (2.5, 6), (3, -3)))
    return [[Actor('anna', scene, frames, source(world, 'source-1'))]], dict(sound, pitch=205)


def occluder(world):
    scene = filmed(world, 20, background=24)
    frames, sound = talking(20, 4, turn=((0, 5), (2, -6), (4, 4)))
    t = np.arange(len(frames)) / FPS
    for i, frame in enumerate(frames):
        frame['occ'] = dict(kind='hand', at=[float(-26 + 15 * t[i]), float(-7 + 5 * np.sin(t[i] * 1.3))], ang=float(-28 + 14 * t[i]), dz=1.6,
                            col=[.5] * 3, skin=scene['id']['skin'], side=1.0, free=True)
    return [[Actor('ben', scene, frames, source(world, 'source-2'))]], dict(sound, pitch=118)


def light(world):
    scene = filmed(world, 27, background=88)
    frames, sound = talking(27, 4, turn=((0, -10), (4, 12)))
    bright = np.linspace(-55, 60, len(frames))
    lamp = 1 / (1 + np.exp(-(np.arange(len(frames)) / FPS - 2.0) / .06))
    for i, frame in enumerate(frames):
        frame['light'] = studio(az=float(bright[i]) or 1., key=float(.85 - .35 * lamp[i]), warm=float(-.05 + .3 * lamp[i]), ambient=float(.42 - .2 * lamp[i]))
    scene['expo_light'] = copy.deepcopy(frames[0]['light'])
    return [[Actor('cleo', scene, frames, source(world, 'source-3'))]], dict(sound, pitch=190)


def glasses(world):
    worn = dict(kind=1, col=[.05, .05, .06], rad=.12, w=2.7, h=2.0, p=2.8, dark=0.0)
    scene = filmed(world, 17, background=48, glasses=worn)
    frames, sound = talking(17, 4, turn=((0, 0), (.7, 0), (1.4, 32), (2.2, 30), (3.2, -20), (4, -6)))
    return [[Actor('dora', scene, frames, source(world, 'source-4'))]], dict(sound, pitch=175)


def cross(world):
    seconds = 4
    far = filmed(world, 6, background=83, light=studio(az=35))
    near = filmed(world, 41, background=83, light=studio(az=35))
    a, b = silent(6, seconds, turn=((0, 22), (4, 10))), silent(41, seconds, turn=((0, -24), (4, -12)))
    n = len(a)
    path = np.linspace(0, 1, n)
    walk = np.sin(np.arange(n) / FPS * 2 * np.pi * 1.7)
    for i in range(n):
        a[i]['shift'] = [float(-27 + 54 * path[i]), float(.35 * walk[i]), -14.]
        b[i]['shift'] = [float(25 - 50 * path[i]), float(-2 - .35 * walk[i]), 8.]
    return [[Actor('eve', far, a), Actor('finn', near, b)]], dict(said=[], seconds=seconds, seed=2, pitch=150)


def cut(world):
    one, sound = talking(22, 2, turn=((0, -8), (2, 14)))
    two = silent(33, 2, turn=((0, 18), (2, -10)))
    return ([[Actor('gil', filmed(world, 22, background=16), one)], [Actor('hana', filmed(world, 33, x=.58, f=2.9, background=30), two)]],
            dict(sound, seconds=4, pitch=110))


def leave(world):
    seconds = 5
    scene = filmed(world, 23, background=92)
    frames = silent(23, seconds, turn=((0, 0), (.6, 0), (1.3, 35), (2.4, 30), (2.5, -35), (3.4, -30), (4.2, 0)))
    x = np.interp(np.arange(len(frames)) / FPS, [0, .7, 1.9, 2.9, 4.2, 5], [0, 0, 62, 62, 3, 3])
    x = cv2.GaussianBlur(x[None].astype(np.float64), (0, 0), 4, borderType=cv2.BORDER_REPLICATE)[0]
    for i, frame in enumerate(frames):
        frame['shift'] = [float(x[i]), 0., 0.]
    return [[Actor('ines', scene, frames)]], dict(said=[], seconds=seconds, seed=23, pitch=200)


def talk_720p(world):
    scene = filmed(world, 15, background=39)
    frames, sound = talking(15, 3, turn=((0, 12), (1.5, -14), (3, 8)))
    return [[Actor('jo', scene, frames, source(world, 'source-5'))]], dict(sound, pitch=210)


CLIPS = {'talk': talk, 'occluder': occluder, 'light': light, 'glasses': glasses, 'cross': cross, 'cut': cut, 'leave': leave, 'talk-720p': talk_720p}
TRIPLES = {'talk': 'source-1', 'occluder': 'source-2', 'light': 'source-3', 'glasses': 'source-4', 'talk-720p': 'source-5'}


def write_triples(out):
    """samples/triples.json: the swaps whose true answer is here, of those whose files exist."""
    triples = [dict(name=n, source=s + '.png', target=n + '.mp4', truth=f'truth/{n}.mp4', labels=f'truth/{n}.labels.mkv',
                    targetLabels=f'truth/{n}.target-labels.mkv', occluder=f'truth/{n}.occluder.mkv', points=f'truth/{n}.json.gz')
               for n, s in TRIPLES.items() if os.path.exists(os.path.join(out, 'truth', n + '.mp4'))]
    with open(os.path.join(out, 'triples.json'), 'w') as f:
        json.dump(triples, f, indent=2)
        f.write('\n')


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--out', default='samples')
    parser.add_argument('--only', help='names with commas')
    args = parser.parse_args()
    cv2.setNumThreads(1)
    os.makedirs(args.out, exist_ok=True)
    world = World()
    wanted = args.only.split(',') if args.only else [*SOURCES, *CLIPS]
    for name in wanted:
        if name in SOURCES:
            picture = world.render(source(world, name), 640, 640, detail=FINE)['rgb']
            cv2.imwrite(os.path.join(args.out, name + '.png'), picture[..., ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 9])
        elif name in CLIPS:
            shots, sound = CLIPS[name](world)
            size = (1280, 720) if name.endswith('720p') else (640, 360)
            write_clip(world, args.out, name, shots, size, sound=sound)
        else:
            raise SystemExit(f'{name}: there is no such sample; there are {", ".join([*SOURCES, *CLIPS])}')
    write_triples(args.out)


if __name__ == '__main__':
    main()
