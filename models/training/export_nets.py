"""Writes detector, landmarks, refiner and parser as ONNX (opset 17) and enters them in models/mini.json.

    python3 models/training/export_nets.py --run OUT [--models models] [--only parser]

OUT holds NAME.pt of the trainers. Batch norms are folded; sigmoids, softmax and the last enlargement are in the graph.
OUT/check/NAME holds an input and torch's outputs (little-endian float32) for check_nets.ts, which compares and times.
"""
import argparse
import hashlib
import json
import os

import numpy as np
import torch
import torch.nn as nn

import landmarks as landmarks_training
from refine_identity import RefinedShape
from refiner_net import SIDES, Refiner
from small_nets import EXPRESSIONS, IDENTITIES, LABELS, PARTS, POINTS, Detector, Landmarks, Parser, up

HERE = os.path.dirname(os.path.abspath(__file__))
LICENCE = 'MIT (trained on renders of ICT-FaceKit, MIT, Copyright (c) 2020 USC Institute for Creative Technologies)'


class OfPicture(nn.Module):
    """A graph of one picture [1,3,H,W], H and W as `size` says."""

    inputs, dynamic = ['image'], {}

    def example(self):
        h, w = self.size
        return (picture(1, h, w),)


def picture(count, h, w):
    return nn.functional.interpolate(torch.rand(count, 3, h // 8, w // 8), (h, w), mode='bicubic') * 2 - 1


class DetectorGraph(OfPicture):
    names = [f'{kind}_{s}' for s in Detector.strides for kind in ('score', 'bbox', 'kps')]
    size = (192, 320)
    dynamic = {'image': {2: 'height', 3: 'width'}, **dict(zip(names, [{1: f'cells_{s}'} for s in Detector.strides for _ in range(3)]))}

    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, image):
        out = []
        for y in self.net(image):
            y = y.reshape(1, 15, -1).transpose(1, 2)
            out += [y[..., :1].sigmoid(), y[..., 1:5], y[..., 5:]]
        return tuple(out)


class LandmarksGraph(OfPicture):
    """With `shape`, a state of `RefinedShape`, identity is what the points correct it to."""

    names = ['points', 'visibility', 'pose', 'identity', 'expression', 'presence', 'embedding']
    size = (landmarks_training.SIZE,) * 2

    def __init__(self, net, shape=None):
        super().__init__()
        self.refined = RefinedShape() if shape else None
        if shape:
            self.refined.load_state_dict(shape)
        linear, norm = net.whole[0], net.whole[1]
        net.whole = nn.Sequential(torch.nn.utils.fusion.fuse_linear_bn_eval(linear, norm), nn.ReLU())
        self.net = net

    def forward(self, image):
        y = self.net(image)
        return (y['points'], y['visibility'].sigmoid(), y['pose'] * landmarks_training.DEGREES, self.refined(y) if self.refined else y['identity'],
                y['expression'].clamp(0, 1), y['presence'].sigmoid(), y['embedding'])


class ParserGraph(OfPicture):
    """Softmax by hand: onnxruntime's over 12 channels took three quarters of the time. Rows below the crop may follow."""

    names = ['probabilities']
    size, dynamic = (256, 256), {'image': {2: 'rows'}, 'probabilities': {2: 'rows'}}

    def __init__(self, net, side=256):
        super().__init__()
        self.net, self.times = net, 256 // side

    def forward(self, image):
        if self.times > 1:
            image = nn.functional.avg_pool2d(image, self.times)
        z = self.net(image).clamp(-40, 40).exp()
        total = nn.functional.conv2d(z, torch.ones(1, LABELS, 1, 1))
        return (up(z / total, self.times) if self.times > 1 else z / total,)


class RefinerGraph(nn.Module):
    """Patches of the parts, where they lie, and what the landmark net tells -> the same told better. Places in px of the FFHQ crop."""

    names, size, dynamic = ['points', 'identity', 'expression', 'pose'], (PARTS['eye'].size,) * 2, {}
    told = ['points', 'visibility', 'identity', 'expression', 'pose']
    inputs = [*PARTS, 'centres', *(f'told_{name}' for name in told)]

    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, *given):
        told = dict(zip([*PARTS, 'centres', *self.told], given))
        for name, look in self.net.looks.items():
            told.update({f'{name}_{k}': v[None] for k, v in look(told[name]).items()})
            first = [k for k, (n, _) in enumerate(SIDES) if n == name]
            told[f'{name}_centre'] = told['centres'][None, first[0]:first[-1] + 1]
        points, identity, expression, pose = self.net.head(told)
        return points, identity, expression.clamp(0, 1), pose

    def example(self):
        patches = [picture(1 + part.sided, part.size, part.size) for part in PARTS.values()]
        return (*patches, 256 * torch.rand(len(SIDES), 2), 256 * torch.rand(1, POINTS, 2), torch.rand(1, POINTS), torch.randn(1, IDENTITIES),
                torch.rand(1, EXPRESSIONS), 20 * torch.randn(1, 3))


NETS = {'detector': (Detector, DetectorGraph), 'landmarks': (Landmarks, LandmarksGraph), 'refiner': (Refiner, RefinerGraph), 'parser': (Parser, ParserGraph)}
PARAMS = {'detector': {'minScore': 0.5},
          'landmarks': {'cropScale': landmarks_training.CROP_SCALE},
          'refiner': {'sides': [part.side for part in PARTS.values()]},
          'parser': {'labels': 12, 'below': 0.25}}


def export(name, run, folder, **options):
    make, wrap = NETS[name]
    net = make()
    net.load_state_dict(torch.load(os.path.join(run, f'{name}.pt'), map_location='cpu'))
    if any(not torch.isfinite(v).all() for v in net.state_dict().values()):
        raise SystemExit(f'{run}/{name}.pt holds NaN')
    graph = wrap(net.eval(), **options).eval()
    torch.manual_seed(0)
    inputs, given = graph.inputs, graph.example()
    path = os.path.join(folder, 'mini', f'{name}.onnx')
    torch.onnx.export(graph, given, path, opset_version=17, input_names=inputs, output_names=graph.names,
                      dynamic_axes=graph.dynamic or None, do_constant_folding=True)
    check = os.path.join(run, 'check', name)
    os.makedirs(check, exist_ok=True)
    with torch.no_grad():
        outputs = graph(*given)
    for key, value in [*zip([f'in_{n}' for n in inputs], given), *zip(graph.names, outputs)]:
        value.contiguous().numpy().astype('<f4').tofile(os.path.join(check, key + '.f32'))
    with open(os.path.join(check, 'about.json'), 'w') as f:
        json.dump({'model': os.path.abspath(path), 'inputs': {n: list(v.shape) for n, v in zip(inputs, given)}, 'outputs': graph.names}, f)
    print(name, os.path.getsize(path), 'bytes,', sum(p.numel() for p in net.parameters()), 'numbers')
    return path


def described(path, folder):
    data = open(path, 'rb').read()
    return {'file': os.path.relpath(path, folder), 'sha256': hashlib.sha256(data).hexdigest(), 'bytes': len(data)}


def enter(folder, names):
    """Writes the entries of these networks into mini.json; entries of other roles stay as they are."""
    path = os.path.join(folder, 'mini.json')
    profile = {'name': 'mini', 'version': '0.1.0', 'description': 'Bundled networks, trained by this project on rendered faces only; '
               '256 px generator.', 'roles': {}}
    if os.path.exists(path):
        with open(path) as f:
            profile = json.load(f)
    for name in names:
        h, w = NETS[name][1].size
        entry = {**described(os.path.join(folder, 'mini', f'{name}.onnx'), folder), 'licence': LICENCE, 'nonCommercial': False,
                 'adapter': f'facet-{name}',
                 'image': {'input': NETS[name][1].inputs[0], 'width': w, 'height': h, 'layout': 'NCHW', 'channels': 'RGB',
                           'mean': [0.5, 0.5, 0.5], 'std': [0.5, 0.5, 0.5]},
                 'params': PARAMS[name]}
        if name == 'landmarks':
            entry['extras'] = {'basis': described(os.path.join(folder, 'mini', 'shape_basis.safetensors'), folder)}
        profile['roles'][name] = entry
    order = ['detector', 'landmarks', 'refiner', 'parser', 'encoder', 'mapper', 'generator']
    profile['roles'] = {k: profile['roles'][k] for k in sorted(profile['roles'], key=lambda r: order.index(r) if r in order else 9)}
    with open(path, 'w') as f:
        json.dump(profile, f, indent=2, ensure_ascii=False)
        f.write('\n')


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument('--run', required=True)
    arguments.add_argument('--models', default=os.path.join(HERE, '..'))
    arguments.add_argument('--only', choices=list(NETS))
    arguments.add_argument('--parser-side', type=int, default=256, choices=(128, 256),
                           help='what the parser shrinks its 256 px crop to: 128 while it has not trained at 256 yet')
    a = arguments.parse_args()
    torch.set_num_threads(1)
    names = [a.only] if a.only else list(NETS)
    shape = os.path.join(a.run, 'shape.pt')
    options = {'parser': {'side': a.parser_side}, 'landmarks': {'shape': torch.load(shape) if os.path.exists(shape) else None}}
    for name in names:
        export(name, a.run, a.models, **options.get(name, {}))
    enter(a.models, names)


if __name__ == '__main__':
    main()
