"""Synthetic face scenes: random people, expressions, poses, light; images with exact labels.

    w = World()                       # loads facemodel/, builds the C++ renderer on first use
    s = w.sample(rng)                 # a scene: plain dict of numbers, can be written as JSON
    r = w.render(s, 256, 256)         # r['rgb'], r['label'], r['occ'], r['dense'], r['lm68'], ...
    t = w.swap_truth(src, tgt)        # the scene a perfect swap of src's face into tgt would show
"""
import ctypes
import copy
import os
import subprocess
import cv2
import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
FACE, HEAD, SOCK, ESOCK, GUMS, TEETH, SCLERA, CLOTH, GLASS, LENS, EARRING, HAND, OBJECT, BUN = range(14)
NP_STRAND = 12
c_p = ctypes.c_void_p


class _In(ctypes.Structure):
    _fields_ = [('nV', ctypes.c_int), ('pos', c_p), ('att', c_p), ('nT', ctypes.c_int), ('tri', c_p), ('mat', c_p),
                ('nS', ctypes.c_int), ('nP', ctypes.c_int), ('spts', c_p), ('swid', c_p), ('srnd', c_p), ('skind', c_p),
                ('prm', c_p), ('W', ctypes.c_int), ('H', ctypes.c_int), ('SS', ctypes.c_int), ('bg', c_p), ('rgb', c_p),
                ('label', c_p), ('occ', c_p), ('depth', c_p), ('smres', ctypes.c_int), ('alpha', c_p)]


def _lib():
    so = os.environ.get('SYNTHFACE_SO', os.path.join(HERE, 'build', 'synthface.so'))
    src = os.path.join(HERE, 'synthface.cpp')
    if not os.path.exists(so) or os.path.getmtime(so) < os.path.getmtime(src):
        os.makedirs(os.path.dirname(so), exist_ok=True)
        subprocess.check_call(['g++', '-O3', '-march=native', '-ffast-math', '-shared', '-fPIC', '-std=c++17', '-o', so, src])
    return ctypes.CDLL(so)


def _slots():
    t = open(os.path.join(HERE, 'synthface.cpp')).read()
    body = t[t.index('enum P {') + 8:t.index('P_N };')]
    body = '\n'.join(l.split('//')[0] for l in body.splitlines())
    return {n.strip()[2:]: i for i, n in enumerate(x for x in body.split(',') if x.strip())}


def lin(c):
    c = np.asarray(c, float)
    return np.where(c <= .04045, c / 12.92, ((c + .055) / 1.055) ** 2.4)


def rot(yaw, pitch, roll):
    """Head rotation, degrees. yaw > 0: turns to the viewer's right; pitch > 0: looks down; roll > 0: clockwise."""
    y, p, r = np.radians([yaw, pitch, -roll])
    Ry = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
    Rx = np.array([[1, 0, 0], [0, np.cos(p), -np.sin(p)], [0, np.sin(p), np.cos(p)]])
    Rz = np.array([[np.cos(r), -np.sin(r), 0], [np.sin(r), np.cos(r), 0], [0, 0, 1]])
    return Rz @ Ry @ Rx


def sst(a, b, x):
    t = np.clip((x - a) / (b - a), 0, 1)
    return t * t * (3 - 2 * t)


# ------------------------------------------------------------------ small geometry builders
def tube(path, rad, n=8, caps=True):
    path = np.asarray(path, float)
    rad = np.broadcast_to(rad, len(path)).astype(float)
    if caps:
        d0 = path[0] - path[1]; d0 /= np.linalg.norm(d0)
        d1 = path[-1] - path[-2]; d1 /= np.linalg.norm(d1)
        path = np.vstack([path[0] + d0 * rad[0], path[0] + d0 * rad[0] * .7, path, path[-1] + d1 * rad[-1] * .7, path[-1] + d1 * rad[-1]])
        rad = np.r_[rad[0] * .05, rad[0] * .7, rad, rad[-1] * .7, rad[-1] * .05]
    t = np.gradient(path, axis=0); t /= np.linalg.norm(t, axis=1)[:, None] + 1e-9
    up = np.array([.13, .97, .21])
    a = np.cross(t, up); a /= np.linalg.norm(a, axis=1)[:, None] + 1e-9
    b = np.cross(t, a)
    th = np.arange(n) * 2 * np.pi / n
    V = path[:, None] + rad[:, None, None] * (a[:, None] * np.cos(th)[None, :, None] + b[:, None] * np.sin(th)[None, :, None])
    return V.reshape(-1, 3), grid(len(path), n)


def grid(k, n):
    i, j = np.meshgrid(np.arange(k - 1), np.arange(n), indexing='ij')
    a, b, c, d = i * n + j, i * n + (j + 1) % n, (i + 1) * n + (j + 1) % n, (i + 1) * n + j
    return np.concatenate([np.stack([a, b, c], -1).reshape(-1, 3), np.stack([a, c, d], -1).reshape(-1, 3)])


def ellipsoid(c, r, k=12, n=18):
    th = np.linspace(1e-3, np.pi - 1e-3, k)[:, None]; ph = (np.arange(n) * 2 * np.pi / n)[None]
    V = np.stack([np.sin(th) * np.cos(ph), np.cos(th) + 0 * ph, np.sin(th) * np.sin(ph)], -1)
    return (V * r + c).reshape(-1, 3), grid(k, n)


SKIN = np.array([[.97, .82, .74], [.94, .76, .66], [.88, .69, .57], [.80, .60, .46], [.68, .48, .35], [.52, .35, .25], [.38, .25, .18]])
HAIR = np.array([[.06, .05, .05], [.12, .08, .06], [.20, .13, .09], [.30, .20, .13], [.42, .29, .18], [.56, .41, .25], [.70, .55, .36],
                 [.82, .70, .50], [.40, .18, .09], [.52, .25, .12], [.55, .54, .53], [.78, .77, .76]])
IRIS = np.array([[.20, .11, .06], [.30, .17, .09], [.38, .25, .13], [.36, .33, .18], [.32, .40, .30], [.36, .46, .55], [.45, .52, .58], [.26, .38, .52]])
STYLES = ['bald', 'buzz', 'crop', 'sideswept', 'sweptback', 'bob', 'long', 'fringe', 'curly', 'afro', 'knot']


class World:
    def __init__(self, facemodel=None, n_id=40):
        facemodel = facemodel or os.environ.get('FACET_FACEMODEL') or os.path.join(HERE, '..', '..', '..', '..', 'shared', 'facemodel')
        self.lib = _lib()
        self.S = _slots()
        assert self.lib.sf_nparam() == len(self.S), (self.lib.sf_nparam(), len(self.S))
        d = np.load(os.path.join(facemodel, 'ict_facekit_light.npz'), allow_pickle=True)
        g = np.load(os.path.join(facemodel, 'e4s_regions.npz'), allow_pickle=True)
        self.mean = d['mean'].astype(np.float32)
        self.n = len(self.mean)
        self.ID = d['identity'][:n_id].astype(np.float32).reshape(n_id, -1)
        self.n_id = n_id
        self.EX = d['expression'].astype(np.float32).reshape(len(d['expression']), -1)
        self.ex_names = [str(x) for x in d['expression_names']]
        self.tri, self.tmat = g['triangles'], g['tri_part']
        self.L68, self.dense, self.dense_names = g['landmarks68'], g['dense'], [str(x) for x in g['dense_names']]
        m = self.mean
        att = np.zeros((self.n, 11), np.float32)
        att[:, :3] = m
        for j, k in enumerate(['sd_lip', 'sd_nose', 'sd_hair', 'sd_ear', 'sd_neck', 'eye_dist', 'ao']):
            att[:, 3 + j] = g[k]
        self.att = att
        # drop the back of the eyeballs
        c = m[self.tri].mean(1)
        keep = ~((self.tmat == SCLERA) & (c[:, 2] < 7.4))
        self.tri, self.tmat = self.tri[keep], self.tmat[keep]
        # weight of the head rotation (0 = torso), and of "inner face" for swaps
        ye = m[:, 1] + .42 * np.maximum(0, m[:, 2] - 1.5)
        self.w_head = sst(-15.5, -5.0, ye).astype(np.float32)
        self.pivot = np.array([0, -8.0, -2.5])
        inner = sst(-1.0, 3.2, m[:, 2] - .25 * np.maximum(0, m[:, 1] - 7)) * sst(11.6, 8.6, m[:, 1]) * sst(-9.8, -8.2, m[:, 1])
        inner[11248:] = 1
        ear = sst(-.8, .1, g['sd_ear'].astype(np.float32))
        self.w_inner = (inner * (1 - ear)).astype(np.float32)
        # hair roots on the scalp
        rng = np.random.RandomState(5)
        T = self.tri[self.tmat <= HEAD]
        hl = att[T][:, :, 5].mean(1)
        T = T[(hl > -1.0) & (att[T][:, :, 6].max(1) < .05)]
        area = np.linalg.norm(np.cross(m[T[:, 1]] - m[T[:, 0]], m[T[:, 2]] - m[T[:, 0]]), axis=1)
        k = 9000
        ti = rng.choice(len(T), k, p=area / area.sum())
        r1, r2 = np.sqrt(rng.rand(k)), rng.rand(k)
        self.root_t, self.root_b = T[ti], np.stack([1 - r1, r1 * (1 - r2), r1 * r2], 1).astype(np.float32)
        self.root_h = (att[self.root_t][:, :, 5] * self.root_b).sum(1)
        self.root_m = (m[self.root_t] * self.root_b[:, :, None]).sum(1)
        self.root_r = rng.rand(k, 4).astype(np.float32)
        self.skinv = np.where((g['vert_part'] <= HEAD) & (m[:, 1] > -11))[0]
        sp = rng.choice(len(self.tri), 13000)
        sp = sp[(self.tmat[sp] <= HEAD)]
        self.rm_t = self.tri[sp]
        self.rm_t = self.rm_t[m[self.rm_t][:, :, 1].min(1) > -11]
        self.loops = [g['loop_eyeL'], g['loop_eyeR']]
        lp = g['loop_neck']
        self.necklp = lp[np.argsort(np.arctan2(m[lp, 0], m[lp, 2] + .5))]
        self.lobes = [int(np.argmin(np.linalg.norm(m - [s * 7.6, -2.2, 1.6], axis=1))) for s in (1, -1)]
        self._cache = {}

    # -------------------------------------------------------------- sampling
    def sample_identity(self, rng, male=None):
        male = rng.rand() < .5 if male is None else male
        w = rng.randn(self.n_id) * np.linspace(.95, .75, self.n_id)
        w[:10] = np.clip(w[:10], -1.9, 1.9)
        t = rng.rand() * (len(SKIN) - 1.001)
        i = int(t)
        skin = SKIN[i] * (1 - t + i) + SKIN[i + 1] * (t - i)
        skin = np.clip(skin * (1 + rng.randn(3) * [.012, .018, .025]), 0, 1)
        dark = t / 6
        lip = skin * np.array([.88, .60, .58]) * (1 + rng.randn(3) * .04) if dark < .6 else skin * np.array([.90, .68, .68])
        makeup = (not male) and rng.rand() < .5
        if makeup:
            lip = lip * .35 + .65 * np.array([[.70, .20, .22], [.75, .36, .36], [.55, .16, .22], [.80, .45, .42]][rng.randint(4)]) * (1 - .35 * dark)
        hi = rng.randint(0, 5) if dark > .36 and rng.rand() < .97 else rng.choice(len(HAIR), p=np.array([.13, .15, .15, .13, .1, .09, .07, .05, .04, .03, .04, .02]))
        hair = np.clip(HAIR[hi] * (1 + rng.randn() * .12), .02, 1)
        ii = rng.randint(0, 3) if dark > .45 else rng.randint(len(IRIS))
        iris = IRIS[ii] * (1 + rng.randn(3) * .06)
        beard = 0
        stub = 0
        if male:
            stub = rng.rand() * .9
            beard = rng.choice([0, 0, 0, .55, .85, .95])
        return dict(shape=w.tolist(), male=bool(male), skin=skin.tolist(), tone=float(t), lip=np.clip(lip, 0, 1).tolist(), lipmix=float(.85 if makeup else rng.uniform(.45, .8)),
                    lipgloss=float(rng.uniform(.25, .8) if makeup else rng.uniform(.1, .35)), blush=float(rng.uniform(.35, 1.3) * (1 - .5 * dark)),
                    freckles=float(max(0, rng.uniform(-1.6, 1)) * (1 - dark)), mottle=float(rng.uniform(.5, 1.2)), pore=float(rng.uniform(.5, 1.3)), oil=float(rng.uniform(.08, .34)),
                    undereye=float(rng.uniform(.1, 1)), stubble=float(stub), beard=float(beard), wrinkle=float(max(0, rng.uniform(-.8, 1))), seed=int(rng.randint(1, 30000)),
                    brow=(hair * rng.uniform(.45, .8) if hair.mean() > .2 else hair * .9).tolist(), brow_dens=float(rng.uniform(.65, 1.05) if male else rng.uniform(.55, .95)),
                    brow_th=float(rng.uniform(.42, .62) if male else rng.uniform(.32, .48)), brow_arch=float(rng.uniform(-.25, .12) if male else rng.uniform(-.1, .3)), brow_y=float(rng.uniform(-.15, .2)), brow_len=float(rng.uniform(-.25, .3)),
                    shadow=np.clip(skin * rng.uniform(.35, .8, 3), 0, 1).tolist(), shadowmix=float(rng.uniform(.1, .5) if makeup else 0), liner=float(rng.uniform(.2, .75) if makeup else rng.uniform(0, .12)),
                    lashes=float(rng.uniform(.40, .62) if makeup else rng.uniform(.18, .38)), iris=np.clip(iris, 0, 1).tolist(), iris2=np.clip(iris * rng.uniform(1.05, 1.5) + [.04, .02, 0], 0, 1).tolist(),
                    pupil=float(rng.uniform(.30, .52)), irisr=float(rng.uniform(.60, .67)), teeth=np.clip(np.array([.90, .87, .80]) * rng.uniform(.88, 1.03) * [1, rng.uniform(.96, 1), rng.uniform(.88, 1)], 0, 1).tolist(), haircol=hair.tolist())

    def sample_hair(self, rng, ident):
        male = ident['male']
        p = [.07, .10, .24, .16, .13, .02, .05, .04, .10, .06, .03] if male else [0, .01, .05, .08, .09, .17, .24, .13, .10, .04, .09]
        h = np.array(ident['haircol'])
        return dict(style=STYLES[rng.choice(len(STYLES), p=p)], col=h.tolist(), tip=np.clip(h * rng.uniform(.95, 1.55), 0, 1).tolist(), len=float(rng.rand()), vol=float(rng.rand()), part=float(rng.uniform(-4, 4)),
                    side=float(rng.choice([-1, 1])), wave=float(max(0, rng.uniform(-.6, 1))), line=float(rng.uniform(-.6, .35) if not male else rng.uniform(-.6, .9)), var=float(rng.uniform(.35, .9)), spec=float(rng.uniform(.35, 1.1)), seed=int(rng.randint(1 << 20)))

    def sample_expression(self, rng):
        """Weights by name; a few plausible compositions plus small noise. Gaze in degrees (right, up)."""
        e = {}
        k = rng.choice(['neutral', 'smile', 'grin', 'talk', 'open', 'sad', 'surprise', 'angry', 'pucker', 'disgust', 'random'], p=[.16, .17, .16, .20, .06, .05, .05, .05, .04, .03, .03])
        a = rng.uniform(.35, 1)

        def both(n, v, asym=.12):
            e[n + '_L'] = float(np.clip(v * (1 + rng.randn() * asym), 0, 1)); e[n + '_R'] = float(np.clip(v * (1 + rng.randn() * asym), 0, 1))
        if k == 'smile':
            both('mouthSmile', a); both('cheekSquint', a * .6); both('eyeSquint', a * .3)
        elif k == 'grin':
            both('mouthSmile', .4 + .6 * a); both('mouthUpperUp', .25 + .35 * a); both('mouthLowerDown', .15 + .3 * a); both('cheekSquint', .7 * a); both('eyeSquint', .35 * a); e['jawOpen'] = float(rng.uniform(0, .22))
        elif k == 'talk':
            e['jawOpen'] = float(rng.uniform(.05, .4)); e['mouthFunnel'] = float(max(0, rng.uniform(-.4, .6))); e['mouthPucker'] = float(max(0, rng.uniform(-.6, .5))); both('mouthUpperUp', rng.uniform(0, .35)); both('mouthLowerDown', rng.uniform(0, .5)); both('mouthStretch', max(0, rng.uniform(-.4, .4)))
        elif k == 'open':
            e['jawOpen'] = float(rng.uniform(.4, .9)); both('mouthUpperUp', rng.uniform(0, .4))
        elif k == 'sad':
            both('mouthFrown', a); both('browInnerUp', a * .8); e['mouthShrugLower'] = a * .4
        elif k == 'surprise':
            both('browInnerUp', a); both('browOuterUp', a); both('eyeWide', a * .8); e['jawOpen'] = float(rng.uniform(.1, .6))
        elif k == 'angry':
            both('browDown', a); both('noseSneer', a * .4); both('eyeSquint', a * .4); both('mouthPress', a * .5)
        elif k == 'pucker':
            e['mouthPucker'] = a; e['mouthFunnel'] = a * .3
        elif k == 'disgust':
            both('noseSneer', a); both('mouthUpperUp', a * .5); both('browDown', a * .5)
        elif k == 'random':
            for n in self.ex_names:
                if rng.rand() < .15 and not n.startswith('eye') and not n.startswith('Pupil'):
                    e[n] = float(rng.rand() * .5)
        both('browInnerUp', e.get('browInnerUp_L', 0) + max(0, rng.randn() * .15)); both('browDown', e.get('browDown_L', 0) + max(0, rng.randn() * .15)); both('browOuterUp', e.get('browOuterUp_L', 0) + max(0, rng.randn() * .12))
        b = rng.rand()
        bl = 1.0 if b < .05 else rng.uniform(.3, .8) if b < .12 else max(0, rng.randn() * .08)
        both('eyeBlink', bl, .03)
        if rng.rand() < .2:
            e[rng.choice(['mouthLeft', 'mouthRight', 'jawLeft', 'jawRight'])] = float(rng.rand() * .4)
        return dict(w=e, wide=float(rng.uniform(.1, .55)), gaze=[float(np.clip(rng.randn() * 11, -28, 28)), float(np.clip(rng.randn() * 6, -16, 14))])

    def sample_pose(self, rng):
        wide = rng.rand() < .3
        s = 1.7 if wide else 1
        return dict(yaw=float(np.clip(rng.randn() * 20 * s, -75, 75)), pitch=float(np.clip(rng.randn() * 7 * s, -25, 28)), roll=float(np.clip(rng.randn() * 6, -25, 25)), torso=float(rng.randn() * 10))

    def sample_light(self, rng):
        warm = rng.randn() * .10
        az, el = np.radians(np.clip(rng.randn() * 42, -95, 95)), np.radians(np.clip(28 + rng.randn() * 18, -8, 70))
        hard = rng.rand()
        key = rng.uniform(.35, 1.05) * np.array([1 + warm, 1, 1 - warm])
        amb = rng.uniform(.28, .62)
        t = rng.randn() * .07
        up = amb * rng.uniform(.9, 1.25) * np.array([1 - t, 1, 1 + t]); dn = amb * rng.uniform(.4, .85) * np.array([1 + t, 1, 1 - t])
        fz = -np.sign(az) * np.radians(rng.uniform(30, 90))
        ra = np.radians(rng.uniform(110, 165)) * rng.choice([-1, 1])
        colored = rng.rand() < .08
        fill = rng.uniform(0, .4) * (rng.uniform(.3, 1.3, 3) if colored else np.array([1 - warm, 1, 1 + warm]))
        rim = max(0, rng.uniform(-.5, .9)) * (rng.uniform(.3, 1.3, 3) if colored else np.ones(3))

        def d(a, e):
            return [float(np.sin(a) * np.cos(e)), float(np.sin(e)), float(np.cos(a) * np.cos(e))]
        return dict(kd=d(az, el), k=key.tolist(), fd=d(fz, .2), f=fill.tolist(), rd=d(ra, .5), r=rim.tolist(), up=up.tolist(), dn=dn.tolist(), ambx=float(rng.randn() * .15), shadow=float(.35 + .6 * hard), expo=float(np.exp(rng.randn() * .14)))

    def sample_scene(self, rng):
        gl = rng.rand()
        return dict(cloth=np.clip(rng.uniform(.03, .9, 3) * .6 + .4 * rng.uniform(.03, .9), 0, 1).tolist(), cloth2=rng.uniform(.05, .9, 3).tolist(), pattern=int(rng.choice([0, 0, 0, 0, 1, 2])), necky=float(rng.uniform(-15.8, -13.2)), neckv=float(max(0, rng.uniform(-3, 5))), shoulders=float(rng.uniform(.9, 1.15)),
                    bg=int(rng.randint(1 << 30)), glasses=None if gl > .16 else dict(kind=int(rng.randint(4)), col=(rng.uniform(0, .25, 3) if rng.rand() < .7 else rng.uniform(.1, .7, 3)).tolist(), rad=float(rng.uniform(.07, .22)), w=float(rng.uniform(2.35, 2.9)), h=float(rng.uniform(1.55, 2.3)), p=float(rng.uniform(2.0, 4.0)), dark=float(.9 if rng.rand() < .2 else 0.0), seed=int(rng.randint(1000))),
                    earring=None if rng.rand() > .2 else dict(kind=int(rng.randint(3)), col=np.array([[.95, .8, .45], [.85, .85, .88], [.9, .9, .9], [.6, .1, .15]])[rng.randint(4)].tolist(), r=float(rng.uniform(.25, .5))),
                    occ=None if rng.rand() > .15 else self.sample_occ(rng))

    def sample_occ(self, rng):
        return dict(kind=str(rng.choice(['hand', 'mic', 'cup'])), at=[float(rng.uniform(-5, 5)), float(rng.uniform(-9, 2))], ang=float(rng.uniform(-50, 50)), dz=float(rng.uniform(.5, 2.5)), col=rng.uniform(.03, .9, 3).tolist(), skin=SKIN[rng.randint(len(SKIN))].tolist(), side=float(rng.choice([-1, 1])))

    def sample_degrade(self, rng):
        return dict(blur=float(max(0, rng.uniform(-1.2, 1.0))), noise=float(max(0, rng.uniform(-3, 6))), jpeg=int(rng.randint(45, 97)) if rng.rand() < .6 else 0, seed=int(rng.randint(1 << 20)))

    def sample(self, rng, aligned=True):
        i = self.sample_identity(rng)
        return dict(id=i, hair=self.sample_hair(rng, i), expr=self.sample_expression(rng), pose=self.sample_pose(rng), light=self.sample_light(rng), scene=self.sample_scene(rng), deg=self.sample_degrade(rng),
                    cam=dict(mode='aligned', dist=float(rng.uniform(55, 150)), scale=float(np.exp(rng.randn() * .05)), dx=float(rng.randn() * .015), dy=float(rng.randn() * .015), rot=float(rng.randn() * 2)))

    # -------------------------------------------------------------- geometry
    def neutral(self, s):
        key = (tuple(s['id']['shape']), tuple(s.get('outer_shape') or ()))
        if key not in self._cache:
            if len(self._cache) > 8:
                self._cache.clear()
            o = (np.asarray(s['id']['shape'], np.float32) @ self.ID).reshape(-1, 3)
            if s.get('outer_shape'):
                q = (np.asarray(s['outer_shape'], np.float32) @ self.ID).reshape(-1, 3)
                o = q + (o - q) * self.w_inner[:, None]
            self._cache[key] = self.mean + o
        return self._cache[key]

    def expression_vector(self, s):
        """All 57 weights of a scene: the named ones, the awake lids and the gaze."""
        e = dict(s['expr']['w'])
        gx, gy = s['expr']['gaze']            # degrees: + = to the viewer's right (subject's left), + = up
        L, R = max(gx, 0) / 30, max(-gx, 0) / 30
        for sd in 'LR':                        # the neutral ICT lids are rather low
            e['eyeWide_' + sd] = max(e.get('eyeWide_' + sd, 0), s['expr'].get('wide', .3) * (1 - min(1, 1.5 * e.get('eyeBlink_' + sd, 0))))
        e.update(eyeLookOut_L=L, eyeLookIn_R=L, eyeLookIn_L=R, eyeLookOut_R=R)
        for sd in 'LR':
            e['eyeLookUp_' + sd] = max(gy, 0) / 25
            e['eyeLookDown_' + sd] = max(-gy, 0) / 25
        return np.array([e.get(n, 0) for n in self.ex_names], np.float32)

    def expressed(self, s, neu):
        v = neu.copy()
        for i, a in enumerate(self.expression_vector(s)):
            if abs(a) > 1e-3:
                v += a * self.EX[i].reshape(-1, 3)
        return v

    def pose(self, s, P, w):
        p = s['pose']
        R = rot(p['yaw'], p['pitch'], p['roll'])
        T = rot(p['torso'] * .5 + p['yaw'] * .2, 0, 0)
        a = np.asarray(P, np.float32) - self.pivot.astype(np.float32)
        w = np.asarray(w, np.float32)[..., None]
        u = a @ T.T.astype(np.float32)
        o = u + w * (a @ R.T.astype(np.float32) - u)
        return o + (self.pivot + np.asarray(p.get('t', [0, 0, 0]))).astype(np.float32)

    def hair_strands(self, s, neu):
        """Strand points in neutral head space; kept for the next frame of the same person."""
        k = getattr(self, '_hair', None)
        if k is None or k[0] is not neu or k[1] != s['hair']:
            self._hair = k = (neu, copy.deepcopy(s['hair']), self.grow_hair(s, neu))
        return k[2]

    def grow_hair(self, s, neu):
        h = s['hair']
        st = h['style']
        if st == 'bald':
            return np.zeros((0, NP_STRAND, 3), np.float32), np.zeros(0, np.float32), np.zeros((0, 2), np.float32), None
        rng = np.random.RandomState(h['seed'])
        l, vol = h['len'], h['vol']
        # style: len, lenvar, lift, grav, curl, curlf, clump, vol, style, fringe, fringelen, backlen, topdir, stiff, count, width
        wv = h['wave']
        cfg = dict(buzz=(.5 + .5 * l, .3, 1.2, 0, 0, 0, .3, .05, 0, 0, 0, 1, 1, .6, 4200, .11),
                   crop=(2.5 + 2.8 * l, .35, .42, .20, .15 * wv, 2, .9, .5 + 1.0 * vol, 0, 0, 0, .5, rng.uniform(-.4, 1.0), .9, 3000, .21),
                   sideswept=(4.5 + 3.5 * l, .35, .45, .34, .15 * wv, 1.2, .7, .5 + 1.1 * vol, 5, 0, 0, .42, 0, 1.0, 3400, .22),
                   sweptback=(5 + 4.5 * l, .3, .30, .32, .12 * wv, 1, .6, .4 + 1.0 * vol, 2, 0, 0, .6, 0, 1.0, 3400, .24),
                   bob=(15 + 6 * l, .12, .35, .95, .35 * wv, .8, .55, .6 + 1.5 * vol, 1, 0, 0, 1, 0, 1.0, 2000, .42),
                   long=(27 + 14 * l, .15, .35, .95, .45 * wv, .6, .6, .6 + 1.5 * vol, 1, 0, 0, 1, 0, 1.0, 1900, .48),
                   fringe=(14 + 22 * l, .12, .35, .95, .3 * wv, .7, .5, .6 + 1.2 * vol, 6, 4.2, rng.uniform(5.2, 7.6), 1, 0, 1.0, 2100, .42),
                   curly=(6 + 11 * l, .3, .8, .60, .95, 1.3 + 1.2 * rng.rand(), 1.2, 1.5 + 2.0 * vol, 1, 0, 0, 1, 0, .9, 2200, .36),
                   afro=(3 + 4.5 * l, .25, 2.0, .0, 1.0, 3.0, 1.6, .8 + 1.5 * vol, 3, 0, 0, 1, 0, .9, 3400, .32),
                   knot=(26, .1, .25, .0, 0, 0, .4, .3 + .4 * vol, 4, 0, 0, 1, rng.choice([0., .25, 1.]), .8, 3000, .28))[st]
        sel = np.where(self.root_h > -.05 + h['line'] * (1 if st not in ('long', 'bob', 'fringe', 'knot') else .4) + .35 * (self.root_r[:, 3] - .5))[0]
        sel = sel[:cfg[14]]
        root = (neu[self.root_t[sel]] * self.root_b[sel][:, :, None]).sum(1).astype(np.float32)
        C = np.array([0, 4.0, 0], np.float32)
        e = root - C
        nrm = e / np.linalg.norm(e, axis=1)[:, None]
        # radial map of the head
        mw, mh = 48, 28
        q = neu[self.rm_t].mean(1) - C
        r = np.linalg.norm(q, axis=1)
        u = ((np.arctan2(q[:, 0], q[:, 2]) / 6.2831853 + .5) * mw).astype(int) % mw
        v = np.rint((np.arcsin(q[:, 1] / r) / np.pi + .5) * (mh - 1)).astype(int)
        ok = ~((np.abs(q[:, 0]) > 7.9) & (q[:, 1] < 2.2))      # ears do not push hair out
        rm = np.zeros((mh, mw), np.float32)
        np.maximum.at(rm, (v[ok], u[ok]), r[ok])
        for _ in range(6):
            z = rm == 0
            if not z.any():
                break
            dl = np.maximum.reduce([np.roll(rm, 1, 1), np.roll(rm, -1, 1), np.vstack([rm[1:], rm[-1:]]), np.vstack([rm[:1], rm[:-1]])])
            rm[z] = dl[z]
        rm = cv2.blur(np.hstack([rm[:, -2:], rm, rm[:, :2]]), (3, 3))[:, 2:-2].copy()
        cfg = list(cfg)
        cfg[5] = min(cfg[5], 1.15 * (NP_STRAND - 1) / cfg[0])      # at least five points per turn
        hp = np.array([cfg[0], cfg[1], cfg[2], cfg[3], cfg[4], cfg[5], cfg[6], cfg[7], h['part'] if st != 'bob' else h['part'], cfg[8], h['side'], cfg[9], cfg[10], cfg[11], cfg[12], cfg[13]], np.float32)
        rn = self.root_r[sel].copy()
        out = np.zeros((len(sel), NP_STRAND, 3), np.float32)
        root, nrm = np.ascontiguousarray(root), np.ascontiguousarray(nrm, np.float32)
        self.lib.sf_hair(len(sel), NP_STRAND, root.ctypes.data_as(c_p), nrm.ctypes.data_as(c_p), rn.ctypes.data_as(c_p), np.ascontiguousarray(rm).ctypes.data_as(c_p), mw, mh, C.ctypes.data_as(c_p), hp.ctypes.data_as(c_p), out.ctypes.data_as(c_p))
        wid = cfg[15] * (.6 + .8 * rn[:, 1])
        bun = None
        if st == 'knot':
            td = cfg[12]
            B = np.array([0, 6.5 + td * 7, -9.5 + td * 6]) + np.array([0, .9 * td, -.6])
            bun = ellipsoid(B, np.array([3.0, 2.6, 2.8]) * (.8 + .4 * l))
        return out, wid.astype(np.float32), rn[:, [0, 2]].copy(), bun

    def lashes(self, v, amount):
        out = []
        for lp, sg in zip(self.loops, (1, -1)):
            P = v[lp]
            x0, x1 = P[np.argmin(P[:, 0] * sg)], P[np.argmax(P[:, 0] * sg)]
            m0 = self.mean[lp]
            a0, a1 = m0[np.argmin(m0[:, 0] * sg)], m0[np.argmax(m0[:, 0] * sg)]
            t = (m0[:, 0] - a0[0]) / (a1[0] - a0[0])
            up = (m0[:, 1] > a0[1] + (a1[1] - a0[1]) * t + .12) & (t > .08)
            up &= m0[:, 2] > np.percentile(m0[up, 2], 10) - 1
            U = P[up][np.argsort(t[up])]
            n = 44
            k = np.linspace(0, len(U) - 1, n)
            i = np.minimum(k.astype(int), len(U) - 2)
            r = U[i] + (U[i + 1] - U[i]) * (k - i)[:, None]
            ec = np.array([sg * 3.09, 3.61, 8.0]) + (x0 + x1) / 2 - (a0 + a1) / 2
            d = r - ec
            d /= np.linalg.norm(d, axis=1)[:, None]
            f = np.linspace(0, 1, n)[:, None]
            d = d + np.array([0, -.05, .35]) + np.array([sg, 0, 0]) * (f - .35) * 1.0
            d /= np.linalg.norm(d, axis=1)[:, None]
            s = np.linspace(0, 1, NP_STRAND)[None, :, None]
            ln = amount * (.65 + .5 * f)[:, None]
            out.append(r[:, None] + d[:, None] * s * ln + np.array([0, .40, 0]) * s ** 2 * ln)
        return np.concatenate(out).astype(np.float32)

    def extras(self, s, v):
        """Extra geometry in neutral head space: list of (verts, tris, material, head weight or None, a3)."""
        out = []
        sc = s['scene']
        # torso from the neck boundary loop
        b = v[self.necklp].astype(np.float64)
        c = b.mean(0)
        rings = []
        for t in (0, .1, .22, .36, .52, .68, .84, 1.0, 1.2, 1.6, 2.4, 3.8):
            q = b.copy()
            side = np.abs(q[:, 0]) / 12.4
            k, u = min(t, 1) * np.pi / 2, max(0, t - 1)
            q[:, 0] *= 1 + (.60 * sc['shoulders']) * np.sin(k) * side ** .5 + .06 * u
            q[:, 2] += (q[:, 2] - c[2]) * .30 * np.sin(k)
            q[:, 1] += -2.2 * t - (1 - np.cos(k)) * 3.6 * side - 9 * u - (1 - side) * 3.0 * np.sin(k)
            rings.append(q)
        V = np.concatenate(rings)
        out.append((V, grid(len(rings), len(b))[:, ::-1], CLOTH, np.zeros(len(V)), 0))
        l = v[self.L68]
        g = sc.get('glasses')
        if g:
            z0 = max(l[27, 2] - .35, l[36:48, 2].max() + .55)
            rims = []
            fv = v[:6706]
            th = np.arange(36) * 2 * np.pi / 36
            for sg in (1, -1):
                ey = (l[42:48] if sg > 0 else l[36:42]).mean(0)
                cx = sg * max(abs(ey[0]) + .12, g['w'] + .55)
                n = [2.0, 2.6, g['p'], 3.2][g['kind']]
                x = np.sign(np.cos(th)) * np.abs(np.cos(th)) ** (2 / n) * g['w']
                y = np.sign(np.sin(th)) * np.abs(np.sin(th)) ** (2 / n) * g['h']
                if g['kind'] == 3:
                    y = np.where(y < 0, y * 1.15, y * .9); x = x * (1 + .07 * y)
                X = cx + x * 1.0
                Y = ey[1] - .25 + y
                Z = z0 + .35 - .028 * X ** 2
                pth = np.stack([X, Y, Z], 1)
                near = np.argmin((fv[:, 0][None] - X[::2, None]) ** 2 + (fv[:, 1][None] - Y[::2, None]) ** 2, 1)
                push = float(np.clip((fv[near, 2] + g['rad'] + .12 - Z[::2]).max(), 0, 1.3))
                pth[:, 2] += push
                rims.append(push)
                V, T = tube(np.vstack([pth, pth[:2]]), g['rad'], 6, False)
                out.append((V, T, GLASS, None, 0))
                cen = pth.mean(0)
                V = np.vstack([cen + [0, 0, .1], pth])
                T = np.stack([np.zeros(36, int), 1 + np.arange(36), 1 + (np.arange(36) + 1) % 36], 1)
                out.append((V, T, LENS, None, 0))
                o = pth[np.argmax(sg * pth[:, 0])] + [0, .5, 0]
                fw = v[self.lobes[0 if sg > 0 else 1]]
                V, T = tube(np.array([o, [sg * (abs(fw[0]) + .25), ey[1] + .45, 6.0], [sg * (abs(fw[0]) + .35), ey[1] + .6, 1.0], [sg * (abs(fw[0]) + .2), ey[1] - .5, -1.0]]), max(.09, g['rad'] * .8), 6)
                out.append((V, T, GLASS, None, 0))
            xi = max(abs(l[36:42].mean(0)[0]) + .12, g['w'] + .55) - g['w']
            V, T = tube(np.array([[-xi, l[27, 1] - .55, z0 + .3 + rims[1]], [0, l[27, 1] - .25, z0 + .55 + max(rims)], [xi, l[27, 1] - .55, z0 + .3 + rims[0]]]), g['rad'], 6, False)
            out.append((V, T, GLASS, None, 0))
        er = sc.get('earring')
        if er:
            for k in (0, 1):
                p = v[self.lobes[k]].astype(float) + [(.25, -.25)[k], -.3, .3]
                if er['kind'] == 0:
                    V, T = ellipsoid(p, np.ones(3) * er['r'] * .8, 8, 12)
                elif er['kind'] == 1:
                    th = np.linspace(0, 2 * np.pi, 25)
                    R = er['r'] * 2.6
                    V, T = tube(np.stack([p[0] + .4 * (1, -1)[k] + R * .45 * np.cos(th), p[1] - R + R * np.sin(th), p[2] + R * .6 * np.cos(th)], 1), .13, 6, False)
                else:
                    V, T = ellipsoid(p - [0, er['r'] * 3, 0], np.array([.7, 2.4, .7]) * er['r'], 10, 12)
                out.append((V, T, EARRING, None, 0))
        oc = sc.get('occ')
        if oc:
            face_z = float(np.interp(oc['at'][1], [-9, -6, -3, 0, 3], [10.2, 10.8, 12.3, 13, 12]) - .11 * oc['at'][0] ** 2)
            o = np.array([oc['at'][0], oc['at'][1], face_z + oc['dz']])
            a = np.radians(oc['ang'])
            Rz = np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]])

            def put(V, T, m, a3):
                out.append((V @ Rz.T + o, T, m, np.zeros(len(V)) if oc.get('free') else None, a3))
            if oc['kind'] == 'hand':
                s_ = oc['side']
                for i, (dx, ln, sp) in enumerate([(-2.7, 6.0, -.16), (-.95, 7.2, -.03), (.85, 6.8, .07), (2.5, 5.4, .2)]):
                    d = np.array([np.sin(sp) * s_, np.cos(sp), .0])
                    p0 = np.array([dx * s_, -1 - .2 * abs(dx), .3])
                    bend = np.array([0, 0, -1.0])
                    put(*tube([p0, p0 + d * ln * .45 + [0, 0, .35], p0 + d * ln * .75 + bend * .2, p0 + d * ln + bend * .7], [.98, .92, .82, .66], 12), HAND, 0)
                put(*tube([[-3.2 * s_, -6.0, .3], [-5.0 * s_, -3.4, .5], [-5.9 * s_, -1.0, .2]], [1.3, 1.0, .75], 12), HAND, 0)
                put(*ellipsoid(np.array([0, -4.6, .2]), np.array([4.3, 4.9, 1.35]), 14, 20), HAND, 0)
                put(*tube([[0, -8, 0], [0, -22, -1]], [3.0, 3.6], 14), HAND, 0)
            elif oc['kind'] == 'mic':
                put(*ellipsoid(np.zeros(3), np.array([2.4, 2.5, 2.4]), 14, 20), OBJECT, 0)
                put(*tube([[0, -2.0, 0], [0, -20, .5]], [1.35, 1.0], 14), OBJECT, 1)
            else:
                put(*tube([[0, 3, 0], [0, -2, 0], [0, -7, 0], [0, -7.01, 0]], [4.1, 3.7, 3.1, .01], 26, False), OBJECT, 1)
        return out

    # -------------------------------------------------------------- render
    def render(self, s, W=256, H=256, ss=2, degrade=True, lens_label=False, behind=None):
        S = self.S
        neu = self.neutral(s)
        v = self.expressed(s, neu)
        att = self.att.copy()
        att[:, 10] = v[:, 1]
        strands, wid, srnd, bun = self.hair_strands(s, self.neutral(dict(id=dict(shape=s['outer_shape']))) if s.get('outer_shape') else neu)
        # long hair bends with the neck; lashes follow the lids
        yw = strands[:, :, 1] + .42 * np.maximum(0, strands[:, :, 2] - 1.5)
        sp = self.pose(s, strands.reshape(-1, 3), (.35 + .65 * sst(-24, -4, yw)).reshape(-1)).reshape(strands.shape) if len(strands) else strands
        la = self.lashes(v, s['id']['lashes'])
        lp = self.pose(s, la.reshape(-1, 3), np.ones(la.shape[0] * la.shape[1])).reshape(la.shape)
        spts = np.ascontiguousarray(np.concatenate([sp, lp]), np.float32)
        swid = np.concatenate([wid, np.full(len(la), .045, np.float32)]).astype(np.float32)
        srn = np.ascontiguousarray(np.concatenate([srnd, np.full((len(la), 2), .5, np.float32)]), np.float32)
        skind = np.concatenate([np.zeros(len(strands), np.uint8), np.ones(len(la), np.uint8)])
        pos = [self.pose(s, v, self.w_head)]
        tris, mats, atts, n = [self.tri], [self.tmat], [att], self.n
        ex = self.extras(s, v)
        if bun is not None:
            ex.append((bun[0], bun[1], BUN, None, 0))
        for V, T, m, w, a3 in ex:
            P = self.pose(s, V, np.ones(len(V)) if w is None else w)
            pos.append(P)
            a = np.zeros((len(V), 11), np.float32)
            a[:, :3] = V
            a[:, 3] = a3
            atts.append(a)
            tris.append(np.asarray(T) + n)
            mats.append(np.full(len(T), m, np.uint8))
            n += len(V)
        pos = np.ascontiguousarray(np.concatenate(pos), np.float32)
        att = np.ascontiguousarray(np.concatenate(atts), np.float32)
        tri = np.ascontiguousarray(np.concatenate(tris), np.int32)
        mat = np.ascontiguousarray(np.concatenate(mats), np.uint8)
        p = np.zeros(len(S), np.float32)

        def put(k, *a):
            for i, x in enumerate(a):
                p[S[k] + i] = x
        cam = s['cam']
        D = cam['dist']
        put('D', D)

        def base(Q):
            z = D - Q[:, 2]
            return np.stack([Q[:, 0] / z, -Q[:, 1] / z], 1)
        if cam['mode'] == 'matrix':                    # normalised crop, frozen by lock_camera()
            M, F = np.array(cam['M']) * W, cam['F']
        elif cam['mode'] == 'aligned':
            M, F = self.align(base(pos[self.L68]), cam, W)
        else:
            F = cam['f'] * H
            r = np.radians(cam.get('rot', 0))
            M = np.array([[np.cos(r), -np.sin(r), cam['cx'] * W], [np.sin(r), np.cos(r), cam['cy'] * H]])
        put('F', F)
        put('A00', M[0, 0], M[0, 1], M[1, 0], M[1, 1], M[0, 2], M[1, 2])
        L, I, h, sc = s['light'], s['id'], s['hair'], s['scene']
        put('KDX', *L['kd'], *L['k'], *L['fd'], *L['f'], *L['rd'], *L['r'], *L['up'], *L['dn'], L['ambx'])
        sk = lin(I['skin'])
        ek = lin(s['expo_skin']) if 'expo_skin' in s else sk
        E = s.get('expo_light', L)
        tot = .55 * np.mean(E['k']) * max(.3, E['kd'][2]) + np.mean(E['up']) * .5 + np.mean(E['dn']) * .4 + .3 * np.mean(E['f'])
        put('EXPO', L['expo'] * (.54 / tot) ** .8 * (.42 / max(.08, ek.mean())) ** .18)
        put('SHADOW', L['shadow'])
        put('SKR', *sk, I['blush'], I['freckles'], I['mottle'], I['pore'], I['oil'], I['undereye'], I['stubble'], I['beard'], I['wrinkle'], I['seed'], 1.0)
        put('LIPR', *lin(I['lip']), I['lipmix'], I['lipgloss'], *lin(I['brow']), I['brow_dens'], I['brow_th'], I['brow_arch'], I['brow_y'], I['brow_len'], *lin(I['shadow']), I['shadowmix'], I['liner'])
        put('IRR', *lin(I['iris']), *lin(I['iris2']), I['pupil'], I['irisr'], .70, .67, .64)
        lm = v[self.L68]
        put('LTL', lm[[43, 44], 1].mean(), lm[[46, 47], 1].mean(), lm[[37, 38], 1].mean(), lm[[40, 41], 1].mean())
        put('ECLX', 3.094, 3.614, 7.995, *lin(I['teeth']), 10.9)
        put('HAR', *lin(h['col']), *lin(h['tip']), h['var'], h['spec'], {'bald': 0.0, 'buzz': .8}.get(h['style'], 1.0), h['line'] * (.4 if h['style'] in ('long', 'bob', 'fringe', 'knot') else 1))
        put('CLR', *lin(sc['cloth']), *lin(sc['cloth2']), sc['pattern'], sc['necky'], sc['neckv'])
        g = sc.get('glasses')
        if g:
            put('GLR', *lin(g['col'])); put('LENSR', .02, .02, .025, g['dark'])
            put('LENSLABEL', 1 if (lens_label or g['dark'] > .5) else 0)
        if sc.get('earring'):
            put('ERR', *lin(sc['earring']['col']))
        if sc.get('occ'):
            put('OCR', *lin(sc['occ']['skin'] if sc['occ']['kind'] == 'hand' else sc['occ']['col']))
        hc = self.pose(s, np.array([[0, 4., 0]], np.float32), np.ones(1))[0]
        put('HCX', *hc)
        bg = np.ascontiguousarray(background(sc['bg'], W, H) if behind is None else behind)
        rgb, lab, occ, dep, alpha = np.zeros((H, W, 3), np.uint8), np.zeros((H, W), np.uint8), np.zeros((H, W), np.uint8), np.zeros((H, W), np.float32), np.zeros((H, W), np.uint8)
        q = lambda a: a.ctypes.data_as(c_p)
        inp = _In(len(pos), q(pos), q(att), len(tri), q(tri), q(mat), len(spts), NP_STRAND, q(spts), q(swid), q(srn), q(skind), q(p), W, H, ss, q(bg), q(rgb), q(lab), q(occ), q(dep), 320, q(alpha))
        self.lib.sf_render(ctypes.byref(inp))

        def screen(Q):
            b = base(Q) * F
            return b @ M[:, :2].T + M[:, 2]
        ids = np.concatenate([self.L68, self.dense])
        dn = pos[ids]
        d2 = screen(dn)
        xi, yi = np.clip(d2[:, 0].astype(int), 0, W - 1), np.clip(d2[:, 1].astype(int), 0, H - 1)
        inside = (d2[:, 0] >= 0) & (d2[:, 0] < W) & (d2[:, 1] >= 0) & (d2[:, 1] < H)
        vis = inside & ((D - dn[:, 2]) < dep[yi, xi] + .7)
        roll = s['pose']['roll'] - np.degrees(np.arctan2(M[0, 1], M[0, 0]))
        pose = np.array([s['pose']['yaw'], s['pose']['pitch'], (roll + 180) % 360 - 180], np.float32)
        if degrade:
            rgb = degrade_image(rgb, s['deg'])
        return dict(rgb=rgb, label=lab, occ=occ, alpha=alpha, depth=dep, points=d2.astype(np.float32), visible=vis, pose=pose, align=M, F=F, neutral=neu, posed=pos[:self.n], outline=screen(pos[:6706]))

    def align(self, b68, cam, size):
        """FFHQ crop (as dlib/FFHQ preprocessing): returns a 2x3 matrix for base coordinates and the focal factor."""
        F = 1000.0
        P = b68 * F
        el, er = P[36:42].mean(0), P[42:48].mean(0)
        eye, e2e = (el + er) / 2, er - el
        mouth = (P[48] + P[54]) / 2
        e2m = mouth - eye
        x = e2e - np.array([-e2m[1], e2m[0]])
        x = x / np.hypot(*x) * max(np.hypot(*e2e) * 2.0, np.hypot(*e2m) * 1.8)
        c = eye + e2m * .1
        q = np.hypot(*x) * 2 / cam.get('scale', 1)
        ang = np.arctan2(x[1], x[0]) + np.radians(cam.get('rot', 0))
        k = size / q
        A = k * np.array([[np.cos(ang), np.sin(ang)], [-np.sin(ang), np.cos(ang)]])
        t = np.array([size / 2 + cam.get('dx', 0) * size, size / 2 + cam.get('dy', 0) * size]) - A @ c
        return np.c_[A, t], F

    # -------------------------------------------------------------- swaps
    def lock_camera(self, s):
        """Freeze the aligned crop of a scene, so that another face can be rendered in exactly the same frame."""
        if s['cam']['mode'] != 'aligned':
            return s['cam']
        v = self.pose(s, self.expressed(s, self.neutral(s))[self.L68], self.w_head[self.L68])
        z = s['cam']['dist'] - v[:, 2]
        M, F = self.align(np.stack([v[:, 0] / z, -v[:, 1] / z], 1), s['cam'], 1.0)
        return dict(mode='matrix', dist=s['cam']['dist'], M=M.tolist(), F=float(F))

    def swap_truth(self, src, tgt):
        """tgt with src's inner face: shape inside the face, skin, lips, brows, eyes, teeth; everything else of tgt."""
        t = copy.deepcopy(tgt)
        t['id'] = copy.deepcopy(src['id'])
        t['id']['haircol'] = tgt['id']['haircol']
        t['outer_shape'] = tgt['id']['shape']
        t['cam'] = self.lock_camera(tgt)
        t['expo_skin'] = tgt['id']['skin']
        return t

    def reenact(self, src, tgt):
        """src as a whole person with tgt's expression, pose, light and camera."""
        t = copy.deepcopy(src)
        for k in ('expr', 'pose', 'light', 'cam', 'deg'):
            t[k] = copy.deepcopy(tgt[k])
        return t


def background(seed, W, H):
    r = np.random.RandomState(seed)
    w, h = max(8, W // 3), max(8, H // 3)
    k = r.randint(6)
    sat = r.rand() ** 1.5 * .8
    c = []
    for _ in range(4):
        q = r.randint(10, 245, 3) * (.5 if r.rand() < .4 else 1)
        c.append(q.mean() + (q - q.mean()) * sat)
    yy, xx = np.mgrid[0:h, 0:w].astype(np.float32)
    t = (xx / w * np.cos(r.rand() * 6) + yy / h * np.sin(r.rand() * 6) + 1) / 2
    im = c[0] * (1 - t[..., None]) + c[1] * t[..., None]
    im = np.ascontiguousarray(im.clip(0, 255).astype(np.uint8))
    col = lambda: tuple(int(x) for x in np.clip(c[r.randint(4)] * r.uniform(.5, 1.3) + r.randn(3) * 8, 0, 255))
    if k in (1, 2):                                    # rooms: rectangles, shelves
        for _ in range(r.randint(8, 40)):
            x, y = r.randint(-20, w), r.randint(-20, h)
            cv2.rectangle(im, (x, y), (x + r.randint(4, w // 2), y + r.randint(4, h // 2)), col(), -1)
    elif k == 3:                                       # foliage
        for _ in range(220):
            cv2.ellipse(im, (r.randint(w), r.randint(h)), (r.randint(2, max(3, w // 12)), r.randint(2, max(3, w // 20))), r.randint(360), 0, 360, col(), -1)
    elif k == 4:                                       # lights
        im = (im * .35).astype(np.uint8)
        for _ in range(30):
            cv2.circle(im, (r.randint(w), r.randint(h)), r.randint(2, max(3, w // 16)), tuple(int(x) for x in np.clip(np.array(col()) + 90, 0, 255)), -1)
    elif k == 5:
        for s in (4, 8, 16):
            n = cv2.resize(r.randn(s, s, 3).astype(np.float32), (w, h), interpolation=cv2.INTER_CUBIC)
            n = n.mean(2, keepdims=True) + (n - n.mean(2, keepdims=True)) * sat
            im = np.clip(im + n * 60 / np.sqrt(s), 0, 255).astype(np.uint8)
    b = w * r.uniform(.004, .05)
    im = cv2.GaussianBlur(im, (0, 0), max(.5, b))
    im = cv2.resize(im, (W, H), interpolation=cv2.INTER_LINEAR)
    return im


def degrade_image(im, d):
    if d['blur'] > .05:
        im = cv2.GaussianBlur(im, (0, 0), d['blur'])
    if d['noise'] > .1:
        cv2.setRNGSeed(d['seed'])
        n = cv2.randn(np.zeros(im.shape, np.int16), (0, 0, 0), (d['noise'] * .45,) * 3) + cv2.randn(np.zeros(im.shape[:2], np.int16), 0, d['noise'])[..., None]
        im = np.clip(im + n, 0, 255).astype(np.uint8)
    if d['jpeg']:
        im = cv2.imdecode(cv2.imencode('.jpg', im, [cv2.IMWRITE_JPEG_QUALITY, d['jpeg']])[1], 1)
    return im


PALETTE = np.array([[0, 0, 0], [220, 60, 70], [110, 70, 30], [60, 120, 230], [150, 90, 200], [250, 160, 60], [245, 205, 170], [230, 120, 170], [200, 180, 90], [255, 255, 255], [60, 220, 220], [255, 230, 0]], np.uint8)


def sheet(ims, cols):
    h, w = ims[0].shape[:2]
    rows = -(-len(ims) // cols)
    o = np.zeros((rows * h, cols * w, 3), np.uint8)
    for i, m in enumerate(ims):
        o[i // cols * h:i // cols * h + h, i % cols * w:i % cols * w + w] = m
    return o
