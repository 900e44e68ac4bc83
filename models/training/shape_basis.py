"""The shape model at the 198 points: mean, 40 identity modes, 57 expression shapes, in cm; as a file for the pipeline.

    python3 models/training/shape_basis.py [--facemodel DIR] [--out models/mini/shape_basis.safetensors]
"""
import argparse
import os

import numpy as np

from tensors_file import write_safetensors

HERE = os.path.dirname(os.path.abspath(__file__))
FACEMODEL = os.path.join(HERE, '..', '..', '..', 'shared', 'facemodel')
IDENTITIES = 40
EXPRESSION_NAMES = [
    'PupilDilate_L', 'PupilDilate_R', 'browDown_L', 'browDown_R', 'browInnerUp_L', 'browInnerUp_R', 'browOuterUp_L',
    'browOuterUp_R', 'cheekPuff_L', 'cheekPuff_R', 'cheekRaiser_L', 'cheekRaiser_R', 'cheekSquint_L', 'cheekSquint_R',
    'eyeBlink_L', 'eyeBlink_R', 'eyeLookDown_L', 'eyeLookDown_R', 'eyeLookIn_L', 'eyeLookIn_R', 'eyeLookOut_L',
    'eyeLookOut_R', 'eyeLookUp_L', 'eyeLookUp_R', 'eyeSquint_L', 'eyeSquint_R', 'eyeWide_L', 'eyeWide_R', 'jawForward',
    'jawLeft', 'jawOpen', 'jawRight', 'mouthClose', 'mouthDimple_L', 'mouthDimple_R', 'mouthFrown_L', 'mouthFrown_R',
    'mouthFunnel', 'mouthLeft', 'mouthLowerDown_L', 'mouthLowerDown_R', 'mouthPress_L', 'mouthPress_R', 'mouthPucker',
    'mouthRight', 'mouthRollLower', 'mouthRollUpper', 'mouthShrugLower', 'mouthShrugUpper', 'mouthSmile_L', 'mouthSmile_R',
    'mouthStretch_L', 'mouthStretch_R', 'mouthUpperUp_L', 'mouthUpperUp_R', 'noseSneer_L', 'noseSneer_R']


def load_basis(folder=None):
    """mean [198,3], identity [40,198,3], expression [57,198,3]: float32, cm, x to the subject's left, y up, z to the viewer."""
    folder = folder or os.environ.get('FACET_FACEMODEL') or FACEMODEL
    head = np.load(os.path.join(folder, 'ict_facekit_light.npz'), allow_pickle=True)
    regions = np.load(os.path.join(folder, 'e4s_regions.npz'), allow_pickle=True)
    if [str(n) for n in head['expression_names']] != EXPRESSION_NAMES:
        raise ValueError('the expression shapes of the head model have another order')
    at = np.concatenate([regions['landmarks68'], regions['dense']])
    return [np.ascontiguousarray(v, np.float32) for v in
            (head['mean'][at], head['identity'][:IDENTITIES][:, at], head['expression'][:, at])]


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument('--facemodel', help='default: FACET_FACEMODEL, or ../shared/facemodel beside the repository')
    arguments.add_argument('--out', default=os.path.join(HERE, '..', 'mini', 'shape_basis.safetensors'))
    a = arguments.parse_args()
    mean, identity, expression = load_basis(a.facemodel)
    write_safetensors(a.out, {'mean': mean, 'identity': identity, 'expression': expression}, {
        'source': 'ICT-FaceKit light model, MIT, Copyright (c) 2020 USC Institute for Creative Technologies',
        'unit': 'cm; x to the subject\'s left, y up, z to the viewer', 'expressions': ','.join(EXPRESSION_NAMES)})


if __name__ == '__main__':
    main()
