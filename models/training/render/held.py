"""Things in front of the face: hands with fingers, microphone, cup, phone, book, stick. All count as occluders."""
import numpy as np

from maths import rot
from native import HAND, OBJECT
from props import Prop
from solids import box, ellipsoid, tube

FINGERS = [(-2.7, 6.0, -.16), (-.95, 7.2, -.03), (.85, 6.8, .07), (2.5, 5.4, .2)]  # root x, length, spread
JOINTS = (.40, .72)


def held(thing):
    """Props of the thing at its place on the head; `free`: it does not follow the head's rotation."""
    depth = float(np.interp(thing['at'][1], [-9, -6, -3, 0, 3, 6], [10.2, 10.8, 12.3, 13, 12, 11.5])) - .11 * thing['at'][0] ** 2
    at = np.array([thing['at'][0], thing['at'][1], depth + thing['dz']])
    flat = thing['kind'] in ('phone', 'book', 'stick')
    turn = rot(thing.get('tilt', 0) if flat else 0, 0, 0) if flat else np.eye(3)
    turn = rot(0, 0, -thing['ang']) @ turn
    size = thing.get('size', 1.0) if flat else 1.0
    out = MAKERS[thing['kind']](thing)
    for prop in out:
        prop.vertices = prop.vertices * size @ turn.T + at + ([0, 0, 2.0] if flat else [0, 0, 0])
        prop.head = np.zeros(len(prop.vertices)) if thing.get('free') else None
    return out


def finger(root, towards, length, radius, curl, side=(0, 0, 1)):
    """One finger with thicker joints, creases and a nail."""
    t = np.linspace(0, 1, 17)
    towards = np.asarray(towards, float) / np.linalg.norm(towards)
    bend = np.array([0, 0, -1.0]) * curl
    path = np.asarray(root) + towards * (t * length)[:, None] + np.array([0, 0, .35]) * np.sin(t * np.pi)[:, None] + bend * (t ** 2 * length * .35)[:, None]
    r = np.interp(t, [0, .45, .75, 1], radius)
    crease = sum(np.exp(-((t - j) / .035) ** 2) for j in JOINTS)
    r = r * (1 + .07 * sum(np.exp(-((t - j) / .09) ** 2) for j in JOINTS) - .03 * crease)
    vertices, triangles = tube(path, r, 12)
    rings = np.r_[0, 0, crease, 0, 0].repeat(12)
    tip = path[-1] - path[-3]
    tip /= np.linalg.norm(tip)
    nail = ellipsoid(np.zeros(3), np.array([r[-1] * .62, r[-1] * .85, .12]), 6, 10)
    nail_at = path[-1] - tip * r[-1] * .25 + np.array([0, 0, r[-1] * .86])
    return [Prop(vertices, triangles, HAND, a4=rings), Prop(nail[0] + nail_at, nail[1], HAND, a3=1.0)]


def hand(thing):
    """Back of the hand towards the camera, fingers up; `curl` bends them, a wrist below."""
    s, curl = thing['side'], .15 + .5 * thing.get('curl', .3)
    out = []
    for x, length, spread in FINGERS:
        out += finger([x * s, -1 - .2 * abs(x), .3], [np.sin(spread) * s, np.cos(spread), 0], length, [.98, .92, .82, .62], curl)
    thumb = np.array([[-3.2 * s, -6.0, .3], [-5.0 * s, -3.4, .5], [-5.9 * s, -1.0, .2]])
    out.append(Prop(*tube(thumb, [1.3, 1.0, .75], 12), HAND))
    palm = ellipsoid(np.array([0, -4.6, .2]), np.array([4.3, 4.9, 1.35]), 14, 20)
    knuckles = sum(np.exp(-((palm[0][:, 0] - x * s) ** 2 + (palm[0][:, 1] + 1.4) ** 2) / .5) for x, _, _ in FINGERS)
    palm[0][:, 2] += .35 * knuckles
    out += [Prop(*palm, HAND, a4=.6 * knuckles), Prop(*tube([[0, -8, 0], [0, -22, -1], [0, -40, -2]], [3.0, 3.6, 4.0], 14), HAND)]
    return out


def microphone(thing):
    return [Prop(*ellipsoid(np.zeros(3), np.array([2.4, 2.5, 2.4]), 14, 20), OBJECT, a3=0),
            Prop(*tube([[0, -2.0, 0], [0, -20, .5]], [1.35, 1.0], 14), OBJECT, a3=1)]


def cup(thing):
    return [Prop(*tube([[0, 3, 0], [0, -2, 0], [0, -7, 0], [0, -7.01, 0]], [4.1, 3.7, 3.1, .01], 26, False), OBJECT, a3=1)]


def phone(thing):
    return [Prop(*box(np.array([3.6, 7.4, .45])), OBJECT, a3=1)] + \
        [p for x in (-3.0, -1.0, 1.0, 2.8) for p in finger([4.2 * thing['side'], x, .9], [-thing['side'], .06, 0], 4.2, [.9, .85, .8, .6], .1)]


def book(thing):
    return [Prop(*box(np.array([6.5, 9.0, 1.1])), OBJECT, a3=2)]


def stick(thing):
    return [Prop(*tube([[0, 18, 0], [0, -22, .5]], [.5 + .5 * thing.get('curl', .5)] * 2, 10), OBJECT, a3=1)]


MAKERS = dict(hand=hand, mic=microphone, cup=cup, phone=phone, book=book, stick=stick)
