"""Square crops of faces by similarity, in numpy; positions in pixels with centres at .5."""
import cv2
import numpy as np


def mirror_expressions(names):
    """Index of the shape that takes the place of each one when the picture is mirrored."""
    def other(n):
        if n.endswith(('_L', '_R')):
            return n[:-1] + ('R' if n[-1] == 'L' else 'L')
        if n.startswith(('jaw', 'mouth')) and n.endswith(('Left', 'Right')):
            return n.replace('Left', '*').replace('Right', 'Left').replace('*', 'Right')
        return n
    return np.array([names.index(other(n)) for n in names])


RINGS = (range(168, 188), range(188, 198))  # lips outer and inner: their points have no twins


def mirror_points(mean):
    """[198,198] rows: the point that takes the place of each one in a mirrored face, from the points of the face.

    Twins are looked up on the mean head [198,3] (x to the subject's left); on the lips, where the points of the two sides
    lie differently, the row mixes the two neighbours between which the mirrored point falls.
    """
    rows = np.zeros((len(mean), len(mean)))
    ring = {k: r for r in RINGS for k in r}
    for k, p in enumerate(mean * [-1, 1, 1]):
        if k not in ring:
            part = np.arange(68) if k < 68 else np.arange(68, RINGS[0][0])
            at = part[np.linalg.norm(mean[part] - p, axis=1).argmin()]
            if np.linalg.norm(mean[at] - p) > 0.02:
                raise ValueError(f'point {k} has no twin on the other side')
            rows[k, at] = 1
            continue
        r = np.array(ring[k])
        a, b = mean[r], mean[np.roll(r, -1)]
        t = (((p - a) * (b - a)).sum(1) / ((b - a) ** 2).sum(1)).clip(0, 1)
        i = np.linalg.norm(a + (b - a) * t[:, None] - p, axis=1).argmin()
        rows[k, r[i]] += 1 - t[i]
        rows[k, np.roll(r, -1)[i]] += t[i]
    return rows


def ffhq_quad(points):
    """Centre, half side x and half side y (vectors) of the FFHQ quad of the 68 points."""
    left, right = points[36:42].mean(0), points[42:48].mean(0)
    eyes, mouth = (left + right) / 2, (points[48] + points[54]) / 2
    e, m = right - left, mouth - eyes
    x = np.array([e[0] + m[1], e[1] - m[0]])
    x = x / max(np.hypot(*x), 1e-6) * max(2 * np.hypot(*e), 1.8 * np.hypot(*m))
    return eyes + 0.1 * m, x, np.array([-x[1], x[0]])


def crop_from_picture(points, size, scale=1.0, shift=(0.0, 0.0), roll=0.0, mirror=False):
    """2x3 similarity picture -> crop of `size` px: the quad, its side times `scale`, moved by `shift` sides, turned by
    `roll` degrees; mirrored left to right at the end."""
    c, x, y = ffhq_quad(points)
    c = c + 2 * shift[0] * x + 2 * shift[1] * y
    a = np.radians(roll)
    x, y = scale * (np.cos(a) * x + np.sin(a) * y), scale * (np.cos(a) * y - np.sin(a) * x)
    side2 = x @ x
    rows = np.stack([x, y]) / side2  # p -> (p - c).x / |x|^2 in -1..1
    m = np.c_[rows, -rows @ c] * (size / 2)
    m[:, 2] += size / 2
    if mirror:
        m[0] *= -1
        m[0, 2] += size
    return m


def warp(picture, m, size, nearest=False, border=cv2.BORDER_REPLICATE, rows=None):
    """The crop of `size` px, or of `rows` rows from its top on; blurred first when it shrinks much."""
    shrink = 1 / max(np.hypot(m[0, 0], m[0, 1]), 1e-6)
    if shrink > 1.3 and not nearest:
        picture = cv2.GaussianBlur(picture, (0, 0), 0.35 * shrink)
    m = m.copy()
    m[:, 2] += 0.5 * (m[:, 0] + m[:, 1]) - 0.5
    return cv2.warpAffine(picture, m, (size, rows or size), flags=cv2.INTER_NEAREST if nearest else cv2.INTER_LINEAR,
                          borderMode=border)


def move(points, m):
    return points @ m[:, :2].T + m[:, 2]
