"""Swaps whose answer is exact: groups of a scene exchanged between two people."""
import copy

from camera import ffhq_crop, on_plane


def lock_camera(world, scene):
    """The aligned crop of a scene, frozen, so that another face can be drawn in exactly the same frame."""
    cam = scene['cam']
    if cam['mode'] != 'aligned':
        return cam
    ids = world.model.landmarks68
    points = world.posed(scene, world.expressed(scene)[ids], world.model.with_head[ids])
    matrix, focal = ffhq_crop(on_plane(points, cam['dist']), cam, 1.0)
    return dict(mode='matrix', dist=cam['dist'], M=matrix.tolist(), F=float(focal))


def swap_truth(world, source, target):
    """The target with the source's inner face: its shape there, skin, lips, brows, eyes, teeth; all else is the target's."""
    truth = copy.deepcopy(target)
    truth['id'] = copy.deepcopy(source['id'])
    truth['id']['haircol'] = target['id']['haircol']
    truth['outer_shape'] = target['id']['shape']
    truth['cam'] = lock_camera(world, target)
    truth['expo_skin'] = target['id']['skin']
    return truth


def reenact(source, target):
    """The source as a whole person with the target's expression, pose, light and camera."""
    out = copy.deepcopy(source)
    for group in ('expr', 'pose', 'light', 'cam', 'deg'):
        out[group] = copy.deepcopy(target[group])
    return out
