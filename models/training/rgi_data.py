"""Shards of rendered faces on the device, and what is done to a batch before the net sees it.

Shards (written by data.py beside the training) are read as they appear and kept as uint8 in a ring on the device. Items
with a seed of 9,000,000 or more are validation: they never enter the ring.
"""
import glob
import math
import os
import queue
import threading
import time

import numpy as np
import torch
import torch.nn.functional as F

from rgi_ops import constant

VALIDATION_SEED = 9_000_000
KEYS = {'single': ('rgb', 'label', 'points'),
        'pair': ('a_rgb', 'a_label', 't_rgb', 't_label', 'd_rgb', 'd_label')}


class BadData(Exception):
    """A shard that must not be trained on; the message says which and why."""


def read_shard(path):
    """(kind, arrays, seeds) of a shard file, checked: single bad items are left out, a bad shard raises."""
    with np.load(path) as z:
        kind = 'pair' if 'a_rgb' in z.files else 'single'
        missing = [k for k in KEYS[kind] if k not in z.files]
        if missing:
            raise BadData(f'{path}: keys {missing} are missing')
        arrays = {k: z[k] for k in KEYS[kind]}
        seeds = [z[k].reshape(len(z[k]), -1).max(1) for k in z.files if k.endswith('seed')]
    sound = np.ones(len(arrays[KEYS[kind][0]]), bool)
    for k, v in arrays.items():
        if k.endswith('label'):
            if v.max() > 11:
                raise BadData(f'{path}: {k} holds label {v.max()}, 11 is the last')
            sound &= (v == 6).any((1, 2))
        elif k.endswith('rgb'):
            sound &= v.reshape(len(v), -1)[:, ::97].std(1) >= 1
        else:
            sound &= np.isfinite(v).reshape(len(v), -1).all(1)
    if sound.mean() < 0.9:
        raise BadData(f'{path}: {(~sound).sum()} of {len(sound)} items have no skin, one colour or NaN')
    arrays = {k: v[sound] for k, v in arrays.items()}
    return kind, arrays, np.maximum.reduce(seeds)[sound] if seeds else np.zeros(int(sound.sum()), np.int64)


class Ring:
    """A fixed number of items on the device; the oldest make room."""

    def __init__(self, capacity, device):
        self.capacity, self.device, self.count, self.next, self.seen, self.data = capacity, device, 0, 0, 0, {}

    def add(self, arrays, chosen):
        # Two items of one call in one place would be written over each other, array by array.
        chosen = np.flatnonzero(chosen)[:self.capacity]
        n = len(chosen)
        if n == 0:
            return
        at = (self.next + np.arange(n)) % self.capacity
        for k, v in arrays.items():
            v = torch.from_numpy(np.ascontiguousarray(v[chosen]))
            if k not in self.data:
                self.data[k] = torch.empty((self.capacity,) + tuple(v.shape[1:]), dtype=v.dtype, device=self.device)
            self.data[k][torch.from_numpy(at).to(self.device)] = v.to(self.device)
        self.next = int((self.next + n) % self.capacity)
        self.count, self.seen = min(self.count + n, self.capacity), self.seen + n

    def take(self, index):
        return {k: v[index] for k, v in self.data.items()}

    def draw(self, n):
        return self.take(torch.randint(self.count, (n,), device=self.device))

    def first(self, n):
        return self.take(torch.arange(min(n, self.count), device=self.device))


class Shards:
    """Reads new shards of a folder in a thread; `drain` moves what was read into the rings."""

    def __init__(self, folder, device, train_items, validation_items):
        self.folder, self.seen = folder, set()
        self.train = {k: Ring(n, device) for k, n in train_items.items()}
        self.validation = {k: Ring(n, device) for k, n in validation_items.items()}
        self.read = queue.Queue(maxsize=4)
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self):
        while True:
            paths = sorted(glob.glob(os.path.join(self.folder, '**', '*.npz'), recursive=True), key=os.path.basename)
            new = [p for p in paths if p not in self.seen and 'tmp' not in os.path.basename(p)]
            for path in new:
                self.seen.add(path)
                try:
                    self.read.put(read_shard(path))
                except FileNotFoundError:
                    continue
                except Exception as error:  # noqa: BLE001 (handed to the main thread, which stops)
                    self.read.put(error if isinstance(error, BadData) else BadData(f'{path}: {error}'))
            if not new:
                time.sleep(1)

    def drain(self, limit=2):
        for _ in range(limit):
            try:
                got = self.read.get_nowait()
            except queue.Empty:
                return
            if isinstance(got, Exception):
                raise got
            kind, arrays, seeds = got
            held = seeds >= VALIDATION_SEED
            if self.validation[kind].seen < self.validation[kind].capacity:
                self.validation[kind].add(arrays, held)
            self.train[kind].add(arrays, ~held)

    def wait(self, seconds):
        """Until both kinds have items to train on."""
        end = time.time() + seconds
        while min(r.count for r in self.train.values()) < 1:
            self.drain(8)
            if time.time() > end:
                raise BadData(f'no shards of both kinds in {self.folder} after {seconds:.0f} s')
            time.sleep(0.2)


def unit(rgb):
    """uint8 [B,H,W,3] -> float [B,3,H,W] in 0..1."""
    return rgb.permute(0, 3, 1, 2).float() / 255


def quads(points):
    """FFHQ quad of the 68 points (e4s.md b.1). [B,>=68,2] -> centre, half side x, half side y, each [B,2]."""
    left, right = points[:, 36:42].mean(1), points[:, 42:48].mean(1)
    eyes, mouth = (left + right) / 2, (points[:, 48] + points[:, 54]) / 2
    e, m = right - left, mouth - eyes
    x = torch.stack((e[:, 0] + m[:, 1], e[:, 1] - m[:, 0]), 1)
    x = x / x.norm(dim=1, keepdim=True).clamp(min=1e-6)
    x = x * torch.maximum(2 * e.norm(dim=1), 1.8 * m.norm(dim=1))[:, None]
    return eyes + 0.1 * m, x, torch.stack((-x[:, 1], x[:, 0]), 1)


def crop_grid(points, size, source, jitter):
    """Sampling grid of the aligned crop, shifted, scaled and turned a little, half of them mirrored."""
    c, x, y = quads(points)
    b, device = len(points), points.device
    if jitter:
        side = 2 * x.norm(dim=1, keepdim=True)
        c = c + 0.02 * side * torch.randn(b, 2, device=device)
        scale = torch.exp(0.05 * torch.randn(b, 1, device=device))
        angle = math.radians(3) * torch.randn(b, 1, device=device)
        x, y = [scale * (torch.cos(angle) * u + torch.sin(angle) * v) for u, v in ((x, y), (y, -x))]
        x = x * torch.where(torch.rand(b, 1, device=device) < 0.5, -1.0, 1.0)
    t = (torch.arange(size, device=device) + 0.5) / size * 2 - 1
    at = c[:, None, None] + t[None, None, :, None] * x[:, None, None] + t[None, :, None, None] * y[:, None, None]
    return at / source * 2 - 1


def warp(image, label, grid):
    """Picture (0..1) bilinear and label map nearest at a grid, edges clamped."""
    out = F.grid_sample(image, grid, mode='bilinear', padding_mode='border', align_corners=False)
    labels = F.grid_sample(label[:, None].float(), grid, mode='nearest', padding_mode='border', align_corners=False)
    return out, labels[:, 0].round().long()


def random_light(n, device):
    """Parameters of a random change of exposure, gamma, colour cast, saturation and contrast; a third change nothing.

    Little exposure and cast: the encoder's instance norms take both out, so a net can only learn their mean."""
    on = (torch.rand(n, 1, 1, 1, device=device) > 0.33).float()

    def normal(sigma, channels=1):
        return on * sigma * torch.randn(n, channels, 1, 1, device=device)
    grey = on * (torch.rand(n, 1, 1, 1, device=device) < 0.15).float() * torch.rand(n, 1, 1, 1, device=device) * 0.9
    return {'gain': torch.exp(normal(0.06) + normal(0.03, 3)), 'gamma': torch.exp(normal(0.08)), 'grey': grey,
            'offset': normal(0.008, 3)}


def relight(image, light):
    """Applies `random_light` to 0..1 pictures."""
    luma = (image * constant((0.299, 0.587, 0.114), image.device).view(1, 3, 1, 1)).sum(1, keepdim=True)
    y = image + (luma - image) * light['grey']
    y = (y * light['gain'] + light['offset']).clamp(1e-4, 1)
    return y ** light['gamma']


def degrade(image):
    """Blur, low resolution and noise, on some of the pictures: what the encoder must see through."""
    b, device = len(image), image.device
    k = constant((1.0, 4.0, 6.0, 4.0, 1.0), device) / 16
    blurred = F.conv2d(F.pad(image, (2, 2, 2, 2), mode='replicate'), torch.outer(k, k)[None, None].repeat(3, 1, 1, 1),
                       groups=3)
    coarse = F.interpolate(F.avg_pool2d(blurred, 2), scale_factor=2, mode='bilinear', align_corners=False)
    pick = torch.rand(b, 1, 1, 1, device=device)
    y = torch.where(pick < 0.2, blurred, torch.where(pick < 0.35, coarse, image))
    sigma = 0.04 * torch.rand(b, 1, 1, 1, device=device) * (torch.rand(b, 1, 1, 1, device=device) < 0.5)
    return (y + sigma * torch.randn_like(y)).clamp(0, 1)


def nudge(image, labels, pixels):
    """The same faces moved by up to `pixels`, bilinear; labels move along (nearest)."""
    b, _, h, w = image.shape
    shift = (torch.rand(b, 2, device=image.device) * 2 - 1) * pixels
    theta = torch.zeros(b, 2, 3, device=image.device)
    theta[:, 0, 0] = theta[:, 1, 1] = 1
    theta[:, :, 2] = shift * 2 / w
    return warp(image, labels, F.affine_grid(theta, list(image.shape), align_corners=False))


def roughen(labels, share=0.4, pixels=2.5):
    """Label maps as a parser gives them: borders of `share` of them moved by a smooth random field of a few pixels."""
    b, h, w = labels.shape
    field = F.interpolate(torch.randn(b, 2, 24, 24, device=labels.device), (h, w), mode='bicubic', align_corners=False)
    field = field * (torch.rand(b, 1, 1, 1, device=labels.device) < share) * pixels * torch.rand(b, 1, 1, 1, device=labels.device)
    y, x = torch.meshgrid(torch.arange(h, device=labels.device), torch.arange(w, device=labels.device), indexing='ij')
    x = (x + field[:, 0]).round().long().clamp(0, w - 1)
    y = (y + field[:, 1]).round().long().clamp(0, h - 1)
    return labels.flatten(1).gather(1, (y * w + x).flatten(1)).view(b, h, w)
