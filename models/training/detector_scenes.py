"""Pictures with several faces for the detector, composed from the cut-outs of single renders, with boxes and five points."""
import cv2
import numpy as np

import augment
from clutter import pile, strew

FOREHEAD = 0.33
RENDER = 256  # side of the faces' pictures


def face_box(points):
    """x0, y0, x1, y1 around the 68 points and the forehead: the brows moved up by 0.33 of the way from chin to eyes.

    Chosen among 42 forms as the one that agrees best with YuNet's boxes on renders (README.md).
    """
    eyes = (points[36:42].mean(0) + points[42:48].mean(0)) / 2
    top = points[[17, 19, 24, 26]] + FOREHEAD * (eyes - points[8])
    all_points = np.concatenate([points[:68], top])
    return np.concatenate([all_points.min(0), all_points.max(0)])


def five_points(points):
    """The person's right eye, left eye, nose tip, right and left mouth corner (image-left first for an upright face)."""
    return np.stack([points[36:42].mean(0), points[42:48].mean(0), points[30], points[48], points[54]])


def backdrop(rng, faces, h, w):
    """What is behind: piles of things, textures in patches, blurred or enlarged pieces of renders without their faces."""
    if rng.rand() < 0.45:
        return pile(rng, h, w)
    image = augment.texture(rng, h, w)
    if rng.rand() < 0.5:
        face = faces.draw(rng)
        tile = face['rgb']
        alpha = cv2.blur(face['alpha'], (9, 9))[..., None] / 255
        if rng.rand() < 0.5:
            tile = (tile * (1 - alpha) + augment.texture(rng, 256, 256) * alpha).astype(np.uint8)
        else:
            small = cv2.resize(tile, (int(rng.randint(7, 18)),) * 2, interpolation=cv2.INTER_AREA)
            tile = cv2.resize(small, (256, 256), interpolation=cv2.INTER_CUBIC)
        k = rng.randint(60, 257)
        y, x = rng.randint(0, 257 - k, 2)
        image = cv2.resize(tile[y:y + k, x:x + k], (w, h), interpolation=cv2.INTER_LINEAR)
    image = np.ascontiguousarray(image)
    if rng.rand() < 0.4:
        clutter(rng, faces, image)
    for _ in range(rng.randint(0, 9) if rng.rand() < 0.75 else 0):
        kind, k = rng.randint(7), rng.randint(6, max(8, h // 2))
        x, y = rng.randint(-k // 2, w), rng.randint(-k // 2, h)
        x0, y0, x1, y1 = max(0, x), max(0, y), min(w, x + k), min(h, y + int(k * rng.uniform(0.4, 1.8)))
        if x1 - x0 < 3 or y1 - y0 < 3:
            continue
        colour = tuple(int(v) for v in rng.randint(0, 256, 3))
        if kind == 0:
            image[y0:y1, x0:x1] = augment.texture(rng, y1 - y0, x1 - x0)
        elif kind == 1:
            image = np.ascontiguousarray(image)
            cv2.ellipse(image, (x, y), (max(2, k // 2), max(2, k // 3)), int(rng.randint(180)), 0, 360, colour, -1)
        elif kind == 2:  # skin, hair or cloth out of a render
            face = faces.draw(rng)
            piece = face['rgb'][150:250, 60:200] if rng.rand() < 0.5 else face['rgb'][0:60, 60:200]
            image[y0:y1, x0:x1] = cv2.resize(piece, (x1 - x0, y1 - y0), interpolation=cv2.INTER_AREA)
        elif kind == 3:  # a pair of dark dots and a bar: not yet a face
            image = np.ascontiguousarray(image)
            skin = tuple(int(v) for v in np.array([225, 180, 150]) * rng.uniform(0.3, 1.1))
            cv2.ellipse(image, (x, y), (k // 2, int(k * 0.6)), 0, 0, 360, tuple(min(255, v) for v in skin), -1)
            for _ in range(rng.randint(0, 3)):
                cv2.circle(image, (x + rng.randint(-k // 3, k // 3 + 1), y + rng.randint(-k // 3, k // 3 + 1)), max(1, k // 12),
                           (30, 25, 25), -1)
        elif kind == 4:
            image = np.ascontiguousarray(image)
            cv2.putText(image, ''.join(chr(c) for c in rng.randint(33, 120, 6)), (x0, y1), rng.randint(0, 8), k / 40, colour,
                        max(1, k // 20))
        elif kind == 5:
            image[y0:y1, x0:x1] = cv2.GaussianBlur(image[y0:y1, x0:x1], (0, 0), 2)
        else:
            emblem(rng, image, (x, y), k)
    return np.ascontiguousarray(image)


def clutter(rng, faces, image):
    """Pieces of renders all over: clothes, hair, neck, background, an eye or a cheek, at every scale and turn."""
    h, w = image.shape[:2]
    for _ in range(rng.randint(6, 26)):
        face = faces.draw(rng)
        k = rng.randint(16, 60)
        if rng.rand() < 0.75:  # beside the face
            y, x = (rng.randint(190, 257 - k), rng.randint(0, 257 - k)) if rng.rand() < 0.6 else (rng.randint(0, 20), rng.randint(0, 257 - k))
        else:  # a third of it at most
            box = face_box(face['points']).astype(int)
            k = int(min(k, 0.38 * (box[2] - box[0])))
            y, x = (rng.randint(max(0, lo), max(1, lo + 1, min(256 - k, hi - k))) for lo, hi in ((box[1], box[3]), (box[0], box[2])))
        piece = np.rot90(face['rgb'][y:y + k, x:x + k], rng.randint(4))
        if min(piece.shape[:2]) < 4:
            continue
        a, b = (int(v) for v in np.exp(rng.uniform(np.log(8), np.log(h * 0.8), 2)))
        y, x = rng.randint(-a // 2, h), rng.randint(-b // 2, w)
        y0, y1, x0, x1 = max(0, y), min(h, y + a), max(0, x), min(w, x + b)
        image[y0:y1, x0:x1] = cv2.resize(piece, (b, a), interpolation=cv2.INTER_AREA)[y0 - y:y1 - y, x0 - x:x1 - x]


def emblem(rng, image, centre, k):
    """A ball, a badge or a wheel: rings, a shine, a few marks inside."""
    colours = [tuple(int(v) for v in c) for c in rng.randint(0, 256, (6, 3))]
    for j, r in enumerate(np.sort(rng.uniform(0.1, 0.6, rng.randint(1, 5)))[::-1] * k):
        cv2.circle(image, centre, max(1, int(r)), colours[j % 6], -1, cv2.LINE_AA)
    for j in range(rng.randint(0, 7)):
        at = tuple(int(c + v) for c, v in zip(centre, rng.uniform(-0.35, 0.35, 2) * k))
        if rng.rand() < 0.5:
            cv2.ellipse(image, at, (max(1, int(rng.uniform(0.03, 0.2) * k)), max(1, k // 16)), int(rng.randint(180)), 0, 360,
                        colours[j % 6], -1, cv2.LINE_AA)
        else:
            to = tuple(int(c + v) for c, v in zip(centre, rng.uniform(-0.35, 0.35, 2) * k))
            cv2.line(image, at, to, colours[j % 6], max(1, k // 24), cv2.LINE_AA)


def shrunk(picture, scale):
    """The picture at a half, a quarter, … of its size, so that `scale` of it is left between 0.5 and 1; and the rest scale."""
    while scale < 0.55 and min(picture.shape[:2]) > 16:
        picture = cv2.resize(picture, (picture.shape[1] // 2, picture.shape[0] // 2), interpolation=cv2.INTER_AREA)
        scale *= 2
    return picture, scale


def place(rng, face, h, w, smallest, largest):
    """2x3 render -> scene for a face of random size, place and roll; its points there."""
    box = face_box(face['points'])
    size = np.exp(rng.uniform(np.log(smallest), np.log(largest)))
    scale = size / max(box[2] - box[0], box[3] - box[1])
    r = rng.rand()
    roll = rng.uniform(-40, 40) if r < 0.5 else rng.uniform(-180, 180) if r < 0.55 else 6 * rng.randn()
    a, mirror = np.radians(roll), rng.rand() < 0.5
    m = scale * np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]])
    if mirror:
        m = m @ np.diag([-1.0, 1.0])
    centre = (box[:2] + box[2:]) / 2
    inside = 0.15 * size if rng.rand() < 0.15 else 0.5 * size
    to = [rng.uniform(min(inside, v / 2), max(v - inside, v / 2)) for v in (w, h)]
    return np.c_[m, to - m @ centre], scale, mirror


def paste(rng, image, face, m, scale):
    """Draws a face's cut-out; says how much of the scene it covers: [h,w] 0..1 of a part of it, and that part's corner."""
    h, w = image.shape[:2]
    corners = np.array([[0, 0], [RENDER, 0], [0, RENDER], [RENDER, RENDER]]) @ m[:, :2].T + m[:, 2]
    x0, y0 = np.floor(corners.min(0)).astype(int).clip(0)
    x1, y1 = np.ceil(corners.max(0)).astype(int).clip(0, [w, h])
    if x1 <= x0 or y1 <= y0:
        return np.zeros((0, 0), np.float32), 0, 0
    rgb, _ = shrunk(face['rgb'], scale)
    alpha, _ = shrunk(face['alpha'], scale)
    if rng.rand() < 0.6:
        rgb = augment.light(rng, np.ascontiguousarray(rgb), 0.7)
    n = m.copy()
    n[:, :2] *= RENDER / rgb.shape[0]
    n[:, 2] += 0.5 * (n[:, 0] + n[:, 1]) - 0.5 - [x0, y0]
    got = cv2.warpAffine(rgb, n, (int(x1 - x0), int(y1 - y0)), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    cover = cv2.warpAffine(alpha, n, (int(x1 - x0), int(y1 - y0)), flags=cv2.INTER_LINEAR,
                           borderMode=cv2.BORDER_CONSTANT).astype(np.float32) / 255
    part = image[y0:y1, x0:x1]
    part[:] = augment.put(part, cover, got)
    return cover, x0, y0


def hidden_share(cover, x, y, box):
    """Of the box (x0, y0, x1, y1), how much lies under `cover`, whose corner is at (x, y)."""
    x0, y0, x1, y1 = (int(v) for v in box)
    piece = cover[max(0, y0 - y):max(0, y1 - y), max(0, x0 - x):max(0, x1 - x)]
    return float(piece.sum()) / max(1, (x1 - x0) * (y1 - y0))


def scene(faces, rng, h=192, w=320, smallest=9, largest=None):
    """RGB uint8 [h,w,3], boxes [N,4] (x0,y0,x1,y1), points [N,5,2], sure [N] (false: neither asked for nor punished)."""
    largest = largest or 1.0 * h
    coarsest = np.exp(rng.uniform(0, np.log(6))) if rng.rand() < 0.4 else 1.5
    smallest = max(smallest, 7 * coarsest)
    image = None
    boxes, fives, sure = [], [], []

    def add(face, m, mirror):
        p = face['points'] @ m[:, :2].T + m[:, 2]
        box, five = face_box(p), five_points(p)
        if mirror:
            five = five[[1, 0, 2, 4, 3]]
        clipped = np.array([max(0, box[0]), max(0, box[1]), min(w, box[2]), min(h, box[3])])
        shown = np.prod(np.maximum(0, clipped[2:] - clipped[:2])) / np.prod(box[2:] - box[:2])
        hidden = face['occ'][::4, ::4] > 128
        x0, y0, x1, y1 = (face_box(face["points"]) / 4).astype(int).clip(0, 64)
        covered = hidden[y0:y1, x0:x1].mean() if x1 > x0 and y1 > y0 else 0
        boxes.append(box), fives.append(five), sure.append(shown > 0.55 and covered < 0.6)

    if rng.rand() < 0.25:  # one render fills the scene, its own background and all
        face = faces.draw(rng)
        m, scale, mirror = place(rng, face, h, w, 0.35 * h, largest * 1.15)
        n = m.copy()
        picture, _ = shrunk(face['rgb'], scale)
        n[:, :2] *= RENDER / picture.shape[0]
        n[:, 2] += 0.5 * (n[:, 0] + n[:, 1]) - 0.5
        image = cv2.warpAffine(picture, n, (w, h), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        add(face, m, mirror)
    else:
        image = backdrop(rng, faces, h, w)
    count = rng.choice([0, 1, 2, 3, 4, 6, 9], p=[0.25, 0.27, 0.18, 0.12, 0.09, 0.05, 0.04])
    small_ones = rng.rand() < 0.4
    for _ in range(count):
        face = faces.draw(rng)
        about = face_box(face['points'])[[0, 1, 2, 1, 0, 3, 2, 3]].reshape(4, 2)
        for _try in range(5):
            m, scale, mirror = place(rng, face, h, w, smallest, min(largest, 40) if small_ones else largest)
            corners = about @ m[:, :2].T + m[:, 2]
            if all(covered_share(np.r_[corners.min(0), corners.max(0)], b) < 0.25 for b in boxes):
                break
        else:
            continue
        no_face = rng.rand() < 0.06
        if no_face:  # a head whose face is covered by hair or a thing
            face = dict(face, rgb=face['rgb'].copy())
            x0, y0, x1, y1 = face_box(face['points']).astype(int).clip(0, RENDER)
            source = face['rgb'][0:48, 90:170] if rng.rand() < 0.6 else augment.texture(rng, 64, 64)
            if x1 - x0 > 4 and y1 - y0 > 4:
                face['rgb'][y0:y1, x0:x1] = cv2.resize(source, (x1 - x0, y1 - y0))
        cover = paste(rng, image, face, m, scale)
        sure[:] = [s and hidden_share(*cover, b) < 0.4 for s, b in zip(sure, boxes)]
        if not no_face:
            add(face, m, mirror)
    if rng.rand() < 0.3:
        strew(rng, image, boxes)
    if rng.rand() < 0.2 and boxes:
        mask, fill = augment.occluder(rng, max(h, w))
        mask = mask[:h, :w]
        image = augment.put(image, mask, fill[:h, :w])
        sure = [s and hidden_share(mask, 0, 0, b) < 0.45 for s, b in zip(sure, boxes)]
    image = augment.sensor(rng, augment.light(rng, image, 0.8), 0.6, coarsest)
    n = len(boxes)
    return (image, np.array(boxes, np.float32).reshape(n, 4), np.array(fives, np.float32).reshape(n, 5, 2),
            np.array(sure, bool))


def overlap(a, b):
    """Intersection over union of two boxes x0, y0, x1, y1."""
    (ax, ay, ar, ad), (bx, by, br, bd) = a, b
    both = max(0.0, min(ar, br) - max(ax, bx)) * max(0.0, min(ad, bd) - max(ay, by))
    return both / ((ar - ax) * (ad - ay) + (br - bx) * (bd - by) - both + 1e-9)


def covered_share(a, b):
    """Intersection over the smaller of two boxes."""
    both = max(0.0, min(a[2], b[2]) - max(a[0], b[0])) * max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    return both / min((a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1]))
