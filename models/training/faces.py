"""Rendered single faces (shards of data.py) for the trainers of detector, landmarks and parser.

Shards are uncompressed, so they are mapped, not read: the trainers share one copy in the page cache. New shards are taken up
by `refresh`. A shard with NaN, an empty label map or an unknown label stops the training with a message.
"""
import glob
import os
import zipfile

import cv2
import numpy as np

KEYS = ('rgb', 'label', 'alpha', 'occ', 'points', 'visible', 'pose', 'identity', 'expression', 'person', 'seed')
HELD_OUT = 9_000_000
LABELS = ('background', 'lip', 'eyebrows', 'eyes', 'hair', 'nose', 'skin', 'ears', 'belowface', 'mouth', 'eye_glass',
          'ear_rings')
MAPPED = ('rgb', 'label', 'alpha', 'occ')


class BadData(SystemExit):
    """Data that must not be trained on; the message says which file and why."""


def map_shard(path):
    """The arrays of an uncompressed .npz: pictures mapped, the small ones read."""
    arrays = {}
    with zipfile.ZipFile(path) as z, open(path, 'rb') as f:
        for key in KEYS:
            info = z.getinfo(key + '.npy')
            if key not in MAPPED or info.compress_type != zipfile.ZIP_STORED:
                with z.open(info) as member:
                    arrays[key] = np.lib.format.read_array(member)
                continue
            f.seek(info.header_offset)
            head = f.read(30)
            f.seek(info.header_offset + 30 + int.from_bytes(head[26:28], 'little') + int.from_bytes(head[28:30], 'little'))
            assert np.lib.format.read_magic(f) == (1, 0)
            shape, _, dtype = np.lib.format.read_array_header_1_0(f)
            arrays[key] = np.memmap(path, dtype, 'r', f.tell(), shape)
    return arrays


def check_shard(path, arrays):
    for key, value in arrays.items():
        if value.dtype.kind == 'f' and not np.isfinite(value).all():
            raise BadData(f'{path}: {key} holds NaN or infinity')
    label = arrays['label']
    if label.max() >= len(LABELS):
        raise BadData(f'{path}: label {label.max()}; {len(LABELS) - 1} is the last one')
    empty = ~(label[:, ::4, ::4] == 6).any((1, 2))
    if empty.mean() > 0.1:
        raise BadData(f'{path}: {empty.sum()} of {len(empty)} label maps have no skin')
    return ~empty


def scaled(face, side):
    """The face with pictures of `side` px, points along; as it is without a side or at it. No label map then."""
    now = len(face['rgb'])
    if side in (None, now):
        return face
    small = {key: cv2.resize(face[key], (side, side), interpolation=cv2.INTER_AREA) for key in ('rgb', 'alpha', 'occ')}
    return {key: value for key, value in face.items() if key != 'label'} | small | {'points': face['points'] * np.float32(side / now)}


class Faces:
    """All single faces of a folder (not of its folders); item k is (shard, row). With `side` their pictures come at that size."""

    def __init__(self, folder, held_out=False, side=None):
        self.folder, self.held_out, self.side = folder, held_out, side
        self.shards, self.items, self.known = [], [], set()
        self.refresh()

    def refresh(self, limit=1000):
        """Takes up new shards; says how many items there are now."""
        for path in sorted(glob.glob(os.path.join(self.folder, 'single-*.npz'))):
            if path in self.known or limit <= 0:
                continue
            self.known.add(path)
            limit -= 1
            arrays = map_shard(path)
            sound = check_shard(path, arrays)
            wrong = (arrays['seed'] >= HELD_OUT) != self.held_out
            if wrong.any():
                raise BadData(f'{path}: seed {arrays["seed"][wrong][0]} is on the wrong side of {HELD_OUT}')
            self.items += [(len(self.shards), int(row)) for row in np.flatnonzero(sound)]
            self.shards.append(arrays)
        return len(self.items)

    def __len__(self):
        return len(self.items)

    def __getitem__(self, k):
        shard, row = self.items[k]
        return scaled({key: value[row] for key, value in self.shards[shard].items()}, self.side)

    def draw(self, rng):
        return self[rng.randint(len(self.items))]

    def draw_pair(self, rng):
        """Two pictures of one person (even seed first)."""
        while True:
            shard, row = self.items[rng.randint(len(self.items))]
            arrays = self.shards[shard]
            other = row ^ 1
            if other < len(arrays['seed']) and arrays['person'][other] == arrays['person'][row]:
                return [{key: value[r] for key, value in arrays.items()} for r in (row, other)]
