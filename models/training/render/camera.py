"""Cameras: points in head centimetres to pixels. A camera sits on the z axis at `dist` cm from the origin.

aligned: the FFHQ crop from the true landmarks, scaled, shifted and turned; fixed: plain, `f` in picture heights;
matrix: a crop frozen by `lock`.
"""
import numpy as np


def on_plane(points, distance):
    """Perspective division. [n,3] -> [n,2], y down."""
    z = distance - points[:, 2]
    return np.stack([points[:, 0] / z, -points[:, 1] / z], 1)


def ffhq_crop(plane68, cam, size):
    """(2x3 matrix from plane times focal to pixels, focal) of the crop as FFHQ made it."""
    focal = 1000.0
    p = plane68 * focal
    left, right = p[36:42].mean(0), p[42:48].mean(0)
    eyes, apart = (left + right) / 2, right - left
    down = (p[48] + p[54]) / 2 - eyes
    x = apart - np.array([-down[1], down[0]])
    x = x / np.hypot(*x) * max(np.hypot(*apart) * 2.0, np.hypot(*down) * 1.8)
    centre = eyes + down * .1
    side = np.hypot(*x) * 2 / cam.get('scale', 1)
    angle = np.arctan2(x[1], x[0]) + np.radians(cam.get('rot', 0))
    a = size / side * np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    t = np.array([size / 2 + cam.get('dx', 0) * size, size / 2 + cam.get('dy', 0) * size]) - a @ centre
    return np.c_[a, t], focal


def pixels_of(cam, posed68, width, height):
    """(matrix, focal) of any camera."""
    if cam['mode'] == 'matrix':
        return np.array(cam['M']) * width, cam['F']
    if cam['mode'] == 'aligned':
        return ffhq_crop(on_plane(posed68, cam['dist']), cam, width)
    r = np.radians(cam.get('rot', 0))
    return np.array([[np.cos(r), -np.sin(r), cam['cx'] * width], [np.sin(r), np.cos(r), cam['cy'] * height]]), cam['f'] * height


def turned(matrix):
    """Degrees by which a camera turns the picture clockwise."""
    return -float(np.degrees(np.arctan2(matrix[0, 1], matrix[0, 0])))
