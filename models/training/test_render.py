"""The renderer's promises. Run: python3 -m unittest models/training/test_render.py (needs the head model)."""
import os
import sys
import unittest

import numpy as np

sys.path[:0] = [os.path.dirname(os.path.abspath(__file__)), os.path.join(os.path.dirname(os.path.abspath(__file__)), 'render')]
import data  # noqa: E402
from camera import turned  # noqa: E402
from world import World  # noqa: E402


class RenderTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = World()

    def test_same_seed_same_picture(self):
        a, b = data.render_single(self.world, 9100001), data.render_single(self.world, 9100001)
        for name in a:
            self.assertTrue(np.array_equal(a[name], b[name]), name)

    def test_two_pictures_of_a_pair_of_seeds_show_one_person(self):
        a, b = data.single_scene(self.world, 9100002), data.single_scene(self.world, 9100003)
        self.assertEqual(a['id'], b['id'])
        self.assertNotEqual(a['light'], b['light'])

    def test_arrays_have_the_shapes_that_trainers_read(self):
        item = data.render_single(self.world, 9100004)
        self.assertEqual(item['points'].shape, (198, 2))
        self.assertEqual(item['expression'].shape, (57,))
        self.assertEqual(item['identity'].shape, (40,))
        self.assertLessEqual(item['label'].max(), 11)
        self.assertTrue((item['label'] == 6).any())
        self.assertTrue(((item['occ'] > 0) <= (item['alpha'] > 0)).all())

    def test_points_follow_basis_and_pose(self):
        """What the landmark network learns (mean + identity + expression, turned) is what was drawn."""
        scene = data.single_scene(self.world, 9100006)
        model, item = self.world.model, data.render_single(self.world, 9100006)
        ids = model.points
        shape = model.mean[ids] + np.tensordot(item['identity'], model.identity.reshape(len(model.identity), -1, 3)[:, ids], 1) + \
            np.tensordot(item['expression'], model.expression[:, ids], 1)
        self.assertLess(np.abs(shape - self.world.expressed(scene)[ids]).max(), 1e-2)

    def test_roll_of_the_picture_is_reported(self):
        scene = data.single_scene(self.world, 9100008)
        scene['pose'].update(yaw=0, pitch=0, roll=0)
        scene['cam']['rot'] = 20
        r = self.world.render(scene)
        self.assertAlmostEqual(float(r['pose'][2]), turned(r['matrix']), places=3)
        eyes = r['points'][42:48].mean(0) - r['points'][36:42].mean(0)
        self.assertAlmostEqual(float(np.degrees(np.arctan2(eyes[1], eyes[0]))), float(r['pose'][2]), delta=4)

    def test_flow_moves_points_where_they_are_next(self):
        scene = data.single_scene(self.world, 9100010)
        scene.update(cam=dict(mode='fixed', dist=110., f=2.4, cx=.5, cy=.5))
        scene['scene'].update(occ=None, glasses=None, hat=None)
        scene['pose'].update(yaw=5, pitch=0, roll=0)
        later = dict(scene, pose=dict(scene['pose'], yaw=9, pitch=2, t=[1, 0, 0]))
        now, then = self.world.render(scene, following=later), self.world.render(later)
        seen = now['visible'] & then['visible']
        x, y = now['points'][seen].astype(int).T
        moved = now['flow'][y, x] - (then['points'] - now['points'])[seen]
        self.assertGreater(seen.sum(), 60)
        self.assertLess(np.median(np.abs(moved)), .25)  # a pixel's centre is up to half a pixel from the point
        self.assertTrue(np.isnan(now['flow'][now['alpha'] == 0]).all())

    def test_a_swap_leaves_what_is_not_face(self):
        pair = data.render_pair(self.world, 9_000_000 + data.PAIR_SEED)
        outside = np.isin(pair['t_label'], (0, 4)) & np.isin(pair['d_label'], (0, 4))
        changed = (np.abs(pair['t_rgb'].astype(int) - pair['d_rgb']).max(2) > 24) & outside
        self.assertLess(changed.sum() / outside.sum(), .04)  # soft shadows, strands at the border


if __name__ == '__main__':
    unittest.main()
