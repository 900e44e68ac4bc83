"""Random expressions and poses, and the vector of blendshape weights that an expression means."""
import numpy as np

KINDS = ['neutral', 'smile', 'grin', 'talk', 'open', 'sad', 'surprise', 'angry', 'pucker', 'disgust', 'random']
SHARE = [.16, .17, .16, .20, .06, .05, .05, .05, .04, .03, .03]


def sample_expression(rng, names):
    """Weights by name; plausible compositions plus small noise. Gaze in degrees (viewer's right, up)."""
    e = {}
    kind = rng.choice(KINDS, p=SHARE)
    a = rng.uniform(.35, 1)

    def both(name, value, asymmetry=.12):
        for side in 'LR':
            e[f'{name}_{side}'] = float(np.clip(value * (1 + rng.randn() * asymmetry), 0, 1))
    if kind == 'smile':
        both('mouthSmile', a), both('cheekSquint', a * .6), both('eyeSquint', a * .3)
    elif kind == 'grin':
        both('mouthSmile', .4 + .6 * a), both('mouthUpperUp', .25 + .35 * a), both('mouthLowerDown', .15 + .3 * a)
        both('cheekSquint', .7 * a), both('eyeSquint', .35 * a)
        e['jawOpen'] = float(rng.uniform(0, .22))
    elif kind == 'talk':
        e.update(jawOpen=float(rng.uniform(.05, .4)), mouthFunnel=float(max(0, rng.uniform(-.4, .6))),
                 mouthPucker=float(max(0, rng.uniform(-.6, .5))))
        both('mouthUpperUp', rng.uniform(0, .35)), both('mouthLowerDown', rng.uniform(0, .5)), both('mouthStretch', max(0, rng.uniform(-.4, .4)))
    elif kind == 'open':
        e['jawOpen'] = float(rng.uniform(.4, .9))
        both('mouthUpperUp', rng.uniform(0, .4))
    elif kind == 'sad':
        both('mouthFrown', a), both('browInnerUp', a * .8)
        e['mouthShrugLower'] = a * .4
    elif kind == 'surprise':
        both('browInnerUp', a), both('browOuterUp', a), both('eyeWide', a * .8)
        e['jawOpen'] = float(rng.uniform(.1, .6))
    elif kind == 'angry':
        both('browDown', a), both('noseSneer', a * .4), both('eyeSquint', a * .4), both('mouthPress', a * .5)
    elif kind == 'pucker':
        e.update(mouthPucker=a, mouthFunnel=a * .3)
    elif kind == 'disgust':
        both('noseSneer', a), both('mouthUpperUp', a * .5), both('browDown', a * .5)
    elif kind == 'random':
        for name in names:
            if rng.rand() < .15 and not name.startswith(('eye', 'Pupil')):
                e[name] = float(rng.rand() * .5)
    for name, spread in (('browInnerUp', .15), ('browDown', .15), ('browOuterUp', .12)):
        both(name, e.get(name + '_L', 0) + max(0, rng.randn() * spread))
    b = rng.rand()
    both('eyeBlink', 1.0 if b < .05 else rng.uniform(.3, .8) if b < .12 else max(0, rng.randn() * .08), .03)
    if rng.rand() < .2:
        e[rng.choice(['mouthLeft', 'mouthRight', 'jawLeft', 'jawRight'])] = float(rng.rand() * .4)
    return dict(w=e, wide=float(rng.uniform(.02, .45)),
                gaze=[float(np.clip(rng.randn() * 11, -28, 28)), float(np.clip(rng.randn() * 6, -16, 14))])


def sample_pose(rng):
    """Degrees; three in ten spread widely. Torso: how far the shoulders turn."""
    s = 1.7 if rng.rand() < .3 else 1
    return dict(yaw=float(np.clip(rng.randn() * 20 * s, -75, 75)), pitch=float(np.clip(rng.randn() * 7 * s, -25, 28)),
                roll=float(np.clip(rng.randn() * 6, -25, 25)), torso=float(rng.randn() * 10))


def expression_vector(expression, names):
    """All weights in the order of `names`: the named ones, lids awake (the neutral ones are low), and the gaze."""
    e = dict(expression['w'])
    right, up = expression['gaze']
    left_eye_out, left_eye_in = max(right, 0) / 30, max(-right, 0) / 30
    for side in 'LR':
        awake = expression.get('wide', .3) * (1 - min(1, 1.5 * e.get('eyeBlink_' + side, 0)))
        e['eyeWide_' + side] = max(e.get('eyeWide_' + side, 0), awake)
        e['eyeLookUp_' + side], e['eyeLookDown_' + side] = max(up, 0) / 25, max(-up, 0) / 25
    e.update(eyeLookOut_L=left_eye_out, eyeLookIn_R=left_eye_out, eyeLookIn_L=left_eye_in, eyeLookOut_R=left_eye_in)
    return np.array([e.get(n, 0) for n in names], np.float32)
