"""Arrays in the safetensors format; float16 copies of a net's weights.

    python3 models/training/tensors_file.py RUN models/training/weights   # RUN/NAME.pt -> NAME.safetensors, float16
"""
import json
import os
import sys

import numpy as np
import torch

KINDS = {'float32': 'F32', 'float16': 'F16', 'int64': 'I64'}


def write_safetensors(path, tensors, metadata):
    """float16 or float32 arrays in the safetensors format, names in the order given."""
    header, offset = {'__metadata__': metadata}, 0
    for name, value in tensors.items():
        kind = KINDS[value.dtype.name]
        header[name] = {'dtype': kind, 'shape': list(value.shape), 'data_offsets': [offset, offset + value.nbytes]}
        offset += value.nbytes
    text = json.dumps(header, separators=(',', ':')).encode()
    text += b' ' * (-len(text) % 8)
    with open(path, 'wb') as f:
        f.write(len(text).to_bytes(8, 'little') + text)
        for value in tensors.values():
            f.write(np.ascontiguousarray(value).tobytes())


def load_weights(net, path):
    """Puts the weights of a .pt or .safetensors file into the net; what the net has more than the file stays as it began.

    Raises when the file has what the net has not, or in another shape."""
    state = torch.load(path, map_location='cpu') if path.endswith('.pt') else read_safetensors(path)
    net.load_state_dict(net.state_dict() | state)


def read_safetensors(path):
    """{name: tensor} of a file as `write_safetensors` writes it."""
    with open(path, 'rb') as f:
        header = json.loads(f.read(int.from_bytes(f.read(8), 'little')))
        body = f.read()
    types = {kind: name for name, kind in KINDS.items()}
    return {name: torch.from_numpy(np.frombuffer(body[slice(*about['data_offsets'])], types[about['dtype']]).reshape(about['shape']).copy())
            for name, about in header.items() if name != '__metadata__'}


def main():
    run, folder = sys.argv[1:3]
    for name in ('detector', 'landmarks', 'parser', 'shape', 'refiner'):
        path = os.path.join(run, f'{name}.pt')
        if not os.path.exists(path):
            print(f'{path} is not there: left as it is')
            continue
        state = torch.load(path, map_location='cpu')
        tensors = {k: (v.half() if v.is_floating_point() else v).contiguous().numpy() for k, v in state.items()}
        write_safetensors(os.path.join(folder, f'{name}.safetensors'), tensors, {'net': name})


if __name__ == '__main__':
    main()
