"""Geometry beside the head: torso, glasses, ear-rings, hats. In neutral head space, as lists of `Prop`."""
from dataclasses import dataclass

import numpy as np

from native import BUN, CLOTH, EARRING, GLASS, HAT, LENS
from solids import ellipsoid, grid, tube


@dataclass
class Prop:
    """A piece of mesh. `head`: weight of the head's rotation per vertex (None: all of it); a3, a4: material attributes."""
    vertices: np.ndarray
    triangles: np.ndarray
    material: int
    head: object = None
    a3: object = 0
    a4: object = 0


def torso(model, vertices, shoulders):
    """Shoulders and chest from the neck's edge down."""
    edge = vertices[model.neck_loop].astype(np.float64)
    centre = edge.mean(0)
    rings = []
    for t in (0, .1, .22, .36, .52, .68, .84, 1.0, 1.2, 1.6, 2.4, 3.8):
        q = edge.copy()
        side = np.abs(q[:, 0]) / 12.4
        k, u = min(t, 1) * np.pi / 2, max(0, t - 1)
        q[:, 0] *= 1 + (.60 * shoulders) * np.sin(k) * side ** .5 + .06 * u
        q[:, 2] += (q[:, 2] - centre[2]) * .30 * np.sin(k)
        q[:, 1] += -2.2 * t - (1 - np.cos(k)) * 3.6 * side - 9 * u - (1 - side) * 3.0 * np.sin(k)
        rings.append(q)
    all_rings = np.concatenate(rings)
    return [Prop(all_rings, grid(len(rings), len(edge))[:, ::-1], CLOTH, np.zeros(len(all_rings)))]


def glasses(model, vertices, g):
    """Rims pushed out of the face where they would touch it, lenses, bridge, temples."""
    l = vertices[model.landmarks68]
    face = vertices[:6706]
    z0 = max(l[27, 2] - .35, l[36:48, 2].max() + .55)
    th = np.arange(36) * 2 * np.pi / 36
    out, pushes = [], []
    for side in (1, -1):
        eye = (l[42:48] if side > 0 else l[36:42]).mean(0)
        power = [2.0, 2.6, g['p'], 3.2][g['kind']]
        x = np.sign(np.cos(th)) * np.abs(np.cos(th)) ** (2 / power) * g['w']
        y = np.sign(np.sin(th)) * np.abs(np.sin(th)) ** (2 / power) * g['h']
        if g['kind'] == 3:
            y = np.where(y < 0, y * 1.15, y * .9)
            x = x * (1 + .07 * y)
        x, y = side * max(abs(eye[0]) + .12, g['w'] + .55) + x, eye[1] - .25 + y
        rim = np.stack([x, y, z0 + .35 - .028 * x ** 2], 1)
        near = np.argmin((face[:, 0][None] - x[::2, None]) ** 2 + (face[:, 1][None] - y[::2, None]) ** 2, 1)
        push = float(np.clip((face[near, 2] + g['rad'] + .12 - rim[::2, 2]).max(), 0, 1.3))
        rim[:, 2] += push
        pushes.append(push)
        out.append(Prop(*tube(np.vstack([rim, rim[:2]]), g['rad'], 6, False), GLASS))
        fan = np.stack([np.zeros(36, int), 1 + np.arange(36), 1 + (np.arange(36) + 1) % 36], 1)
        out.append(Prop(np.vstack([rim.mean(0) + [0, 0, .1], rim]), fan, LENS))
        hinge, lobe = rim[np.argmax(side * rim[:, 0])] + [0, .5, 0], vertices[model.lobes[0 if side > 0 else 1]]
        temple = [hinge, [side * (abs(lobe[0]) + .25), eye[1] + .45, 6.0], [side * (abs(lobe[0]) + .35), eye[1] + .6, 1.0],
                  [side * (abs(lobe[0]) + .2), eye[1] - .5, -1.0]]
        out.append(Prop(*tube(np.array(temple), max(.09, g['rad'] * .8), 6), GLASS))
    x = max(abs(l[36:42].mean(0)[0]) + .12, g['w'] + .55) - g['w']
    bridge = [[-x, l[27, 1] - .55, z0 + .3 + pushes[1]], [0, l[27, 1] - .25, z0 + .55 + max(pushes)], [x, l[27, 1] - .55, z0 + .3 + pushes[0]]]
    out.append(Prop(*tube(np.array(bridge), g['rad'], 6, False), GLASS))
    return out


def earrings(model, vertices, e):
    """Studs, hoops or drops on both lobes."""
    out = []
    for k in (0, 1):
        p = vertices[model.lobes[k]].astype(float) + [(.25, -.25)[k], -.3, .3]
        if e['kind'] == 0:
            mesh = ellipsoid(p, np.ones(3) * e['r'] * .8, 8, 12)
        elif e['kind'] == 1:
            th, r = np.linspace(0, 2 * np.pi, 25), e['r'] * 2.6
            hoop = [p[0] + .4 * (1, -1)[k] + r * .45 * np.cos(th), p[1] - r + r * np.sin(th), p[2] + r * .6 * np.cos(th)]
            mesh = tube(np.stack(hoop, 1), .13, 6, False)
        else:
            mesh = ellipsoid(p - [0, e['r'] * 3, 0], np.array([.7, 2.4, .7]) * e['r'], 10, 12)
        out.append(Prop(*mesh, EARRING))
    return out


def hat(model, vertices, h):
    """A shell over the scalp: the head's own triangles pushed outwards; a3 darkens the edge of the fold. With a peak or not."""
    used, triangles = np.unique(model.hat_triangles, return_inverse=True)
    v = vertices[used].astype(np.float64)
    inside = model.attributes[used, 5] - h['low']
    away = v - np.array([0, 3.0, 0])
    away /= np.linalg.norm(away, axis=1)[:, None]
    rise = np.clip((v[:, 1] - 7) / 6, 0, 1)
    fold = (inside < h['roll']).astype(float)
    v = v + away * (h['thick'] + .5 + .45 * fold + .5 * rise)[:, None] + np.array([0, 1, -.25]) * (h['tall'] * rise ** 2)[:, None]
    edge = np.exp(-((inside - h['roll']) / .18) ** 2) if h['roll'] else np.clip(.5 - inside, 0, 1)
    keep = (inside[triangles.reshape(-1, 3)] > -.1).all(1)
    out = [Prop(v, triangles.reshape(-1, 3)[keep], HAT, None, edge)]
    if h['kind'] == 'cap':
        a, r = np.linspace(-1.15, 1.15, 25), np.linspace(0, 1, 7)[:, None]
        front = v[(np.abs(v[:, 0]) < 2) & (v[:, 2] > 5) & (inside > 0)]
        edge = front[np.argmin(front[:, 1])]
        peak = np.stack([np.sin(a)[None] * (7.6 + 1.2 * r), edge[1] + .5 - 1.6 * r ** 2 + 0 * a[None] - .9 * np.sin(a)[None] ** 2,
                         edge[2] - 9.0 + np.cos(a)[None] * (8.9 + 6.0 * r)], -1)
        i, j = np.meshgrid(np.arange(6), np.arange(24), indexing='ij')
        q = i * 25 + j
        flat = np.concatenate([np.stack([q, q + 1, q + 26], -1).reshape(-1, 3), np.stack([q, q + 26, q + 25], -1).reshape(-1, 3)])
        out.append(Prop(peak.reshape(-1, 3), flat, HAT, None, .25))
    return out


def bun_prop(bun):
    return [Prop(bun[0], bun[1], BUN)] if bun is not None else []
