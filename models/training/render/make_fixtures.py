"""Renders the clips that only tests need.

    python3 models/training/render/make_fixtures.py --out test/fixtures/faces

turn.mp4: a head that turns from one profile to the other and back; turn.json.gz: its true box, points and pose.
"""
import argparse
import os
import shutil
import tempfile

import numpy as np

from cast import filmed
from make_samples import Actor, silent, write_clip
from world import World

SECONDS = 2


def turning(number):
    """Frames of somebody who looks around: yaw -75° to 75° and back, pose otherwise as acted."""
    frames = silent(number, SECONDS)
    for frame, t in zip(frames, np.linspace(0, 2 * np.pi, len(frames), endpoint=False)):
        frame['pose'] = dict(frame['pose'], yaw=float(-75 * np.cos(t)), roll=0.0)
    return frames


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument('--out', required=True)
    out = arguments.parse_args().out
    os.makedirs(out, exist_ok=True)
    world = World()
    with tempfile.TemporaryDirectory() as folder:
        write_clip(world, folder, 'turn', [[Actor('kim', filmed(world, 61, background=18), turning(61))]], size=(480, 270), crf=23)
        shutil.move(os.path.join(folder, 'turn.mp4'), os.path.join(out, 'turn.mp4'))
        shutil.move(os.path.join(folder, 'truth', 'turn.json.gz'), os.path.join(out, 'turn.json.gz'))


if __name__ == '__main__':
    main()
