"""Sheet of random faces and label maps: contact_sheet.py OUT.png [count=24] [seed=52000]."""
import sys

import cv2
import numpy as np

from sheets import PALETTE, sheet
from world import World


def main():
    out = sys.argv[1]
    count, seed = int(sys.argv[2]) if len(sys.argv) > 2 else 24, int(sys.argv[3]) if len(sys.argv) > 3 else 52000
    world, faces, labels = World(), [], []
    for i in range(count):
        r = world.render(world.sample(np.random.RandomState(seed + i)), 256, 256)
        faces.append(r['rgb'])
        labels.append(cv2.resize(PALETTE[r['label']], (85, 85), interpolation=cv2.INTER_NEAREST))
    rows = [sheet(faces, 6), cv2.copyMakeBorder(sheet(labels, 18), 0, 0, 0, 1536 - 18 * 85, cv2.BORDER_CONSTANT)]
    cv2.imwrite(out, np.vstack(rows)[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 88])


if __name__ == '__main__':
    main()
