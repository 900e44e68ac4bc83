"""Hair strands of a scene on the neutral head, and the lashes on the lids."""
import cv2
import numpy as np

from native import POINTS, grow
from solids import ellipsoid

CENTRE = np.array([0, 4.0, 0], np.float32)
LONG = ('long', 'bob', 'fringe', 'knot')  # styles that take little notice of the hair line
MAP = (28, 48)
NONE = (np.zeros((0, POINTS, 3), np.float32), np.zeros(0, np.float32), np.zeros((0, 2), np.float32), None)


def style_numbers(hair, rng):
    """len, lenvar, lift, gravity, curl, curl rate, clumps, volume, comb, fringe, fringe length, back length, top direction,
    stiffness, strands, width (cm) of a style."""
    l, vol, wave = hair['len'], hair['vol'], hair['wave']
    return dict(
        buzz=(.5 + .5 * l, .3, 1.2, 0, 0, 0, .3, .05, 0, 0, 0, 1, 1, .6, 4200, .11),
        crop=(2.2 + 2.6 * l, .28, .34, .26, .15 * wave, 2, .7, .4 + .9 * vol, 0, 0, 0, .5, rng.uniform(-.4, 1.0), .9, 3600, .18),
        sideswept=(4.5 + 3.5 * l, .25, .38, .40, .15 * wave, 1.2, .6, .4 + 1.0 * vol, 5, 0, 0, .42, 0, 1.0, 3800, .19),
        sweptback=(5 + 4.5 * l, .25, .28, .34, .12 * wave, 1, .55, .4 + .9 * vol, 2, 0, 0, .6, 0, 1.0, 3600, .22),
        bob=(15 + 6 * l, .12, .35, .95, .35 * wave, .8, .55, .6 + 1.5 * vol, 1, 0, 0, 1, 0, 1.0, 2300, .37),
        long=(27 + 14 * l, .15, .35, .95, .45 * wave, .6, .6, .6 + 1.5 * vol, 1, 0, 0, 1, 0, 1.0, 2300, .40),
        fringe=(14 + 22 * l, .12, .35, .95, .3 * wave, .7, .5, .6 + 1.2 * vol, 6, 4.2, rng.uniform(5.2, 7.6), 1, 0, 1.0, 2400, .36),
        curly=(6 + 11 * l, .3, .8, .60, .95, 1.3 + 1.2 * rng.rand(), 1.2, 1.5 + 2.0 * vol, 1, 0, 0, 1, 0, .9, 2400, .33),
        afro=(3 + 4.5 * l, .25, 2.0, .0, 1.0, 3.0, 1.6, .8 + 1.5 * vol, 3, 0, 0, 1, 0, .9, 3600, .30),
        knot=(26, .1, .25, .0, 0, 0, .4, .3 + .4 * vol, 4, 0, 0, 1, rng.choice([0., .25, 1.]), .8, 3200, .26))[hair['style']]


def grow_hair(model, hair, neutral, hat=None, detail=1.0):
    """(points [n,12,3], widths [n], random [n,2], bun or None) in neutral head space.

    `detail` > 1: more and thinner strands, for large pictures. Under a hat only low roots grow.
    """
    if hair['style'] == 'bald':
        return NONE
    rng = np.random.RandomState(hair['seed'])
    numbers = list(style_numbers(hair, rng))
    numbers[5] = min(numbers[5], 1.15 * (POINTS - 1) / numbers[0])  # at least five points per turn
    line = hair['line'] * (.4 if hair['style'] in LONG else 1)
    inside = model.root_inside > -.05 + line + .35 * (model.root_random[:, 3] - .5)
    if hat:
        inside &= (model.root_height < 4.6) & (model.root_inside < 3)
    chosen = np.where(inside)[0][:int(numbers[14] * detail)]
    if not len(chosen):
        return NONE
    roots = (neutral[model.root_triangles[chosen]] * model.root_weights[chosen][:, :, None]).sum(1).astype(np.float32)
    away = roots - CENTRE
    away /= np.linalg.norm(away, axis=1)[:, None]
    random = model.root_random[chosen].copy()
    style = numbers[:8] + [hair['part'], numbers[8], hair['side']] + numbers[9:14]
    points = grow(roots, away, random, head_radii(model, neutral), CENTRE, np.array(style, np.float32))
    widths = numbers[15] * detail ** -.8 * (.6 + .8 * random[:, 1])
    bun = None
    if hair['style'] == 'knot' and not hat:
        high = numbers[12]
        at = np.array([0, 6.5 + high * 7, -9.5 + high * 6]) + np.array([0, .9 * high, -.6])
        bun = ellipsoid(at, np.array([3.0, 2.6, 2.8]) * (.8 + .4 * hair['len']))
    return points, widths.astype(np.float32), random[:, [0, 2]].copy(), bun


def head_radii(model, neutral):
    """Distance of the head's surface from CENTRE by direction, for collisions; ears do not push hair out."""
    rows, columns = MAP
    q = neutral[model.radial_triangles].mean(1) - CENTRE
    r = np.linalg.norm(q, axis=1)
    u = ((np.arctan2(q[:, 0], q[:, 2]) / 6.2831853 + .5) * columns).astype(int) % columns
    v = np.rint((np.arcsin(q[:, 1] / r) / np.pi + .5) * (rows - 1)).astype(int)
    ok = ~((np.abs(q[:, 0]) > 7.9) & (q[:, 1] < 2.2))
    radii = np.zeros(MAP, np.float32)
    np.maximum.at(radii, (v[ok], u[ok]), r[ok])
    for _ in range(6):
        empty = radii == 0
        if not empty.any():
            break
        around = [np.roll(radii, 1, 1), np.roll(radii, -1, 1), np.vstack([radii[1:], radii[-1:]]), np.vstack([radii[:1], radii[:-1]])]
        radii[empty] = np.maximum.reduce(around)[empty]
    return cv2.blur(np.hstack([radii[:, -2:], radii, radii[:, :2]]), (3, 3))[:, 2:-2].copy()


def lashes(model, vertices, amount):
    """Lash strands [88,12,3] on the upper lid margins of an expressed head."""
    out = []
    for loop, side in zip(model.eye_loops, (1, -1)):
        rest, now = model.mean[loop], vertices[loop]
        inner, outer = np.argmin(now[:, 0] * side), np.argmax(now[:, 0] * side)
        a0, a1 = rest[np.argmin(rest[:, 0] * side)], rest[np.argmax(rest[:, 0] * side)]
        t = (rest[:, 0] - a0[0]) / (a1[0] - a0[0])
        upper = (rest[:, 1] > a0[1] + (a1[1] - a0[1]) * t + .12) & (t > .08)
        upper &= rest[:, 2] > np.percentile(rest[upper, 2], 10) - 1
        margin = now[upper][np.argsort(t[upper])]
        k = np.linspace(0, len(margin) - 1, 44)
        i = np.minimum(k.astype(int), len(margin) - 2)
        roots = margin[i] + (margin[i + 1] - margin[i]) * (k - i)[:, None]
        ball = np.array([side * 3.09, 3.61, 8.0]) + (now[inner] + now[outer]) / 2 - (a0 + a1) / 2
        d = roots - ball
        d /= np.linalg.norm(d, axis=1)[:, None]
        f = np.linspace(0, 1, 44)[:, None]
        d = d + np.array([0, -.05, .35]) + np.array([side, 0, 0]) * (f - .35)
        d /= np.linalg.norm(d, axis=1)[:, None]
        s = np.linspace(0, 1, POINTS)[None, :, None]
        length = amount * (.65 + .5 * f)[:, None]
        out.append(roots[:, None] + d[:, None] * s * length + np.array([0, .40, 0]) * s ** 2 * length)
    return np.concatenate(out).astype(np.float32)
