"""Tubes, ellipsoids and boxes as (vertices, triangles)."""
import numpy as np


def grid(rows, columns):
    """Triangles of rings of vertices, closed around."""
    i, j = np.meshgrid(np.arange(rows - 1), np.arange(columns), indexing='ij')
    a, b, c, d = i * columns + j, i * columns + (j + 1) % columns, (i + 1) * columns + (j + 1) % columns, (i + 1) * columns + j
    return np.concatenate([np.stack([a, b, c], -1).reshape(-1, 3), np.stack([a, c, d], -1).reshape(-1, 3)])


def tube(path, radius, sides=8, caps=True):
    """A tube along points; with rounded ends two more rings at either end."""
    path = np.asarray(path, float)
    radius = np.broadcast_to(radius, len(path)).astype(float)
    if caps:
        first, last = path[0] - path[1], path[-1] - path[-2]
        first, last = first / np.linalg.norm(first), last / np.linalg.norm(last)
        path = np.vstack([path[0] + first * radius[0], path[0] + first * radius[0] * .7, path, path[-1] + last * radius[-1] * .7,
                          path[-1] + last * radius[-1]])
        radius = np.r_[radius[0] * .05, radius[0] * .7, radius, radius[-1] * .7, radius[-1] * .05]
    along = np.gradient(path, axis=0)
    along /= np.linalg.norm(along, axis=1)[:, None] + 1e-9
    a = np.cross(along, [.13, .97, .21])
    a /= np.linalg.norm(a, axis=1)[:, None] + 1e-9
    b = np.cross(along, a)
    th = np.arange(sides) * 2 * np.pi / sides
    ring = a[:, None] * np.cos(th)[None, :, None] + b[:, None] * np.sin(th)[None, :, None]
    return (path[:, None] + radius[:, None, None] * ring).reshape(-1, 3), grid(len(path), sides)


def ellipsoid(centre, radii, rings=12, sides=18):
    th, ph = np.linspace(1e-3, np.pi - 1e-3, rings)[:, None], (np.arange(sides) * 2 * np.pi / sides)[None]
    unit = np.stack([np.sin(th) * np.cos(ph), np.cos(th) + 0 * ph, np.sin(th) * np.sin(ph)], -1)
    return (unit * radii + centre).reshape(-1, 3), grid(rings, sides)


def box(half):
    """A box about 0; every side has vertices of its own, so that edges stay sharp."""
    vertices, triangles = [], []
    for axis in range(3):
        for sign in (-1, 1):
            u, v = (axis + 1) % 3, (axis + 2) % 3
            n = len(vertices)
            for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
                p = np.zeros(3)
                p[axis], p[u], p[v] = sign, a, b
                vertices.append(p * half)
            order = [(0, 1, 2), (0, 2, 3)] if sign > 0 else [(0, 2, 1), (0, 3, 2)]
            triangles += [tuple(n + i for i in t) for t in order]
    return np.array(vertices), np.array(triangles)
