"""The C++ renderer in core/: built into build/ on first use, called through ctypes."""
import ctypes
import glob
import os
import re
import subprocess

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
POINTS = 12  # points of a strand
SHADOW_SIDE = 320
FACE, HEAD, SOCK, ESOCK, GUMS, TEETH, SCLERA, CLOTH, GLASS, LENS, EARRING, HAND, OBJECT, BUN, HAT = range(15)
ATTRIBUTES = 11
_p, _i = ctypes.c_void_p, ctypes.c_int


class _Scene(ctypes.Structure):
    _fields_ = [('nV', _i), ('pos', _p), ('att', _p), ('nT', _i), ('tri', _p), ('mat', _p), ('nS', _i), ('nP', _i), ('spts', _p),
                ('swid', _p), ('srnd', _p), ('skind', _p), ('prm', _p), ('W', _i), ('H', _i), ('SS', _i), ('bg', _p), ('rgb', _p),
                ('label', _p), ('occ', _p), ('depth', _p), ('smres', _i), ('alpha', _p), ('next', _p), ('flow', _p)]


def _address(array):
    return array.ctypes.data_as(_p)


def _library():
    """Builds when a source is newer; several processes may do so at once (each builds its own file and renames it)."""
    sources = glob.glob(os.path.join(HERE, 'core', '*'))
    built = os.path.join(HERE, 'build', 'render.so')
    if not os.path.exists(built) or os.path.getmtime(built) < max(map(os.path.getmtime, sources)):
        os.makedirs(os.path.dirname(built), exist_ok=True)
        part = f'{built}.{os.getpid()}'
        subprocess.check_call(['g++', '-O3', '-march=native', '-ffast-math', '-shared', '-fPIC', '-std=c++17', '-o', part,
                               *(s for s in sources if s.endswith('.cpp'))])
        os.replace(part, built)
    return ctypes.CDLL(built)


def _slot_numbers():
    """Parameter names as core/scene.h lists them."""
    with open(os.path.join(HERE, 'core', 'scene.h')) as f:
        body = re.search(r'enum P \{(.*?)P_N \};', f.read(), re.S).group(1)
    names = [n.strip()[2:] for n in re.sub(r'//.*', '', body).split(',') if n.strip()]
    return {n: i for i, n in enumerate(names)}


LIB = _library()
SLOTS = _slot_numbers()
if LIB.sf_nparam() != len(SLOTS):
    raise SystemExit(f'core/scene.h lists {len(SLOTS)} parameters, the library has {LIB.sf_nparam()}: delete build/')


def draw(positions, attributes, triangles, materials, strands, parameters, behind, samples=2, following=None):
    """Pixels of a scene. `strands`: (points [n,12,3], widths [n], random [n,2], kinds [n]). `behind`: uint8 [H,W,3].

    `following`: pixels [vertices + strand points, 2] in the next frame. Returns rgb, label, occ (held in front, 0…255), alpha (coverage
    0…255) uint8, depth float32 (1e9 where nothing is), with `following` flow float32 [H,W,2] (NaN there).
    """
    height, width = behind.shape[:2]
    held = [np.ascontiguousarray(positions, np.float32), np.ascontiguousarray(attributes, np.float32),
            np.ascontiguousarray(triangles, np.int32), np.ascontiguousarray(materials, np.uint8),
            np.ascontiguousarray(strands[0], np.float32), np.ascontiguousarray(strands[1], np.float32),
            np.ascontiguousarray(strands[2], np.float32), np.ascontiguousarray(strands[3], np.uint8),
            np.ascontiguousarray(parameters, np.float32), np.ascontiguousarray(behind, np.uint8)]
    pos, att, tri, mat, points, widths, random, kinds, prm, bg = map(_address, held)
    out = dict(rgb=np.zeros((height, width, 3), np.uint8), depth=np.zeros((height, width), np.float32),
               **{k: np.zeros((height, width), np.uint8) for k in ('label', 'occ', 'alpha')})
    moves = following is not None
    if moves:
        following = np.ascontiguousarray(following, np.float32)
        out['flow'] = np.zeros((height, width, 2), np.float32)
    scene = _Scene(len(held[0]), pos, att, len(held[2]), tri, mat, len(held[4]), POINTS, points, widths, random, kinds, prm, width, height,
                   samples, bg, *(_address(out[k]) for k in ('rgb', 'label', 'occ', 'depth')), SHADOW_SIDE, _address(out['alpha']),
                   _address(following) if moves else None, _address(out['flow']) if moves else None)
    LIB.sf_render(ctypes.byref(scene))
    if moves:
        out['flow'][out['flow'] < -9000] = np.nan
    return out


def grow(roots, normals, random, radii, centre, style):
    """Strand points [n,12,3] from roots [n,3]; `radii` [28,48] is the radial map of the head about `centre`."""
    args = [np.ascontiguousarray(a, np.float32) for a in (roots, normals, random, radii, centre, style)]
    out = np.zeros((len(roots), POINTS, 3), np.float32)
    r, n, q, m, c, h = map(_address, args)
    LIB.sf_hair(len(roots), POINTS, r, n, q, m, radii.shape[1], radii.shape[0], c, h, _address(out))
    return out
