"""Random people: shape, skin, lips, brows, eyes, beard, age, hair. Plain dicts of numbers."""
import numpy as np

from facemodel import MODES

SKIN = np.array([[.97, .82, .74], [.94, .76, .66], [.88, .69, .57], [.80, .60, .46], [.68, .48, .35], [.52, .35, .25], [.38, .25, .18]])
HAIR = np.array([[.06, .05, .05], [.12, .08, .06], [.20, .13, .09], [.30, .20, .13], [.42, .29, .18], [.56, .41, .25], [.70, .55, .36],
                 [.82, .70, .50], [.40, .18, .09], [.52, .25, .12], [.55, .54, .53], [.78, .77, .76]])
HAIR_SHARE = np.array([.13, .15, .15, .13, .1, .09, .07, .05, .04, .03, .04, .02])
IRIS = np.array([[.20, .11, .06], [.30, .17, .09], [.38, .25, .13], [.36, .33, .18], [.32, .40, .30], [.36, .46, .55], [.45, .52, .58],
                 [.26, .38, .52]])
LIPSTICK = ([.70, .20, .22], [.75, .36, .36], [.55, .16, .22], [.80, .45, .42])
STYLES = ['bald', 'buzz', 'crop', 'sideswept', 'sweptback', 'bob', 'long', 'fringe', 'curly', 'afro', 'knot']
STYLE_SHARE = {True: [.07, .10, .24, .16, .13, .02, .05, .04, .10, .06, .03], False: [0, .01, .05, .08, .09, .17, .24, .13, .10, .04, .09]}


def sample_identity(rng, male=None):
    """A person. `shape`: 40 identity weights; colours are sRGB 0…1; everything else is what core/skin.h makes of it."""
    male = bool(rng.rand() < .5 if male is None else male)
    shape = rng.randn(MODES) * np.linspace(.95, .75, MODES)
    shape[:10] = np.clip(shape[:10], -1.9, 1.9)
    tone = rng.rand() * (len(SKIN) - 1.001)
    i = int(tone)
    skin = SKIN[i] * (1 - tone + i) + SKIN[i + 1] * (tone - i)
    skin = np.clip(skin * (1 + rng.randn(3) * [.012, .018, .025]), 0, 1)
    dark = tone / 6
    lip = skin * np.array([.88, .60, .58]) * (1 + rng.randn(3) * .04) if dark < .6 else skin * np.array([.90, .68, .68])
    makeup = (not male) and rng.rand() < .5
    if makeup:
        lip = lip * .35 + .65 * np.array(LIPSTICK[rng.randint(4)]) * (1 - .35 * dark)
    colour = rng.randint(0, 5) if dark > .36 and rng.rand() < .97 else rng.choice(len(HAIR), p=HAIR_SHARE)
    hair = np.clip(HAIR[colour] * (1 + rng.randn() * .12), .02, 1)
    iris = IRIS[rng.randint(0, 3) if dark > .45 else rng.randint(len(IRIS))] * (1 + rng.randn(3) * .06)
    beard = rng.choice([0, 0, 0, .55, .85, .95]) if male else 0
    stubble = rng.rand() * .9 if male else 0
    u = rng.uniform
    person = dict(
        shape=shape.tolist(), male=male, skin=skin.tolist(), tone=float(tone), lip=np.clip(lip, 0, 1).tolist(),
        lipmix=float(.85 if makeup else u(.45, .8)), lipgloss=float(u(.25, .8) if makeup else u(.1, .35)),
        blush=float(u(.35, 1.3) * (1 - .5 * dark)), freckles=float(max(0, u(-1.6, 1)) * (1 - dark)), mottle=float(u(.5, 1.2)),
        pore=float(u(.5, 1.3)), oil=float(u(.08, .34)), undereye=float(u(.1, 1)), stubble=float(stubble), beard=float(beard),
        wrinkle=float(max(0, u(-.5, .7))), seed=int(rng.randint(1, 30000)),
        brow=(hair * u(.45, .8) if hair.mean() > .2 else hair * .9).tolist(), brow_dens=float(u(.65, 1.05) if male else u(.55, .95)),
        brow_th=float(u(.34, .56) if male else u(.26, .42)), brow_arch=float(u(-.25, .12) if male else u(-.1, .3)),
        brow_y=float(u(-.15, .2)), brow_len=float(u(-.25, .3)), shadow=np.clip(skin * u(.35, .8, 3), 0, 1).tolist(),
        shadowmix=float(u(.1, .5) if makeup else 0), liner=float(u(.2, .75) if makeup else u(0, .12)),
        lashes=float(u(.40, .62) if makeup else u(.18, .38)), iris=np.clip(iris, 0, 1).tolist(),
        iris2=np.clip(iris * u(1.05, 1.5) + [.04, .02, 0], 0, 1).tolist(), pupil=float(u(.30, .52)), irisr=float(u(.60, .67)),
        teeth=np.clip(np.array([.90, .87, .80]) * u(.80, 1.03) * [1, u(.95, 1), u(.82, 1)], 0, 1).tolist(), haircol=hair.tolist())
    if rng.rand() < .24:
        grow_old(rng, person)
    return person


def grow_old(rng, person):
    """Lines, bags, uneven skin, greying hair and brows, paler lips."""
    age = rng.uniform(.4, 1)
    grey = np.array(HAIR[10 + rng.randint(2)]) * rng.uniform(.8, 1.1)
    mix = rng.uniform(0, 1) * age
    for key, share in (('haircol', mix), ('brow', mix * .7)):
        person[key] = np.clip(np.array(person[key]) * (1 - share) + grey * share, 0, 1).tolist()
    person.update(wrinkle=float(.5 + 1.1 * age), undereye=float(min(1.4, person['undereye'] + .4 * age)), lipmix=float(person['lipmix'] * .75),
                  mottle=float(person['mottle'] * (1 + .4 * age)), freckles=float(max(person['freckles'], .35 * age * rng.rand())))


def sample_hair(rng, person):
    """A hair style for a person (the same person may wear another one in another picture)."""
    male, colour = person['male'], np.array(person['haircol'])
    return dict(style=STYLES[rng.choice(len(STYLES), p=STYLE_SHARE[male])], col=colour.tolist(),
                tip=np.clip(colour * rng.uniform(.95, 1.55), 0, 1).tolist(), len=float(rng.rand()), vol=float(rng.rand()),
                part=float(rng.uniform(-4, 4)), side=float(rng.choice([-1, 1])), wave=float(max(0, rng.uniform(-.6, 1))),
                line=float(rng.uniform(-.6, .9 if male else .35)), var=float(rng.uniform(.35, .9)), spec=float(rng.uniform(.35, 1.1)),
                seed=int(rng.randint(1 << 20)))
