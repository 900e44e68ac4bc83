"""Seeded backgrounds, out of focus: rooms, streets, trees, night lights, studios, plain clouds of colour."""
import cv2
import numpy as np

KINDS = ['room', 'room', 'street', 'trees', 'night', 'studio', 'clouds', 'patches']


def background(seed, width, height):
    """uint8 [height,width,3]; drawn at a third of the size, blurred, enlarged."""
    rng = np.random.RandomState(seed)
    w, h = max(16, width // 3), max(16, height // 3)
    kind = KINDS[rng.randint(len(KINDS))]
    picture = np.ascontiguousarray(np.clip(PAINTERS[kind](rng, w, h), 0, 255).astype(np.uint8))
    picture = cv2.GaussianBlur(picture, (0, 0), max(.5, h * rng.uniform(.004, .045)))
    return cv2.resize(picture, (width, height), interpolation=cv2.INTER_LINEAR)


def colour(rng, low=10, high=235, saturation=None):
    c = rng.uniform(low, high, 3)
    s = rng.rand() ** 1.5 * .7 if saturation is None else saturation
    return c.mean() + (c - c.mean()) * s


def ramp(rng, w, h, a, b):
    """From colour a to colour b in a random direction."""
    y, x = np.mgrid[0:h, 0:w].astype(np.float32)
    angle = rng.rand() * 6.28
    t = np.clip(.5 + .5 * ((x / w - .5) * np.cos(angle) + (y / h - .5) * np.sin(angle)) * 1.6, 0, 1)[..., None]
    return (a * (1 - t) + b * t).astype(np.float32)


def cloudy(rng, w, h, scales=(3, 6, 12, 24), grey=True):
    """Smooth noise, about ±1."""
    out = np.zeros((h, w, 1 if grey else 3), np.float32)
    for s in scales:
        n = cv2.resize(rng.randn(s, s, out.shape[2]).astype(np.float32), (w, h), interpolation=cv2.INTER_CUBIC).reshape(h, w, -1)
        out += n / np.sqrt(s) * 1.4
    return out


def rectangle(picture, x0, y0, x1, y1, c):
    cv2.rectangle(picture, (int(x0), int(y0)), (int(x1), int(y1)), tuple(float(v) for v in c), -1)


def room(rng, w, h):
    """A wall with uneven light, and some of: window, door, pictures, shelf of books, lamp, plant."""
    wall = colour(rng, 70, 235, rng.rand() * .25)
    p = ramp(rng, w, h, wall * rng.uniform(.55, .9), wall)
    for _ in range(rng.randint(1, 4)):
        what = rng.randint(6)
        x, y, u = rng.uniform(-.1, .9) * w, rng.uniform(-.1, .6) * h, rng.uniform(.15, .4) * w
        if what == 0:
            sky = colour(rng, 190, 255, .15)
            rectangle(p, x - 3, y - 3, x + u + 3, y + 1.4 * u + 3, wall * 1.1 + 15)
            rectangle(p, x, y, x + u, y + 1.4 * u, sky)
            rectangle(p, x, y + .9 * u, x + u, y + 1.4 * u, colour(rng, 60, 170, .4))
            rectangle(p, x + .48 * u, y, x + .52 * u, y + 1.4 * u, wall * 1.1 + 15)
        elif what == 1:
            rectangle(p, x, .12 * h, x + .8 * u, h, colour(rng, 40, 220, .35))
        elif what == 2:
            for _ in range(rng.randint(1, 4)):
                a, b = rng.uniform(0, 1) * w, rng.uniform(0, .5) * h
                s = rng.uniform(.06, .16) * w
                rectangle(p, a - 2, b - 2, a + s + 2, b + s * 1.2 + 2, colour(rng, 20, 90, .2))
                rectangle(p, a, b, a + s, b + s * 1.2, colour(rng, 30, 230))
        elif what == 3:
            shelf(rng, p, x, y, w * rng.uniform(.3, .8), h)
        elif what == 4:
            cv2.circle(p, (int(x), int(y)), int(.3 * u), (250., 240., 215.), -1)
            glow = np.exp(-((np.arange(w)[None] - x) ** 2 + (np.arange(h)[:, None] - y) ** 2) / (2 * u * u))
            p += (glow[..., None] * np.array([70, 60, 40])).astype(np.float32)
        else:
            leaves(rng, p, x, y, u, 40)
    return p + cloudy(rng, w, h) * 3


def shelf(rng, p, x, y, width, h):
    """Rows of book backs."""
    wood = colour(rng, 40, 170, .5)
    row = rng.uniform(.14, .22) * h
    while y < h:
        rectangle(p, x, y, x + width, y + row, wood * .45)
        at = x
        base = [colour(rng, 20, 220) for _ in range(6)]
        while at < x + width:
            thick, tall = rng.uniform(.02, .05) * width + 1, row * rng.uniform(.6, .95)
            rectangle(p, at, y + row - tall, at + thick, y + row, base[rng.randint(6)] * rng.uniform(.7, 1.2))
            at += thick + (rng.rand() < .1) * thick * 2
        rectangle(p, x, y + row, x + width, y + row + 2, wood)
        y += row + 2


def leaves(rng, p, x, y, spread, count):
    green = np.array([rng.uniform(30, 90), rng.uniform(70, 150), rng.uniform(20, 70)])
    for _ in range(count):
        c = tuple(float(v) for v in green * rng.uniform(.4, 1.5))
        at = (int(x + rng.randn() * spread * .5), int(y + rng.randn() * spread * .5))
        cv2.ellipse(p, at, (max(1, int(spread * rng.uniform(.04, .16))), max(1, int(spread * rng.uniform(.02, .07)))), rng.randint(360), 0, 360, c, -1)


def street(rng, w, h):
    """Sky, houses with windows, ground."""
    p = ramp(rng, w, h, colour(rng, 150, 250, .25), colour(rng, 170, 255, .3))
    x, ground = -10.0, h * rng.uniform(.6, 1.1)
    while x < w:
        width, top = w * rng.uniform(.12, .4), h * rng.uniform(-.2, .45)
        front = colour(rng, 50, 210, .3)
        rectangle(p, x, top, x + width, ground, front)
        step = max(5, int(w * rng.uniform(.03, .07)))
        pane = colour(rng, 20, 110, .2) if rng.rand() < .7 else np.array([240., 215., 150.])
        for a in np.arange(x + step * .4, x + width - step * .4, step):
            for b in np.arange(top + step * .5, ground - step * .5, step * 1.4):
                rectangle(p, a, b, a + step * .5, b + step * .8, pane * rng.uniform(.7, 1.2))
        x += width
    rectangle(p, 0, ground, w, h, colour(rng, 60, 150, .1))
    return p + cloudy(rng, w, h) * 5


def trees(rng, w, h):
    p = ramp(rng, w, h, colour(rng, 90, 230, .3), colour(rng, 60, 150, .4)) + cloudy(rng, w, h) * 20
    for _ in range(rng.randint(3, 8)):
        leaves(rng, p, rng.rand() * w, rng.rand() * h * .8, w * rng.uniform(.15, .5), 120)
    return p


def night(rng, w, h):
    p = ramp(rng, w, h, colour(rng, 5, 50, .5), colour(rng, 5, 60, .5))
    for _ in range(rng.randint(8, 40)):
        c = tuple(float(v) for v in colour(rng, 120, 255, .6))
        cv2.circle(p, (rng.randint(w), rng.randint(h)), rng.randint(1, max(2, w // 18)), c, -1)
    return p


def studio(rng, w, h):
    base = colour(rng, 15, 240, rng.rand() * .6)
    y, x = np.mgrid[0:h, 0:w].astype(np.float32)
    spot = np.exp(-(((x / w - rng.uniform(.2, .8)) / .5) ** 2 + ((y / h - rng.uniform(.2, .7)) / .6) ** 2))[..., None]
    return base * (.55 + .6 * spot) + cloudy(rng, w, h) * 2


def clouds(rng, w, h):
    grey = rng.rand() < .6
    return ramp(rng, w, h, colour(rng), colour(rng)) + cloudy(rng, w, h, grey=grey) * rng.uniform(5, 30)


def patches(rng, w, h):
    p = ramp(rng, w, h, colour(rng), colour(rng))
    for _ in range(rng.randint(8, 40)):
        x, y = rng.randint(-20, w), rng.randint(-20, h)
        rectangle(p, x, y, x + rng.randint(4, w // 2), y + rng.randint(4, h // 2), colour(rng))
    return p


PAINTERS = dict(room=room, street=street, trees=trees, night=night, studio=studio, clouds=clouds, patches=patches)
