"""Scenes and pictures of them.

    world = World()
    scene = world.sample(rng)              # a plain dict of numbers; the same dict gives the same picture
    r = world.render(scene, 256, 256)      # r['rgb'], r['label'], r['points'], …
"""
import copy

import numpy as np

from acting import expression_vector, sample_expression, sample_pose
from backgrounds import background
from camera import on_plane, pixels_of, turned
from facemodel import PIVOT, FaceModel
from hair import grow_hair, lashes
from held import held
from lens import sample_lens, through_lens
from maths import rot, smooth_step
from native import ATTRIBUTES, draw
from parameters import fill
from people import sample_hair, sample_identity
from props import bun_prop, earrings, glasses, hat, torso
from setting import sample_light, sample_things

LASH_WIDTH = .045


class World:
    """The head model with what is kept between pictures of one person."""

    def __init__(self, facemodel=None):
        self.model = FaceModel(facemodel)
        self._heads, self._hair = {}, None

    def sample(self, rng):
        """A random scene at the FFHQ crop."""
        person = sample_identity(rng)
        return dict(id=person, hair=sample_hair(rng, person), expr=sample_expression(rng, self.model.expression_names),
                    pose=sample_pose(rng), light=sample_light(rng), scene=sample_things(rng), deg=sample_lens(rng),
                    cam=dict(mode='aligned', dist=float(rng.uniform(55, 150)), scale=float(np.exp(rng.randn() * .05)),
                             dx=float(rng.randn() * .015), dy=float(rng.randn() * .015), rot=float(rng.randn() * 2)))

    def neutral(self, scene):
        """Head of the person without expression; in a swap the source's face within the target's head."""
        outer = scene.get('outer_shape')
        key = (tuple(scene['id']['shape']), tuple(outer or ()))
        if key not in self._heads:
            if len(self._heads) > 8:
                self._heads.clear()
            offset = self._offset(scene['id']['shape'])
            if outer:
                around = self._offset(outer)
                offset = around + (offset - around) * self.model.inner_face[:, None]
            self._heads[key] = self.model.mean + offset
        return self._heads[key]

    def _offset(self, shape):
        return (np.asarray(shape, np.float32) @ self.model.identity).reshape(-1, 3)

    def expression_vector(self, scene):
        return expression_vector(scene['expr'], self.model.expression_names)

    def expressed(self, scene):
        """Vertices with the expression, head not turned."""
        vertices = self.neutral(scene).copy()
        for weight, offsets in zip(self.expression_vector(scene), self.model.expression):
            if abs(weight) > 1e-3:
                vertices += weight * offsets
        return vertices

    @staticmethod
    def posed(scene, points, head=None):
        """Points turned with the head (weight 1), the torso (0) or in between, and moved."""
        p = scene['pose']
        with_head, with_torso = rot(p['yaw'], p['pitch'], p['roll']), rot(p['torso'] * .5 + p['yaw'] * .2, 0, 0)
        a = np.asarray(points, np.float32) - PIVOT.astype(np.float32)
        w = np.ones((len(a), 1), np.float32) if head is None else np.asarray(head, np.float32)[..., None]
        low = a @ with_torso.T.astype(np.float32)
        return low + w * (a @ with_head.T.astype(np.float32) - low) + (PIVOT + np.asarray(p.get('t', [0, 0, 0]))).astype(np.float32)

    def hair(self, scene, detail):
        """Strands in neutral head space; kept for the next picture of the same person."""
        head = self.neutral(dict(id=dict(shape=scene['outer_shape']))) if scene.get('outer_shape') else self.neutral(scene)
        key = (scene['hair'], bool(scene['scene'].get('hat')), detail)
        if self._hair is None or self._hair[0] is not head or self._hair[1] != key:
            self._hair = (head, copy.deepcopy(key), grow_hair(self.model, scene['hair'], head, scene['scene'].get('hat'), detail))
        return self._hair[2]

    def _strands(self, scene, vertices, detail):
        points, widths, random, bun = self.hair(scene, detail)
        lid = lashes(self.model, vertices, scene['id']['lashes'])
        # long hair bends with the neck
        height = points[:, :, 1] + .42 * np.maximum(0, points[:, :, 2] - 1.5)
        moved = self.posed(scene, points.reshape(-1, 3), (.35 + .65 * smooth_step(-24, -4, height)).reshape(-1)).reshape(points.shape)
        lid = self.posed(scene, lid.reshape(-1, 3)).reshape(lid.shape)
        return (np.concatenate([moved, lid]), np.concatenate([widths, np.full(len(lid), LASH_WIDTH, np.float32)]),
                np.concatenate([random, np.full((len(lid), 2), .5, np.float32)]), np.r_[np.zeros(len(points)), np.ones(len(lid))]), bun

    def _props(self, scene, vertices, bun):
        things = scene['scene']
        out = torso(self.model, vertices, things['shoulders']) + bun_prop(bun)
        for name, make in (('glasses', glasses), ('earring', earrings), ('hat', hat)):
            if things.get(name):
                out += make(self.model, vertices, things[name])
        return out + (held(things['occ']) if things.get('occ') else [])

    def _mesh(self, scene, vertices, props):
        """Posed positions, attributes, triangles and materials of head and props."""
        model = self.model
        attributes = model.attributes.copy()
        attributes[:, 10] = vertices[:, 1]
        positions, attributes = [self.posed(scene, vertices, model.with_head)], [attributes]
        triangles, materials, n = [model.triangles], [model.parts], model.count
        for prop in props:
            positions.append(self.posed(scene, prop.vertices, prop.head))
            a = np.zeros((len(prop.vertices), ATTRIBUTES), np.float32)
            a[:, :3], a[:, 3], a[:, 4] = prop.vertices, prop.a3, prop.a4
            attributes.append(a)
            triangles.append(np.asarray(prop.triangles) + n)
            materials.append(np.full(len(prop.triangles), prop.material, np.uint8))
            n += len(prop.vertices)
        return [np.concatenate(x) for x in (positions, attributes, triangles, materials)]

    def _surfaces(self, scene, detail):
        """(mesh arrays, strand arrays, unposed vertices) of a scene."""
        vertices = self.expressed(scene)
        strands, bun = self._strands(scene, vertices, detail)
        return self._mesh(scene, vertices, self._props(scene, vertices, bun)), strands, vertices

    def render(self, scene, width=256, height=256, degrade=True, lens_label=False, behind=None, detail=1.0, following=None):
        """Picture and truth: rgb, label, occ, alpha, depth, points [198,2] (68 then 130), visible [198], pose (yaw, pitch and the
        picture's roll, degrees), matrix, posed (vertices); with `following` flow [H,W,2] in pixels.

        `behind`: a picture instead of the seeded background; `lens_label`: clear lenses are 10 too; `detail`: of the hair;
        `following`: the same people and things a frame later.
        """
        mesh, strands, vertices = self._surfaces(scene, detail)
        posed = mesh[0][:self.model.count]
        matrix, focal = pixels_of(scene['cam'], posed[self.model.landmarks68], width, height)
        l = vertices[self.model.landmarks68]
        lids = [l[i, 1].mean() for i in ([43, 44], [46, 47], [37, 38], [40, 41])]
        parameters = fill(scene, matrix, focal, lids, self.posed(scene, np.array([[0, 4., 0]]))[0], lens_label)

        def screen(points):
            return (on_plane(points, scene['cam']['dist']) * focal @ matrix[:, :2].T + matrix[:, 2]).astype(np.float32)
        later = None
        if following is not None:
            next_mesh, next_strands, _ = self._surfaces(following, detail)
            later = screen(np.concatenate([next_mesh[0], next_strands[0].reshape(-1, 3)]))
        behind = background(scene['scene']['bg'], width, height) if behind is None else behind
        r = draw(*mesh, strands, parameters, behind, following=later)
        if degrade:
            r['rgb'] = through_lens(r['rgb'], scene['deg'])
        marks = posed[self.model.points]
        at = screen(marks)
        roll = (scene['pose']['roll'] + turned(matrix) + 180) % 360 - 180
        return dict(r, points=at, visible=in_sight(at, scene['cam']['dist'] - marks[:, 2], r['depth']), matrix=matrix, posed=posed,
                    pose=np.array([scene['pose']['yaw'], scene['pose']['pitch'], roll], np.float32))


def in_sight(at, depth_of, depth):
    """Which points lie in the picture and not behind anything (7 mm of slack)."""
    h, w = depth.shape
    x, y = np.clip(at[:, 0].astype(int), 0, w - 1), np.clip(at[:, 1].astype(int), 0, h - 1)
    inside = (at[:, 0] >= 0) & (at[:, 0] < w) & (at[:, 1] >= 0) & (at[:, 1] < h)
    return inside & (depth_of < depth[y, x] + .7)
