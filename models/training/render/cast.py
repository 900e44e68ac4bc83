"""The people of `samples/`: seeded identities, as portraits or placed before a plain camera."""
import copy

import numpy as np

from lens import CLEAN
from people import sample_hair, sample_identity


def person(world, number, style=None, glasses=None):
    """A scene with person `number`, frontal, nothing in front of the face; `style` chooses another hair style."""
    rng = np.random.RandomState([8100000 + number, 1])
    identity = sample_identity(rng)
    scene = world.sample(rng)
    scene.update(id=identity, hair=sample_hair(rng, identity), deg=dict(CLEAN))
    scene['scene'].update(occ=None, glasses=glasses, hat=None)
    scene['pose'] = dict(yaw=0, pitch=0, roll=0, torso=0)
    scene['expr'] = dict(w={}, wide=.2, gaze=[0, 0])
    scene['hair']['style'] = style or scene['hair']['style']
    return scene


def portrait(world, number, yaw=0, pitch=0, smile=.25, light=None, background=None, **choice):
    """Scene of a source portrait: head and shoulders, sharp, looking at the camera."""
    scene = person(world, number, **choice)
    rng = np.random.RandomState([8100000 + number, 9])
    scene['pose'] = dict(yaw=yaw, pitch=pitch, roll=float(rng.randn() * 2), torso=yaw * .5)
    scene['expr'] = dict(w={f'mouthSmile_{s}': smile for s in 'LR'} | {f'cheekSquint_{s}': smile * .4 for s in 'LR'}, wide=.2,
                         gaze=[-.75 * yaw, .7 * pitch])
    scene['light'] = light or studio(seed=number)
    if background is not None:
        scene['scene']['bg'] = background
    scene['cam'] = dict(mode='aligned', dist=120., scale=.74, dx=0, dy=.03, rot=0)
    scene['deg'] = dict(CLEAN, noise=1.0, seed=number)
    return scene


def filmed(world, number, x=.5, y=.47, f=2.4, dist=110., light=None, background=None, **choice):
    """Scene of a person before a plain camera; f in picture heights, x and y where the head is."""
    scene = person(world, number, **choice)
    scene['cam'] = dict(mode='fixed', dist=dist, f=f, cx=x, cy=y)
    scene['light'] = light or studio(seed=number)
    if background is not None:
        scene['scene']['bg'] = background
    scene['expo_light'] = copy.deepcopy(scene['light'])
    return scene


def studio(az=30, el=30, key=.75, warm=.06, fill=.25, ambient=.42, rim=.3, shadow=.7, seed=None):
    """A key light from the upper side, fill from the other, a little rim; with a seed varied."""
    if seed is not None:
        rng = np.random.RandomState([seed, 31])
        az, el = az * rng.choice([-1, 1]) * rng.uniform(.5, 1.6), el * rng.uniform(.6, 1.4)
        warm, key = warm + .05 * rng.randn(), key * rng.uniform(.85, 1.15)

    def towards(a, e):
        a, e = np.radians([a, e])
        return [float(np.sin(a) * np.cos(e)), float(np.sin(e)), float(np.cos(a) * np.cos(e))]
    side = -np.sign(az) or 1
    return dict(kd=towards(az, el), k=[key * (1 + warm), key, key * (1 - warm)], fd=towards(side * 55, 10),
                f=[fill * (1 - warm), fill, fill * (1 + warm)], rd=towards(side * 140, 30), r=[rim] * 3,
                up=[ambient * c for c in (1 - warm, 1.05, 1.1 + warm)], dn=[ambient * c for c in (.62, .55, .5)], ambx=0.0,
                shadow=shadow, expo=1.0)
