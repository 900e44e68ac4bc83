"""What lies between a render and a photograph: light, lens, sensor, compression, things in front. Pictures uint8 [H,W,3]."""
import cv2
import numpy as np

NOISE = None


def light(rng, image, strength=1.0):
    """Exposure, gamma, contrast, cast and saturation, at times grey, a soft shadow or a gradient over the picture."""
    s = strength
    if rng.rand() < 0.08:
        return image
    ramp = np.arange(256, dtype=np.float32)[:, None] / 255
    gain = np.exp(0.22 * s * rng.randn() + 0.07 * s * rng.randn(3))
    gamma = np.exp(0.22 * s * rng.randn() + 0.03 * s * rng.randn(3))
    pivot, contrast = rng.uniform(0.3, 0.6), np.exp(0.2 * s * rng.randn())
    curve = ((ramp * gain).clip(0, 1.3) ** gamma - pivot) * contrast + pivot + 0.04 * s * rng.randn(3)
    table = (curve.clip(0, 1) * 255).astype(np.uint8).reshape(1, 256, 3)
    image = cv2.LUT(image, table)
    r = rng.rand()
    keep = 0.0 if r < 0.12 else np.clip(1 + 0.3 * s * rng.randn(), 0, 1.8) if r < 0.7 else 1.0
    if keep != 1.0:
        luma = np.array([0.3, 0.59, 0.11]) * (1 - keep)
        mix = np.eye(3) * keep + luma[None]
        if keep == 0 and rng.rand() < 0.4:
            mix = np.diag(np.array([1, 1, 1]) + 0.12 * rng.randn(3)) @ mix  # toned
        image = cv2.transform(image, mix.astype(np.float32))
    if rng.rand() < 0.35 * s:
        image = shade(rng, image)
    return image


def shade(rng, image):
    """A smooth field of light: gradient, edge of a shadow, or blobs; coloured at times."""
    h, w = image.shape[:2]
    if rng.rand() < 0.5:
        a = rng.uniform(0, 2 * np.pi)
        x, y = np.meshgrid(np.linspace(-1, 1, 24), np.linspace(-1, 1, 24))
        t = (np.cos(a) * x + np.sin(a) * y - rng.uniform(-0.8, 0.8)) * np.exp(rng.uniform(-0.5, 2.2))
        field = 1 / (1 + np.exp(-t))
    else:
        k = rng.randint(2, 6)
        field = cv2.resize(rng.rand(k, k).astype(np.float32), (24, 24), interpolation=cv2.INTER_CUBIC).clip(0, 1)
    low, high = rng.uniform(0.3, 0.95), rng.uniform(1.0, 1.6)
    tint = 1 + 0.08 * rng.randn(2, 3) if rng.rand() < 0.5 else np.ones((2, 3))
    field = field[..., None] * high * tint[0] + (1 - field[..., None]) * low * tint[1]
    field = cv2.resize(field.astype(np.float32), (w, h))
    return cv2.multiply(image, field, dtype=cv2.CV_8U)


def _noise():
    global NOISE
    if NOISE is None:
        r = np.random.RandomState(77)
        fine = r.randn(640, 640, 1) + 0.5 * r.randn(640, 640, 3)
        coarse = cv2.GaussianBlur(r.randn(640, 640, 3), (0, 0), 1.2) * 3
        NOISE = [fine.astype(np.float32), coarse.astype(np.float32)]
    return NOISE


def sensor(rng, image, strength=1.0, coarsest=None):
    """Defocus or motion blur, low resolution, noise, sharpening, JPEG; each on some of the pictures.

    `coarsest`: how many pixels may become one at most; by default what leaves 26 across.
    """
    h, w = image.shape[:2]
    coarsest = coarsest or w / 26
    r = rng.rand()
    if r < 0.18 * strength:
        image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.4, max(0.5, 0.4 * coarsest)))
    elif r < 0.26 * strength:
        n = rng.randint(3, max(4, int(1.7 * coarsest)))
        kernel = np.zeros((n, n), np.float32)
        a = rng.uniform(0, np.pi)
        c, d = (n - 1) / 2, np.array([np.cos(a), np.sin(a)]) * (n - 1) / 2
        cv2.line(kernel, tuple(int(round(c - v)) for v in d), tuple(int(round(c + v)) for v in d), 1.0)
        image = cv2.filter2D(image, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REPLICATE)
    if rng.rand() < 0.28 * strength:
        k = np.exp(rng.uniform(np.log(1.3), np.log(max(1.4, coarsest))))
        small = cv2.resize(image, (max(8, int(w / k)), max(8, int(h / k))), interpolation=cv2.INTER_AREA)
        if rng.rand() < 0.5:
            small = jpeg(rng, small, 40)
        image = cv2.resize(small, (w, h), interpolation=(cv2.INTER_LINEAR, cv2.INTER_CUBIC)[rng.randint(2)])
    if rng.rand() < 0.12:
        image = cv2.addWeighted(image, 1.8, cv2.GaussianBlur(image, (0, 0), rng.uniform(0.7, 2.0)), -0.8, 0)
    if rng.rand() < 0.35 * strength:
        bank = _noise()[rng.randint(2)]
        if max(h, w) > 640:
            bank = np.tile(bank, (-(-h // 640), -(-w // 640), 1))
        y, x = rng.randint(bank.shape[0] - h + 1), rng.randint(bank.shape[1] - w + 1)
        amount = abs(rng.randn()) * 9
        grain = bank[y:y + h, x:x + w]
        image = cv2.addWeighted(image, 1.0, grain, amount, 0, dtype=cv2.CV_8U)
    if rng.rand() < 0.25 * strength:
        image = jpeg(rng, image, 20)
    return image


def jpeg(rng, image, lowest):
    code = cv2.imencode('.jpg', image, [cv2.IMWRITE_JPEG_QUALITY, int(rng.randint(lowest, 95))])[1]
    return cv2.imdecode(code, 1)


def texture(rng, h, w):
    """A picture of nothing: flat, gradient, stripes, checks, noise, blobs, or lines; coarser than its size at times."""
    if max(h, w) > 140 and rng.rand() < 0.75:
        small = texture(rng, -(-h // 2), -(-w // 2))
        return cv2.resize(small, (w, h), interpolation=cv2.INTER_LINEAR)
    a, b = rng.randint(0, 256, (2, 3)).astype(np.float32)
    if rng.rand() < 0.6:  # mostly the muted colours of rooms and streets
        a, b = (v.mean() + 0.3 * (v - v.mean()) for v in (a, b))
    if rng.rand() < 0.4:
        b = np.clip(a + rng.randn(3) * 30, 0, 255)
    k = rng.randint(7)
    yy, xx = np.mgrid[0:h, 0:w].astype(np.float32) / max(h, w)
    ang = rng.uniform(0, np.pi)
    u = xx * np.cos(ang) + yy * np.sin(ang)
    if k == 0:
        t = np.zeros((h, w), np.float32)
    elif k == 1:
        t = u - u.min()
    elif k == 2:
        t = 0.5 + 0.5 * np.sign(np.sin(u * rng.uniform(15, 120)))
    elif k == 3:
        f = rng.uniform(6, 50)
        t = ((np.floor(xx * f) + np.floor(yy * f)) % 2)
    elif k == 4:
        t = sum(cv2.resize(rng.rand(n, n).astype(np.float32), (w, h), interpolation=cv2.INTER_CUBIC) * 1.6 / n ** 0.5
                for n in (3, 9, 27)).clip(0, 1.5)
    elif k == 5:
        t = (cv2.resize(rng.rand(n := rng.randint(4, 18), n).astype(np.float32), (w, h), interpolation=cv2.INTER_CUBIC)
             > 0.5).astype(np.float32)
    else:
        t = np.zeros((h, w), np.float32)
        for _ in range(rng.randint(3, 30)):
            p = rng.randint(0, max(h, w), 4)
            cv2.line(t, (int(p[0]), int(p[1])), (int(p[2]), int(p[3])), float(rng.rand()), int(rng.randint(1, 6)))
    levels = (t * 255).clip(0, 255).astype(np.uint8)
    table = (a + (b - a) * np.linspace(0, 1, 256)[:, None]).clip(0, 255).astype(np.uint8)
    return table[levels]


def badge(rng, size):
    """A thing as round as a face that is none: badge, button, clock, sign or plate on a texture, with rings, marks and letters."""
    image, s = texture(rng, size, size), size
    c, r = rng.uniform(0.4, 0.6, 2) * s, rng.uniform(0.22, 0.45) * s
    axes = (int(r), int(r * rng.uniform(0.75, 1.3)))
    centre, turn = (int(c[0]), int(c[1])), int(rng.randint(180))

    def colour():
        return tuple(int(v) for v in rng.randint(0, 256, 3))
    for k in range(rng.randint(1, 4)):
        size_k = tuple(max(2, int(a * (1 - 0.22 * k))) for a in axes)
        cv2.ellipse(image, centre, size_k, turn, 0, 360, colour(), -1, cv2.LINE_AA)
        if rng.rand() < 0.6:
            cv2.ellipse(image, centre, size_k, turn, 0, 360, colour(), int(rng.randint(1, 5)), cv2.LINE_AA)
    for _ in range(rng.randint(0, 7)):
        p, q = ((c + rng.uniform(-0.6, 0.6, 2) * r).astype(int) for _ in range(2))
        kind = rng.randint(4)
        if kind == 0:
            cv2.line(image, tuple(map(int, p)), tuple(map(int, q)), colour(), int(rng.randint(1, 6)), cv2.LINE_AA)
        elif kind == 1:
            cv2.circle(image, tuple(map(int, p)), int(rng.uniform(0.04, 0.25) * r) + 1, colour(), -1, cv2.LINE_AA)
        elif kind == 2:
            letters = ''.join(chr(rng.randint(65, 91)) for _ in range(rng.randint(1, 6)))
            cv2.putText(image, letters, tuple(map(int, p)), int(rng.randint(0, 5)), rng.uniform(0.3, 1.2) * s / 128, colour(),
                        int(rng.randint(1, 4)), cv2.LINE_AA)
        else:
            points = (c + rng.uniform(-0.6, 0.6, (rng.randint(3, 7), 2)) * r).astype(np.int32)
            cv2.fillPoly(image, [points], colour(), cv2.LINE_AA)
    return shade(rng, image) if rng.rand() < 0.5 else image


def occluder(rng, size, other=None):
    """A thing in front: soft mask [S,S] 0..1 and its picture; `other` gives it a picture's own texture at times."""
    s = size
    mask = np.zeros((s, s), np.uint8)
    kind = rng.randint(4)
    c = rng.uniform(0.05, 0.95, 2) * s
    if kind == 0:  # blob
        n = rng.randint(4, 10)
        a = np.sort(rng.uniform(0, 2 * np.pi, n))
        r = rng.uniform(0.05, 0.24, n) * s
        cv2.fillPoly(mask, [np.stack([c[0] + r * np.cos(a), c[1] + r * np.sin(a)], 1).astype(np.int32)], 255)
    elif kind == 1:  # bar across
        a, far = rng.uniform(0, 2 * np.pi), 1.5 * s
        d = np.array([np.cos(a), np.sin(a)]) * far
        from_edge = rng.rand() < 0.6
        p, q = (c if from_edge else c - d), c + d
        cv2.line(mask, tuple(int(v) for v in p), tuple(int(v) for v in q), 255, int(rng.uniform(0.02, 0.16) * s) + 1)
    elif kind == 2:  # ellipse
        axes = rng.uniform(0.04, 0.24, 2) * s
        cv2.ellipse(mask, (int(c[0]), int(c[1])), (int(axes[0]), int(axes[1])), int(rng.randint(180)), 0, 360, 255, -1)
    else:  # from one edge
        depth = rng.uniform(0.08, 0.34) * s
        edge = depth + cv2.resize(rng.randn(1, 6).astype(np.float32), (s, 1), interpolation=cv2.INTER_CUBIC)[0] * 0.05 * s
        mask[np.arange(s)[:, None] < edge[None]] = 255
        mask = np.rot90(mask, rng.randint(1, 4) if rng.rand() < 0.8 else 0).copy()
    soft = cv2.GaussianBlur(mask, (0, 0), rng.uniform(0.5, 2.0)).astype(np.float32) / 255
    if other is not None and rng.rand() < 0.5:
        y, x = rng.randint(0, other.shape[0] // 2, 2)
        k = rng.randint(16, other.shape[0] // 2)
        fill = cv2.resize(other[y:y + k, x:x + k], (s, s))
    else:
        fill = texture(rng, s, s)
    return soft, fill


def put(image, mask, fill):
    """`fill` over `image` where the mask (0..1) says so."""
    m = (mask * 256).astype(np.int16)[..., None]
    return (image + (((fill.astype(np.int16) - image) * m.astype(np.int32)) >> 8)).astype(np.uint8)
