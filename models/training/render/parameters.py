"""Numbers of a scene in the order of core/scene.h."""
import numpy as np

from maths import lin
from native import SLOTS

EYE_CENTRE, SCLERA, MOUTH_FRONT = (3.094, 3.614, 7.995), (.66, .63, .60), 10.9
SCALP = {'bald': 0.0, 'buzz': .8}


class Parameters:
    """The parameter array; `set(name, *values)` writes from the named slot on."""

    def __init__(self):
        self.values = np.zeros(len(SLOTS), np.float32)

    def set(self, name, *values):
        at = SLOTS[name]
        self.values[at:at + len(values)] = values


def fill(scene, matrix, focal, lids, head_centre, lens_label):
    """`lids`: heights of the lids, left top, left bottom, right top, right bottom; `head_centre`: posed."""
    p = Parameters()
    L, I, h, things = scene['light'], scene['id'], scene['hair'], scene['scene']
    p.set('D', scene['cam']['dist'])
    p.set('F', focal)
    p.set('A00', matrix[0, 0], matrix[0, 1], matrix[1, 0], matrix[1, 1], matrix[0, 2], matrix[1, 2])
    p.set('KDX', *L['kd'], *L['k'], *L['fd'], *L['f'], *L['rd'], *L['r'], *L['up'], *L['dn'], L['ambx'])
    p.set('EXPO', exposure(scene))
    p.set('SHADOW', L['shadow'])
    p.set('SKR', *lin(I['skin']), I['blush'], I['freckles'], I['mottle'], I['pore'], I['oil'], I['undereye'], I['stubble'], I['beard'],
          I['wrinkle'], I['seed'], 1.0)
    p.set('LIPR', *lin(I['lip']), I['lipmix'], I['lipgloss'], *lin(I['brow']), I['brow_dens'], I['brow_th'], I['brow_arch'], I['brow_y'],
          I['brow_len'], *lin(I['shadow']), I['shadowmix'], I['liner'])
    p.set('IRR', *lin(I['iris']), *lin(I['iris2']), I['pupil'], I['irisr'], *SCLERA)
    p.set('LTL', *lids)
    p.set('ECLX', *EYE_CENTRE, *lin(I['teeth']), MOUTH_FRONT)
    p.set('HAR', *lin(h['col']), *lin(h['tip']), h['var'], h['spec'], SCALP.get(h['style'], 1.0),
          h['line'] * (.4 if h['style'] in ('long', 'bob', 'fringe', 'knot') else 1))
    p.set('CLR', *lin(things['cloth']), *lin(things['cloth2']), things['pattern'], things['necky'], things['neckv'])
    p.set('HCX', *head_centre)
    if things.get('glasses'):
        g = things['glasses']
        p.set('GLR', *lin(g['col']), .02, .02, .025, g['dark'])
        p.set('LENSLABEL', 1 if lens_label or g['dark'] > .5 else 0)
    if things.get('earring'):
        p.set('ERR', *lin(things['earring']['col']))
    if things.get('occ'):
        p.set('OCR', *lin(things['occ']['skin' if things['occ']['kind'] == 'hand' else 'col']))
    if things.get('hat'):
        p.set('HTR', *lin(things['hat']['col']), 1 if things['hat']['kind'] == 'beanie' else 0)
    return p.values


def exposure(scene):
    """As a camera meters: by the light (`expo_light` holds it still in a clip) and a little by the skin (`expo_skin` in swaps)."""
    e = scene.get('expo_light', scene['light'])
    total = .55 * np.mean(e['k']) * max(.3, e['kd'][2]) + np.mean(e['up']) * .5 + np.mean(e['dn']) * .4 + .3 * np.mean(e['f'])
    skin = lin(scene.get('expo_skin', scene['id']['skin']))
    return scene['light']['expo'] * (.54 / total) ** .8 * (.42 / max(.08, skin.mean())) ** .18
