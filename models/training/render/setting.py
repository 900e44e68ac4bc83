"""Random light, clothes and things: glasses, ear-rings, hats, what is held in front of the face."""
import numpy as np

from maths import direction
from people import SKIN

METALS = np.array([[.95, .8, .45], [.85, .85, .88], [.9, .9, .9], [.6, .1, .15]])
HELD = ['hand', 'hand', 'mic', 'cup', 'phone', 'book', 'stick']


def sample_light(rng):
    """Key (shadowed), fill, rim, sky and ground; linear RGB, directions as unit vectors."""
    warm = rng.randn() * .10
    az, el = np.radians(np.clip(rng.randn() * 42, -95, 95)), np.radians(np.clip(28 + rng.randn() * 18, -8, 70))
    hard = rng.rand()
    key = rng.uniform(.35, 1.05) * np.array([1 + warm, 1, 1 - warm])
    ambient = rng.uniform(.28, .62)
    t = rng.randn() * .07
    up = ambient * rng.uniform(.9, 1.25) * np.array([1 - t, 1, 1 + t])
    down = ambient * rng.uniform(.4, .85) * np.array([1 + t, 1, 1 - t])
    fill_at = -np.sign(az) * np.radians(rng.uniform(30, 90))
    rim_at = np.radians(rng.uniform(110, 165)) * rng.choice([-1, 1])
    colored = rng.rand() < .08
    fill = rng.uniform(0, .4) * (rng.uniform(.3, 1.3, 3) if colored else np.array([1 - warm, 1, 1 + warm]))
    rim = max(0, rng.uniform(-.5, .9)) * (rng.uniform(.3, 1.3, 3) if colored else np.ones(3))
    return dict(kd=direction(az, el), k=key.tolist(), fd=direction(fill_at, .2), f=fill.tolist(), rd=direction(rim_at, .5), r=rim.tolist(),
                up=up.tolist(), dn=down.tolist(), ambx=float(rng.randn() * .15), shadow=float(.35 + .6 * hard),
                expo=float(np.exp(rng.randn() * .14)))


def sample_glasses(rng):
    return dict(kind=int(rng.randint(4)), col=(rng.uniform(0, .25, 3) if rng.rand() < .7 else rng.uniform(.1, .7, 3)).tolist(),
                rad=float(rng.uniform(.07, .22)), w=float(rng.uniform(2.35, 2.9)), h=float(rng.uniform(1.55, 2.3)),
                p=float(rng.uniform(2.0, 4.0)), dark=float(.9 if rng.rand() < .2 else 0.0))


def sample_earring(rng):
    return dict(kind=int(rng.randint(3)), col=METALS[rng.randint(4)].tolist(), r=float(rng.uniform(.25, .5)))


def sample_hat(rng):
    """A knitted cap or a cap with a peak; label 0."""
    return dict(kind=str(rng.choice(['beanie', 'beanie', 'cap'])), col=sample_cloth(rng), thick=float(rng.uniform(.25, .7)),
                tall=float(rng.uniform(0, 2.5)), low=float(rng.uniform(-2.2, -.3)), roll=float(rng.choice([0, 0, 1.4])))


def sample_held(rng):
    """A thing in front of the face, at x, y (cm on the head), turned and tilted."""
    return dict(kind=str(rng.choice(HELD)), at=[float(rng.uniform(-6, 6)), float(rng.uniform(-9, 4))], ang=float(rng.uniform(-55, 55)),
                dz=float(rng.uniform(.5, 2.5)), col=rng.uniform(.03, .9, 3).tolist(), skin=SKIN[rng.randint(len(SKIN))].tolist(),
                side=float(rng.choice([-1, 1])), size=float(rng.uniform(.75, 1.3)), curl=float(rng.uniform(0, 1)), tilt=float(rng.uniform(-35, 35)))


def sample_cloth(rng):
    return np.clip(rng.uniform(.03, .9, 3) * .6 + .4 * rng.uniform(.03, .9), 0, 1).tolist()


def sample_things(rng):
    """Clothes, background seed, and whatever is worn or held."""
    return dict(cloth=sample_cloth(rng), cloth2=rng.uniform(.05, .9, 3).tolist(), pattern=int(rng.choice([0, 0, 0, 0, 0, 1, 2, 4])),
                necky=float(rng.uniform(-15.8, -12.2)), neckv=float(max(0, rng.uniform(-3, 5))), shoulders=float(rng.uniform(.9, 1.15)),
                bg=int(rng.randint(1 << 30)), glasses=sample_glasses(rng) if rng.rand() < .16 else None,
                earring=sample_earring(rng) if rng.rand() < .2 else None, occ=sample_held(rng) if rng.rand() < .15 else None,
                hat=sample_hat(rng) if rng.rand() < .06 else None)
