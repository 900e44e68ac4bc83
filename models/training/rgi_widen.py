"""A wider net that gives the same pictures as a trained narrower one, to go on from."""
import math

import torch

from rgi_model import Rgi


def widened(net, shape):
    """`net` itself when it has the shape, else a net of `shape` that computes the same.

    Trained numbers take the first channels; weights that read new channels are 0, those that make new channels random.
    Stored weights that a layer divides by the root of its inputs grow by as much. The two must have equal depth."""
    if net.shape == shape:
        return net
    wide = Rgi(shape)
    small, state = net.state_dict(), wide.state_dict()
    if small.keys() != state.keys():
        raise SystemExit('the weights to begin from are of a net with other layers')
    parts = vector_parts(net.shape, shape)
    for name, old in small.items():
        new = state[name]
        if any(o > n for o, n in zip(old.shape, new.shape)):
            raise SystemExit(f'{name}: {tuple(old.shape)} does not fit into {tuple(new.shape)}')
        new.copy_(fitted(name, old, new, parts))
    return wide


def vector_parts(old, new):
    """Where the style vector's parts (one a tap) lie in the old and in the new vector: (from, to, length)."""
    parts, a, b = [], 0, 0
    for tap in old.taps:
        parts.append((a, b, old.body[tap][0]))
        a, b = a + old.body[tap][0], b + new.body[tap][0]
    return parts


def fitted(name, old, new, parts):
    y = new.clone()
    if old.dim() < 2 or not name.endswith('weight'):  # biases, slopes, constants: new channels keep their first values
        y[tuple(slice(0, n) for n in old.shape)] = old
        return y
    axis = 2 if old.dim() == 5 else 1  # the axis of the inputs
    grown = math.sqrt(new.shape[axis] / old.shape[axis]) if old.dim() == 5 or old.dim() == 2 else 1.0
    outs = old.shape[axis - 1]
    rows = (slice(None),) * (axis - 1) + (slice(0, outs),)
    y[rows] = 0
    if name.startswith('MLPs') and name.endswith('mlp.0.weight'):
        for at, to, length in parts:
            y[:outs, to:to + length] = old[:, at:at + length] * grown
        return y
    y[rows + (slice(0, old.shape[axis]),)] = old * grown
    return y


if __name__ == '__main__':
    import sys

    from rgi_model import MINI
    from rgi_to_safetensors import load_net
    torch.manual_seed(0)
    narrow = load_net(sys.argv[1])
    wide = widened(narrow, MINI)
    image, labels = torch.rand(1, 3, 256, 256) * 2 - 1, torch.randint(0, 12, (1, 16, 16)).repeat_interleave(16, 1).repeat_interleave(16, 2)
    with torch.no_grad():
        a, b = (n.generate(n.map(n.encode(image, labels)), labels) for n in (narrow, wide))
    print('largest difference', float((a - b).abs().max()), 'of', float(a.abs().max()))
