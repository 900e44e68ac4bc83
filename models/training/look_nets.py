"""Draws what the three networks see: on a photograph, and on held-out renders; writes the pictures of the model cards.

    python3 models/training/look_nets.py --run OUT --data DIR --out PICTURES [--photo ../shared/media/astronaut.png]

The photograph is only looked at, never trained on; its picture stays out of the repository (PICTURES/photo.png).
"""
import argparse
import os

import cv2
import numpy as np
import torch

import detector as detector_training
import landmarks as landmarks_training
from crops import crop_from_picture, warp
from detector_scenes import RENDER, scene
from faces import Faces
from small_nets import open_net

PALETTE = np.array([[0, 0, 0], [220, 60, 70], [110, 70, 30], [60, 120, 230], [150, 90, 200], [250, 160, 60], [245, 205, 170],
                    [230, 120, 170], [200, 180, 90], [255, 255, 255], [60, 220, 220], [255, 230, 0]], np.uint8)


class Nets:
    def __init__(self, run):
        self.detector, self.landmarks, self.parser = (open_net(run, name) for name in ('detector', 'landmarks', 'parser'))

    def detect(self, rgb, side=320, threshold=0.5):
        """Faces of a picture at a scale at which its longer side is `side`; boxes and points in its own pixels."""
        k = side / max(rgb.shape[:2])
        small = cv2.resize(rgb, None, fx=k, fy=k, interpolation=cv2.INTER_AREA if k < 1 else cv2.INTER_LINEAR)
        h, w = (-(-v // 32) * 32 for v in small.shape[:2])
        padded = np.zeros((h, w, 3), np.uint8)
        padded[:small.shape[0], :small.shape[1]] = small
        return [(s, b / k, p / k) for s, b, p in detector_training.detect(self.detector, padded, threshold)]

    def read(self, rgb, points68):
        """Landmark network on the crop of given points: dict of arrays, points in picture pixels."""
        told, points = landmarks_training.read(self.landmarks, rgb, crop_from_picture(points68, landmarks_training.SIZE, landmarks_training.CROP_SCALE))
        return {**{name: value[0].numpy() for name, value in told.items()}, 'points': points}

    def parse(self, rgb, points68, size=256):
        m = crop_from_picture(points68, size)
        crop = warp(rgb, m, size)
        with torch.no_grad():
            y = self.parser(torch.from_numpy(crop).permute(2, 0, 1)[None].float() / 127.5 - 1)[0]
        return crop, y.argmax(0).numpy()


def as_68(five):
    """Stand-in for the 68 points with the eye centres and mouth corners of five."""
    p = np.zeros((68, 2))
    p[36:42], p[42:48], p[48], p[54] = five[0], five[1], five[3], five[4]
    return p


def draw_points(picture, points, visible=None, scale=1.0):
    for k, (x, y) in enumerate(points):
        colour = (255, 60, 60) if visible is not None and visible[k] < 0 else (60, 255, 60) if k < 68 else (255, 255, 0)
        cv2.circle(picture, (int(x * scale), int(y * scale)), 1, colour, -1, cv2.LINE_AA)


def draw_faces(picture, found, scale=1.0):
    for score, b, p in found:
        cv2.rectangle(picture, *(tuple(int(v * scale) for v in c) for c in (b[:2], b[2:])), (60, 255, 60), 1)
        for x, y in p:
            cv2.circle(picture, (int(x * scale), int(y * scale)), 2, (255, 255, 0), -1, cv2.LINE_AA)
        cv2.putText(picture, f'{score:.2f}', (int(b[0] * scale), int(b[1] * scale) - 3), 0, 0.4, (60, 255, 60), 1, cv2.LINE_AA)


def look_at_photo(nets, path, out):
    rgb = cv2.imread(path)[..., ::-1].copy()
    canvas = rgb.copy()
    found = nets.detect(rgb)
    print(path, [(round(s, 3), b.round(1).tolist()) for s, b, _ in found])
    draw_faces(canvas, found)
    row = [cv2.resize(canvas, (512, 512))]
    for _, _, five in found[:1]:
        points = as_68(five)
        for _ in range(2):
            got = nets.read(rgb, points)
            points = got['points']
        crop, labels = nets.parse(rgb, points[:68])
        m = crop_from_picture(points[:68], 512)
        big = warp(rgb, m, 512)
        draw_points(big, points @ m[:, :2].T + m[:, 2], got['visibility'])
        print('presence logit', round(float(got['presence'][0]), 2), 'pose', (got['pose'] * landmarks_training.DEGREES).round(1).tolist())
        names = np.array(landmarks_training.EXPRESSION_NAMES)
        top = np.argsort(-got['expression'])[:8]
        print('expression', dict(zip(names[top].tolist(), got['expression'][top].round(2).tolist())))
        row += [big, cv2.resize((0.4 * crop + 0.6 * PALETTE[labels]).astype(np.uint8), (512, 512)),
                cv2.resize(PALETTE[labels], (512, 512), interpolation=cv2.INTER_NEAREST)]
    cv2.imwrite(os.path.join(out, 'photo.png'), np.hstack(row)[..., ::-1])


def picture_of_parser(nets, held, out, n=8):
    columns = []
    for k in range(0, 5 * n, 5):
        face = held[k]
        crop, labels = nets.parse(face['rgb'], face['points'][:68])
        truth = warp(face['label'], crop_from_picture(face['points'][:68], 256), 256, nearest=True)
        columns.append(np.vstack([crop, PALETTE[labels], PALETTE[truth]]))
    write_jpeg(os.path.join(out, 'parser.jpg'), cv2.resize(np.hstack(columns), None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA))


def picture_of_landmarks(nets, held, out, n=10):
    cells = []
    for k in range(0, 5 * n, 5):
        face = held[k]
        got = nets.read(face['rgb'], face['points'][:68])
        big = cv2.resize(face['rgb'], (512, 512))
        draw_points(big, got['points'], got['visibility'], 512 / len(face['rgb']))
        cells.append(cv2.resize(big, (256, 256), interpolation=cv2.INTER_AREA))
    write_jpeg(os.path.join(out, 'landmarks.jpg'), np.vstack([np.hstack(cells[:n // 2]), np.hstack(cells[n // 2:])]))


def picture_of_detector(nets, held, out, seed=23):
    rng, cells = np.random.RandomState(seed), []
    for _ in range(9):
        image, *_ = scene(held, rng)
        big = cv2.resize(image, None, fx=1.5, fy=1.5)
        draw_faces(big, detector_training.detect(nets.detector, image), 1.5)
        cells.append(big)
    write_jpeg(os.path.join(out, 'detector.jpg'), np.vstack([np.hstack(cells[k:k + 3]) for k in (0, 3, 6)]))


def write_jpeg(path, rgb):
    cv2.imwrite(path, rgb[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 85])


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument('--run', required=True)
    arguments.add_argument('--data', required=True)
    arguments.add_argument('--out', required=True)
    arguments.add_argument('--photo')
    a = arguments.parse_args()
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    os.makedirs(a.out, exist_ok=True)
    nets, held = Nets(a.run), Faces(os.path.join(a.data, 'val'), held_out=True)
    picture_of_parser(nets, held, a.out)
    picture_of_landmarks(nets, held, a.out)
    picture_of_detector(nets, Faces(held.folder, held_out=True, side=RENDER), a.out)
    if a.photo:
        look_at_photo(nets, a.photo, a.out)


if __name__ == '__main__':
    main()
