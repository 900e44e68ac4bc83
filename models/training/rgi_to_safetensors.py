"""Turns rgi_mini.pt (what training writes) into rgi_mini.safetensors (what the importer reads), with no library.

Run: python3 rgi_to_safetensors.py OUT/rgi_mini.pt models/training/weights/rgi_mini.safetensors
"""
import json
import os
import struct
import sys

import numpy as np
import torch

from rgi_model import Rgi, Shape


def write_safetensors(path, tensors, metadata):
    """Header length (u64), JSON header padded with spaces to 8 bytes, raw little-endian data."""
    header, chunks, at = {'__metadata__': metadata}, [], 0
    kinds = {np.dtype('float32'): 'F32', np.dtype('float16'): 'F16'}
    for name in sorted(tensors):
        a = np.ascontiguousarray(tensors[name].cpu().numpy())
        raw = a.tobytes()
        header[name] = {'dtype': kinds[a.dtype], 'shape': list(a.shape), 'data_offsets': [at, at + len(raw)]}
        chunks.append(raw)
        at += len(raw)
    text = json.dumps(header, separators=(',', ':')).encode()
    text += b' ' * (-len(text) % 8)
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    with open(path + '.part', 'wb') as f:
        f.write(struct.pack('<Q', len(text)) + text + b''.join(chunks))
    os.replace(path + '.part', path)


def read_safetensors(path):
    """(tensors, metadata)."""
    kinds = {'F32': np.float32, 'F16': np.float16}
    with open(path, 'rb') as f:
        header = json.loads(f.read(struct.unpack('<Q', f.read(8))[0]))
        data = f.read()
    metadata = header.pop('__metadata__', {})
    return {k: torch.from_numpy(np.frombuffer(data[slice(*v['data_offsets'])], kinds[v['dtype']]).reshape(v['shape']).copy())
            for k, v in header.items()}, metadata


def shape_of(state, opts):
    """The widths of a net, read off its tensors as the importer does."""
    strides = opts['encoder_strides']
    body = tuple((state[f'encoder.body.{n}.res_layer.3.weight'].shape[0], s) for n, s in enumerate(strides))
    layers, style = state['latent_avg'].shape
    channels = [state['G.conv1.conv.weight'].shape[1]]
    while f'G.convs.{2 * len(channels) - 1}.conv.weight' in state:
        channels.append(state[f'G.convs.{2 * len(channels) - 1}.conv.weight'].shape[1])
    assert layers == 2 * len(channels) == opts['remaining_layer_idx']
    return Shape(stem=state['encoder.input_layer.0.weight'].shape[0], body=body, taps=tuple(opts['encoder_taps']),
                 hidden=state['MLPs.0.mlp.0.weight'].shape[0], style=style, channels=tuple(channels))


def load_net(path):
    """The net of a .safetensors or rgi_mini.pt file, float32."""
    if path.endswith('.safetensors'):
        state, metadata = read_safetensors(path)
        opts = json.loads(metadata['opts'])
    else:
        stored = torch.load(path, map_location='cpu')
        state, opts = dict(stored['state_dict'], latent_avg=stored['latent_avg']), stored['opts']
    net = Rgi(shape_of(state, opts))
    net.load_state_dict({k: v.float() for k, v in state.items()})
    return net


def main():
    source, target = sys.argv[1:3]
    stored = torch.load(source, map_location='cpu')
    state = dict(stored['state_dict'], latent_avg=stored['latent_avg'])
    for name, tensor in state.items():
        if not torch.isfinite(tensor.float()).all():
            sys.exit(f'{source}: {name} is not finite')
    metadata = {'opts': json.dumps(stored['opts']), 'training': json.dumps(stored.get('training', {}))}
    write_safetensors(target, state, metadata)
    print(f'{target}: {len(state)} tensors, {os.path.getsize(target) / 1e6:.2f} MB, {metadata["training"]}')


if __name__ == '__main__':
    main()
