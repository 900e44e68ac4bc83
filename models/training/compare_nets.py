"""Compares detector and landmarks with public networks on held-out renders, and all with the renders' own truth.

    python3 models/training/compare_nets.py --run OUT --data DIR [--models ../shared/models] [--faces 200]

YuNet (2023mar, 640 px) sees four renders at 320 px each; face mesh sees 1.5 boxes of the truth. Prints one JSON object.
Neither network was used in training; YuNet's boxes decided the form of ours (detector_scenes.face_box).
"""
import argparse
import json
import os

import cv2
import numpy as np
import torch

from detector_scenes import face_box, five_points, overlap
from faces import Faces
from look_nets import Nets, as_68

# Points that both orders have: 68 -> MediaPipe (eye corners, mouth corners, nose tip, inner lips, chin).
SAME = {36: 33, 39: 133, 42: 362, 45: 263, 48: 61, 54: 291, 30: 1, 62: 13, 66: 14, 8: 152}


class Yunet:
    def __init__(self, folder):
        self.net = cv2.dnn.readNet(os.path.join(folder, 'face_detection_yunet_2023mar.onnx'))
        self.names = [f'{k}_{s}' for k in ('cls', 'obj', 'bbox', 'kps') for s in (8, 16, 32)]

    def __call__(self, rgb, threshold):
        """(score, box, points) in a 640x640 picture, best first."""
        self.net.setInput(cv2.dnn.blobFromImage(rgb[..., ::-1].copy()))
        out, found = dict(zip(self.names, self.net.forward(self.names))), []
        for s in (8, 16, 32):
            g = 640 // s
            score = np.sqrt(out[f'cls_{s}'].reshape(-1).clip(0, 1) * out[f'obj_{s}'].reshape(-1).clip(0, 1))
            box, points = out[f'bbox_{s}'].reshape(-1, 4), out[f'kps_{s}'].reshape(-1, 5, 2)
            for j in np.flatnonzero(score > threshold):
                at = np.array([j % g, j // g])
                centre, half = (at + box[j, :2]) * s, np.exp(box[j, 2:]) * s / 2
                found.append((float(score[j]), np.r_[centre - half, centre + half], (points[j] + at) * s))
        found.sort(key=lambda f: -f[0])
        kept = []
        for f in found:
            if all(overlap(f[1], k[1]) < 0.3 for k in kept):
                kept.append(f)
        return kept


def face_mesh(net, rgb, box):
    """468 points in picture pixels."""
    c, side = (box[:2] + box[2:]) / 2, 1.5 * max(box[2:] - box[:2])
    k = 192 / side
    m = np.array([[k, 0, 96 - k * c[0]], [0, k, 96 - k * c[1]]])
    crop = cv2.warpAffine(rgb, m, (192, 192), borderMode=cv2.BORDER_REPLICATE).astype(np.float32) / 255
    net.setInput(crop[None])
    return net.forward().reshape(468, 3)[:, :2] / k + c - 96 / k


def mean(values):
    return round(float(np.mean(values)), 4) if len(values) else None


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument('--run', required=True)
    arguments.add_argument('--data', required=True)
    arguments.add_argument('--models', default=os.path.join(os.path.dirname(__file__), '..', '..', '..', 'shared', 'models'))
    arguments.add_argument('--faces', type=int, default=200)
    a = arguments.parse_args()
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    nets, held = Nets(a.run), Faces(os.path.join(a.data, 'val'), held_out=True)
    yunet, mesh = Yunet(a.models), cv2.dnn.readNet(os.path.join(a.models, 'facemesh_192.onnx'))
    ours, theirs, agree, five_ours, five_theirs = [], [], [], [], []
    lm_ours, lm_mesh, lm_between = [], [], []
    n = min(a.faces, len(held)) // 4 * 4
    for start in range(0, n, 4):
        four, picture = [held[k] for k in range(start, start + 4)], np.zeros((640, 640, 3), np.uint8)
        for j, face in enumerate(four):
            picture[320 * (j // 2):320 * (j // 2 + 1), 320 * (j % 2):320 * (j % 2 + 1)] = cv2.resize(face['rgb'], (320, 320))
        all_theirs = yunet(picture, 0.6)
        for j, face in enumerate(four):
            corner, k = np.array([j % 2, j // 2]) * 320, 320 / len(face['rgb'])
            box, five = face_box(face['points']), five_points(face['points'])
            side = max(box[2:] - box[:2])
            y = [((b - np.tile(corner, 2)) / k, (p - corner) / k) for _, b, p in all_theirs
                 if (np.abs((b[:2] + b[2:]) / 2 - corner - 160) < 160).all()]
            f = [(b, p) for _, b, p in nets.detect(face['rgb'], 320)]
            y = max(y, key=lambda q: overlap(q[0], box), default=None)
            f = max(f, key=lambda q: overlap(q[0], box), default=None)
            ours.append(f is not None and overlap(f[0], box) >= 0.5)
            theirs.append(y is not None and overlap(y[0], box) >= 0.5)
            if ours[-1]:
                five_ours.append(np.linalg.norm(f[1] - five, axis=1).mean() / side)
            if theirs[-1]:
                five_theirs.append(np.linalg.norm(y[1] - five, axis=1).mean() / side)
            if ours[-1] and theirs[-1]:
                agree.append(overlap(f[0], y[0]))
            if abs(face['pose'][0]) <= 45 and ours[-1]:
                points = nets.read(face['rgb'], as_68(f[1]))['points']
                other = face_mesh(mesh, face['rgb'], box)
                truth, eyes = face['points'], np.linalg.norm(face['points'][36] - face['points'][45])
                p, q, t = (v[list(i)] for v, i in ((points, SAME), (other, SAME.values()), (truth, SAME)))
                lm_ours.append(np.linalg.norm(p - t, axis=1).mean() / eyes)
                lm_mesh.append(np.linalg.norm(q - t, axis=1).mean() / eyes)
                lm_between.append(np.linalg.norm(p - q, axis=1).mean() / eyes)
    print(json.dumps({
        'faces': n, 'found': {'facet': mean(ours), 'yunet': mean(theirs)}, 'iou_between': mean(agree),
        'five_points_off_in_box_sides': {'facet': mean(five_ours), 'yunet': mean(five_theirs)},
        'ten_points_off_in_eye_distances': {'facet from its own detection': mean(lm_ours), 'face mesh': mean(lm_mesh),
                                            'between them': mean(lm_between)}}, indent=1))


if __name__ == '__main__':
    main()
