"""Things that are no faces, for the detector: shaded solids, rings, straps, badges and letters over cloth, one over the other.

What a net that has seen only renders takes for a face in a photograph is round or oval, lighter than what is around it, with
a few marks inside: a knob, a buckle, a patch on a sleeve, the mouth of a helmet. So such things are made here, at every size, with light
and shadow like a face's. Pictures uint8 [H,W,3].
"""
import cv2
import numpy as np

import augment


def colour(rng, vivid=0.35):
    """An RGB colour 0..255; mostly muted."""
    c = rng.uniform(8, 250, 3)
    return c if rng.rand() < vivid else c.mean() + 0.3 * (c - c.mean())


def cloth(rng, h, w):
    """Cloth with folds: ridges along one direction, bent, of one colour or with a pattern."""
    n = rng.randint(2, 9)
    ridges = cv2.resize(rng.randn(rng.randint(2, 5), n).astype(np.float32), (w, h), interpolation=cv2.INTER_CUBIC)
    fine = cv2.resize(rng.randn(rng.randint(3, 9), 3 * n).astype(np.float32), (w, h), interpolation=cv2.INTER_CUBIC)
    height = ridges + rng.uniform(0, 0.5) * fine
    turn = cv2.getRotationMatrix2D((w / 2, h / 2), rng.uniform(0, 360), 1.5)
    light = cv2.Sobel(cv2.warpAffine(height, turn, (w, h), borderMode=cv2.BORDER_REFLECT), cv2.CV_32F, 1, 0)
    light = 1 + rng.uniform(0.1, 0.5) * light / (light.std() + 1e-3)
    base = augment.texture(rng, h, w) if rng.rand() < 0.25 else np.broadcast_to(colour(rng), (h, w, 3))
    return (base * light.clip(0.15, 1.8)[..., None]).clip(0, 255).astype(np.uint8)


def outline(rng, k):
    """Mask uint8 [k,k] of a thing's shape."""
    mask, c = np.zeros((k, k), np.uint8), k / 2
    kind, aspect, turn = rng.randint(8), rng.uniform(0.35, 1), rng.uniform(0, 360)
    r = 0.47 * k
    if kind < 3:  # ball, egg, disc
        cv2.ellipse(mask, ((c, c), (2 * r, 2 * r * (aspect if kind else max(aspect, 0.75))), turn), 255, -1, cv2.LINE_AA)
    elif kind == 3:  # box with round corners
        corners = cv2.boxPoints(((c, c), (1.2 * r, 1.2 * r * aspect), turn)).astype(np.int32)
        cv2.polylines(mask, [corners], True, 255, max(1, int(rng.uniform(0.1, 0.5) * r)), cv2.LINE_AA)
        cv2.fillPoly(mask, [corners], 255)
    elif kind == 4:  # blob
        a = np.linspace(0, 2 * np.pi, 40, endpoint=False)
        radius = r * (0.7 + 0.3 * sum(rng.uniform(-0.5, 0.5) * np.sin(n * a + rng.uniform(0, 6)) for n in (1, 2, 3, 5)))
        cv2.fillPoly(mask, [np.stack([c + radius * np.cos(a), c + radius * aspect * np.sin(a)], 1).astype(np.int32)], 255, cv2.LINE_AA)
    elif kind == 5:  # ring, or a piece of one
        start, length = rng.uniform(0, 360), 360 if rng.rand() < 0.5 else rng.uniform(80, 300)
        cv2.ellipse(mask, (int(c), int(c)), (int(0.8 * r), max(1, int(0.8 * r * aspect))), turn, start, start + length, 255,
                    max(1, int(rng.uniform(0.08, 0.35) * r)), cv2.LINE_AA)
    elif kind == 6:  # strap
        ends = [(int(c + s * r * 0.8 * np.cos(turn)), int(c + s * r * 0.8 * np.sin(turn))) for s in (-1, 1)]
        cv2.line(mask, ends[0], ends[1], 255, max(1, int(rng.uniform(0.15, 0.6) * r)), cv2.LINE_AA)
    else:  # letters
        text = ''.join(chr(rng.randint(48, 91)) for _ in range(rng.randint(1, 5)))
        cv2.putText(mask, text, (int(0.1 * k), int(0.7 * k)), int(rng.randint(0, 8)), k / rng.uniform(25, 80), 255, max(1, k // 20), cv2.LINE_AA)
    return mask


def surface(rng, mask):
    """Picture float32 [k,k,3] of the thing: one colour or a pattern, curved as deep as it is wide, or flat; lit and shining."""
    k = len(mask)
    paint = augment.texture(rng, k, k).astype(np.float32) if rng.rand() < 0.2 else np.full((k, k, 3), colour(rng), np.float32)
    if rng.rand() < 0.35:  # marks
        for _ in range(rng.randint(1, 6)):
            at, size = rng.uniform(0.25, 0.75, 2) * k, rng.uniform(0.03, 0.16, 2) * k + 1
            cv2.ellipse(paint, (tuple(at), tuple(2 * size), rng.uniform(0, 360)), colour(rng), -1 if rng.rand() < 0.7 else max(1, k // 30))
    depth = cv2.distanceTransform((mask > 127).astype(np.uint8), cv2.DIST_L2, 3)
    deepest = depth.max()
    if deepest < 1.5:
        return paint
    edge = rng.uniform(0.15, 1)
    t = (depth / (deepest * edge)).clip(0, 1)
    height = cv2.GaussianBlur(np.sqrt(1 - (1 - t) ** 2) * deepest * edge, (0, 0), max(0.5, 0.04 * k))
    gx, gy = cv2.Sobel(height, cv2.CV_32F, 1, 0, scale=0.125), cv2.Sobel(height, cv2.CV_32F, 0, 1, scale=0.125)
    a, up = rng.uniform(0, 2 * np.pi), rng.uniform(0.3, 1.2)
    lit = (up - gx * np.cos(a) - gy * np.sin(a)) / np.sqrt(1 + gx * gx + gy * gy) / np.hypot(1, up)
    y = paint * (rng.uniform(0.15, 0.6) + rng.uniform(0.4, 1) * lit.clip(0, 1))[..., None]
    if rng.rand() < 0.5:
        y += 255 * rng.uniform(0.2, 0.9) * (lit.clip(0, 1) ** rng.uniform(6, 60))[..., None]
    if rng.rand() < 0.3:  # dark in its middle, as the mouth of a thing is
        y *= 1 - rng.uniform(0.5, 1) * cv2.GaussianBlur((t > rng.uniform(0.3, 0.8)).astype(np.float32), (0, 0), max(0.5, 0.02 * k))[..., None]
    return y


def put_thing(rng, image, centre, k):
    """Draws one thing of `k` pixels over the picture, in place, with a soft shadow at times."""
    h, w = image.shape[:2]
    x, y = int(centre[0] - k / 2), int(centre[1] - k / 2)
    x0, y0, x1, y1 = max(0, x), max(0, y), min(w, x + k), min(h, y + k)
    if x1 - x0 < 2 or y1 - y0 < 2:
        return
    drawn = min(k, 96)  # large ones are drawn small and enlarged: smooth either way
    if rng.rand() < 0.15:
        picture = augment.badge(rng, drawn).astype(np.float32)
        mask = np.zeros((drawn, drawn), np.uint8)
        cv2.ellipse(mask, ((drawn / 2, drawn / 2), (0.9 * drawn, rng.uniform(0.6, 0.95) * drawn), rng.uniform(0, 360)), 255, -1, cv2.LINE_AA)
    else:
        mask = outline(rng, drawn)
        picture = surface(rng, mask)
    picture = picture.clip(0, 255).astype(np.uint8)
    if drawn < k:
        mask, picture = cv2.resize(mask, (k, k)), cv2.resize(picture, (k, k))
    cut = slice(y0 - y, y1 - y), slice(x0 - x, x1 - x)
    part = image[y0:y1, x0:x1]
    if rng.rand() < 0.5 and k > 8:
        shadow = np.roll(cv2.blur(mask, (max(3, k // 8),) * 2), (rng.randint(-k // 10, k // 10 + 1), rng.randint(-k // 10, k // 10 + 1)), (0, 1))[cut]
        part[:] = (part * (1 - rng.uniform(0.2, 0.7) / 255 * shadow.astype(np.float32))[..., None]).astype(np.uint8)
    part[:] = augment.put(part, mask[cut].astype(np.float32) / 255, picture[cut])


def pile(rng, h, w):
    """A picture full of things: cloth or texture, and things over it, the large ones first."""
    image = cloth(rng, h, w) if rng.rand() < 0.6 else augment.texture(rng, h, w)
    image = np.ascontiguousarray(image)
    largest = rng.uniform(0.1, 0.9) * h
    sizes = np.sort(np.exp(rng.uniform(np.log(5), np.log(largest), rng.randint(3, 45))))[::-1]
    for k in sizes:
        put_thing(rng, image, rng.uniform(0, 1, 2) * (w, h), int(k))
    return image


def strew(rng, image, boxes):
    """A few more things, in place, beside the faces in `boxes` (x0,y0,x1,y1)."""
    h, w = image.shape[:2]
    for _ in range(rng.randint(1, 10)):
        k = int(np.exp(rng.uniform(np.log(6), np.log(0.4 * h))))
        at = rng.uniform(0, 1, 2) * (w, h)
        if all(at[0] + k / 2 < b[0] or at[0] - k / 2 > b[2] or at[1] + k / 2 < b[1] or at[1] - k / 2 > b[3] for b in boxes):
            put_thing(rng, image, at, k)
