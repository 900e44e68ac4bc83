"""What a camera does to a picture: defocus, motion, few pixels, colours, corners, noise, compression."""
import cv2
import numpy as np

CLEAN = dict(blur=0, noise=0, jpeg=0, seed=0)


def sample_lens(rng):
    d = dict(blur=float(max(0, rng.uniform(-1.2, 1.0))), noise=float(max(0, rng.uniform(-3, 6))),
             jpeg=int(rng.randint(40, 97)) if rng.rand() < .6 else 0, seed=int(rng.randint(1 << 20)))
    if rng.rand() < .12:
        d['motion'] = [float(rng.uniform(2, 8)), float(rng.uniform(0, np.pi))]
    if rng.rand() < .15:
        d['small'] = float(rng.uniform(.35, .85))
    if rng.rand() < .3:
        d['cast'] = np.exp(rng.randn(3) * .07).tolist()
        d['contrast'] = float(rng.uniform(.8, 1.2))
        d['colour'] = float(rng.uniform(.5, 1.25))
    if rng.rand() < .15:
        d['corners'] = float(rng.uniform(.15, .5))
    if rng.rand() < .1:
        d['sharpen'] = float(rng.uniform(.3, 1))
    return d


def through_lens(picture, d):
    """The picture as such a camera would record it. uint8 [H,W,3]."""
    h, w = picture.shape[:2]
    if d.get('motion'):
        length, angle = d['motion']
        n = int(length) | 1
        kernel = cv2.warpAffine(np.repeat((np.arange(n) == n // 2).astype(np.float32)[:, None], n, 1),
                                cv2.getRotationMatrix2D((n // 2, n // 2), np.degrees(angle), 1), (n, n))
        picture = cv2.filter2D(picture, -1, kernel / max(1e-6, kernel.sum()))
    if d['blur'] > .05:
        picture = cv2.GaussianBlur(picture, (0, 0), d['blur'])
    if d.get('small'):
        few = cv2.resize(picture, (max(8, int(w * d['small'])), max(8, int(h * d['small']))), interpolation=cv2.INTER_AREA)
        picture = cv2.resize(few, (w, h), interpolation=cv2.INTER_LINEAR)
    if d.get('cast') or d.get('corners'):
        picture = _colours(picture.astype(np.float32), d)
    if d['noise'] > .1:
        cv2.setRNGSeed(d['seed'])
        noise = cv2.randn(np.zeros(picture.shape, np.int16), (0, 0, 0), (d['noise'] * .45,) * 3)
        noise = noise + cv2.randn(np.zeros((h, w), np.int16), 0, d['noise'])[..., None]
        picture = np.clip(picture + noise, 0, 255).astype(np.uint8)
    if d.get('sharpen'):
        picture = cv2.addWeighted(picture, 1 + d['sharpen'], cv2.GaussianBlur(picture, (0, 0), 1.1), -d['sharpen'], 0)
    if d['jpeg']:
        picture = cv2.imdecode(cv2.imencode('.jpg', picture, [cv2.IMWRITE_JPEG_QUALITY, d['jpeg']])[1], 1)
    return picture


def _colours(p, d):
    """Colour cast, saturation, contrast, darker corners."""
    if d.get('cast'):
        grey = p.mean(2, keepdims=True)
        p = (grey + (p - grey) * d['colour']) * np.float32(d['cast'])
        p = (p - 118) * d['contrast'] + 118
    if d.get('corners'):
        h, w = p.shape[:2]
        y, x = np.linspace(-1, 1, h, dtype=np.float32)[:, None], np.linspace(-1, 1, w, dtype=np.float32)[None]
        p = p * (1 - d['corners'] * .5 * (x * x + y * y))[..., None]
    return np.clip(p, 0, 255).astype(np.uint8)
