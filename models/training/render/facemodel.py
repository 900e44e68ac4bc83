"""The morphable head and what the renderer needs of it: triangles, signed distances, hair roots, loops."""
import os

import numpy as np

from maths import smooth_step
from native import ATTRIBUTES, HEAD, SCLERA

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.path.normpath(os.path.join(HERE, *['..'] * 4, 'shared', 'facemodel'))
MODES = 40  # identity modes in use; the landmark network's basis has the same
ROOTS = 14000
PIVOT = np.array([0, -8.0, -2.5])


class FaceModel:
    """Arrays of facemodel/ (its README has shapes and numbering) without the back of the eyeballs."""

    def __init__(self, folder=None):
        folder = folder or os.environ.get('FACET_FACEMODEL') or FOLDER
        if not os.path.exists(os.path.join(folder, 'ict_facekit_light.npz')):
            raise SystemExit(f'{folder}: the head model is not there; say where it is with FACET_FACEMODEL')
        d = np.load(os.path.join(folder, 'ict_facekit_light.npz'), allow_pickle=True)
        g = np.load(os.path.join(folder, 'e4s_regions.npz'), allow_pickle=True)
        self.mean = m = d['mean'].astype(np.float32)
        self.count = len(m)
        self.identity = d['identity'][:MODES].astype(np.float32).reshape(MODES, -1)
        self.expression = d['expression'].astype(np.float32)
        self.expression_names = [str(x) for x in d['expression_names']]
        self.landmarks68, self.dense = g['landmarks68'], g['dense']
        self.points = np.concatenate([self.landmarks68, self.dense])
        self.triangles, self.parts = g['triangles'], g['tri_part']
        keep = ~((self.parts == SCLERA) & (m[self.triangles].mean(1)[:, 2] < 7.4))
        self.triangles, self.parts = self.triangles[keep], self.parts[keep]
        self.attributes = np.zeros((self.count, ATTRIBUTES), np.float32)
        self.attributes[:, :3] = m
        for j, name in enumerate(['sd_lip', 'sd_nose', 'sd_hair', 'sd_ear', 'sd_neck', 'eye_dist', 'ao']):
            self.attributes[:, 3 + j] = g[name]
        self.with_head = smooth_step(-15.5, -5.0, m[:, 1] + .42 * np.maximum(0, m[:, 2] - 1.5)).astype(np.float32)
        self.inner_face = self._inner_face(g['sd_ear'].astype(np.float32))
        self.eye_loops = [g['loop_eyeL'], g['loop_eyeR']]
        neck = g['loop_neck']
        self.neck_loop = neck[np.argsort(np.arctan2(m[neck, 0], m[neck, 2] + .5))]
        self.lobes = [int(np.argmin(np.linalg.norm(m - [s * 7.6, -2.2, 1.6], axis=1))) for s in (1, -1)]
        self._scalp()

    def _inner_face(self, ear):
        """1 where a swapped face has the source's shape, 0 at ears, scalp and neck."""
        m = self.mean
        inner = smooth_step(-1.0, 3.2, m[:, 2] - .25 * np.maximum(0, m[:, 1] - 7)) * smooth_step(11.6, 8.6, m[:, 1]) * \
            smooth_step(-9.8, -8.2, m[:, 1])
        inner[11248:] = 1
        return (inner * (1 - smooth_step(-.8, .1, ear))).astype(np.float32)

    def _scalp(self):
        """Hair roots as triangle + barycentric weights; triangles for the radial map; triangles under a hat."""
        rng = np.random.RandomState(5)
        m, att = self.mean, self.attributes
        skin = self.triangles[self.parts <= HEAD]
        t = skin[(att[skin][:, :, 5].mean(1) > -1.0) & (att[skin][:, :, 6].max(1) < .05)]
        area = np.linalg.norm(np.cross(m[t[:, 1]] - m[t[:, 0]], m[t[:, 2]] - m[t[:, 0]]), axis=1)
        chosen = rng.choice(len(t), ROOTS, p=area / area.sum())
        r1, r2 = np.sqrt(rng.rand(ROOTS)), rng.rand(ROOTS)
        self.root_triangles, self.root_weights = t[chosen], np.stack([1 - r1, r1 * (1 - r2), r1 * r2], 1).astype(np.float32)
        self.root_inside = (att[self.root_triangles][:, :, 5] * self.root_weights).sum(1)  # cm inside the hair line
        self.root_height = (m[self.root_triangles] * self.root_weights[:, :, None]).sum(1)[:, 1]
        self.root_random = rng.rand(ROOTS, 4).astype(np.float32)
        sample = skin[rng.choice(len(skin), 9000)]
        self.radial_triangles = sample[m[sample][:, :, 1].min(1) > -11]
        self.hat_triangles = skin[(att[skin][:, :, 5].min(1) > -2.6) & (att[skin][:, :, 6].max(1) < -.2) & (m[skin][:, :, 1].min(1) > 2.5)]
