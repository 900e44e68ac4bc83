"""How a rendered person moves in a clip: smooth head, blinks, gaze, speech; every curve is an array with one value a frame."""
import numpy as np
from scipy.ndimage import gaussian_filter1d


def drift(rng, frames, fps, seconds):
    """Smooth random curve of unit spread; `seconds` is about the time between its turns."""
    sigma = seconds * fps / 2.5
    margin = int(4 * sigma) + 1
    curve = gaussian_filter1d(rng.randn(frames + 2 * margin), sigma)[margin:margin + frames]
    return curve * np.sqrt(2 * sigma * np.sqrt(np.pi))


def keys(frames, fps, points):
    """Curve through (second, value) points with minimum-jerk moves between them."""
    t = np.arange(frames) / fps
    value = np.full(frames, float(points[0][1]))
    for (t0, v0), (t1, v1) in zip(points, points[1:]):
        u = np.clip((t - t0) / max(t1 - t0, 1e-6), 0, 1)
        value = np.where(t >= t0, v0 + (v1 - v0) * (10 * u ** 3 - 15 * u ** 4 + 6 * u ** 5), value)
    return value


def blinks(rng, frames, fps, first=None):
    """Closure 0…1: lids fall in 0.08 s, stay 0.03 s, rise in 0.16 s; every 2 to 4 seconds."""
    t, closed = np.arange(frames) / fps, np.zeros(frames)
    at = rng.uniform(.5, 1.3) if first is None else first
    while at < frames / fps:
        d = t - at
        closed = np.maximum(closed, np.where(d < 0, np.clip(1 + d / .08, 0, 1), np.clip(1 - (d - .03) / .16, 0, 1)))
        at += rng.uniform(1.7, 3.6)
    return closed * closed * (3 - 2 * closed)


def gaze(rng, frames, fps, yaw, pitch):
    """Eye angles (right, up) in degrees: looks at the camera, jumps aside now and then, and holds while the head turns."""
    t = np.arange(frames) / fps
    look = np.zeros((frames, 2))
    at = 0.0
    while at < frames / fps:
        aim = rng.randn(2) * [6, 3] if rng.rand() < .45 else rng.randn(2) * .8
        look[t >= at] = aim
        at += rng.uniform(.5, 1.5)
    look = gaussian_filter1d(look, .6, axis=0)
    return np.clip(look[:, 0] - .75 * yaw, -26, 26), np.clip(look[:, 1] + .7 * pitch, -15, 13)


def syllables(rng, seconds, start=.25):
    """Speech as a list of (start, length, openness, width, loudness, consonant): phrases of 4 to 9 syllables, pauses between."""
    said, t = [], start
    while t < seconds - .4:
        for _ in range(rng.randint(4, 10)):
            length = rng.uniform(.13, .24)
            if t + length > seconds - .15:
                break
            said.append((t, length, rng.uniform(.3, 1), rng.uniform(-1, 1), rng.uniform(.6, 1), rng.randint(4)))
            t += length
        t += rng.uniform(.25, .6)
    return said


def speech(said, frames, fps):
    """Mouth shapes of the syllables: curves of blendshape weights."""
    t = (np.arange(frames * 4) / (fps * 4))
    open_, wide, press = np.zeros(len(t)), np.zeros(len(t)), np.zeros(len(t))
    for at, length, openness, width, loud, consonant in said:
        u = np.clip((t - at) / length, 0, 1)
        bump = np.sin(np.pi * np.clip(u * 1.1 - .05, 0, 1)) ** 1.2
        open_ = np.maximum(open_, bump * openness * loud)
        wide += bump * width
        if consonant == 0:  # lips meet: m, b, p
            press = np.maximum(press, np.exp(-((t - at) / .035) ** 2))
    smooth = [gaussian_filter1d(c, .03 * fps * 4)[::4][:frames] for c in (open_ * (1 - press), wide, press)]
    open_, wide, press = smooth
    round_ = np.clip(-wide, 0, 1)
    return {'jawOpen': .03 + .36 * open_, 'mouthFunnel': .45 * round_ * np.clip(open_ * 2, 0, 1), 'mouthPucker': .35 * round_,
            'mouthStretch': .30 * np.clip(wide, 0, 1), 'mouthUpperUp': .28 * open_, 'mouthLowerDown': .42 * open_,
            'mouthPress': .35 * press}


def perform(rng, frames, fps, turn=((0, 0),), nod=((0, 0),), said=(), smile=.25, lively=1.0):
    """Pose and expression of every frame: list of dicts for `scene.update`."""
    yaw = keys(frames, fps, turn) + lively * 2.6 * drift(rng, frames, fps, .9)
    pitch = keys(frames, fps, nod) + lively * 1.7 * drift(rng, frames, fps, .7)
    roll = lively * 1.8 * drift(rng, frames, fps, 1.1)
    shift = [lively * a * drift(rng, frames, fps, 1.2) for a in (.7, .25, .5)]
    mouth = speech(said, frames, fps)
    loud = mouth['jawOpen'] - .03
    pitch = pitch + 4 * gaussian_filter1d(loud, .1 * fps)
    happy = np.clip(smile + .18 * drift(rng, frames, fps, 1.2), 0, 1)
    brow = np.clip(.1 + .22 * drift(rng, frames, fps, .8), 0, 1)
    frown = np.clip(.15 * drift(rng, frames, fps, 1.0), 0, 1)
    shut = blinks(rng, frames, fps)
    right, up = gaze(rng, frames, fps, yaw, pitch)
    for i in range(frames):
        weights = {'jawOpen': mouth['jawOpen'][i], 'mouthFunnel': mouth['mouthFunnel'][i], 'mouthPucker': mouth['mouthPucker'][i]}
        for side, more in (('L', 1.0), ('R', .93)):
            for name in ('mouthStretch', 'mouthUpperUp', 'mouthLowerDown', 'mouthPress'):
                weights[f'{name}_{side}'] = mouth[name][i] * more
            weights.update({f'mouthSmile_{side}': happy[i] * more, f'cheekSquint_{side}': happy[i] * .5, f'browInnerUp_{side}': brow[i],
                            f'browOuterUp_{side}': brow[i] * .6 * more, f'browDown_{side}': frown[i], f'eyeBlink_{side}': shut[i],
                            f'eyeSquint_{side}': happy[i] * .2})
        yield dict(pose=dict(yaw=float(yaw[i]), pitch=float(pitch[i]), roll=float(roll[i]), torso=float(.12 * yaw[i]),
                             t=[float(c[i]) for c in shift]),
                   expr=dict(w={k: float(np.clip(v, 0, 1)) for k, v in weights.items()}, wide=.2, gaze=[float(right[i]), float(up[i])]))
