"""Masked modulated convolution: every output pixel is convolved with the style of its own region.

Each layer exists twice: `*_oracle` runs the whole convolution once per region and adds the masked results, as the
published code does (e4s.md a.3); the fast form moves the style from the weights to the activations, tap by tap, so
that one matrix product serves all regions. `test_rgi.py` holds one against the other.

Layout: activations are [B,H,W,C] (channels last) in the fast form, [B,C,H,W] in the oracle. Label maps [B,H,W].
"""
import functools
import math

import torch
import torch.nn.functional as F

BLUR = (0.25, 0.75, 0.75, 0.25)  # [1,3,3,1]/8 per axis, times 2: the gain of an upsampling by two
REGIONS = 12
SHARED_FROM_GPU = 128  # side from which a GPU takes the shared form too: a fifth less time there


class _TapProduct(torch.autograd.Function):
    """y[p] = sum over the nine taps k of (x[p+k] * style[p]) @ weight[k]; keeps x and style only, not the taps."""

    @staticmethod
    def forward(ctx, x, style, weight):
        b, h, w, c = x.shape
        taps = _taps(x, style)
        ctx.save_for_backward(x, style, weight)
        return (taps.view(-1, 9 * c) @ weight).view(b, h, w, -1)

    @staticmethod
    def backward(ctx, grad):
        x, style, weight = ctx.saved_tensors
        b, h, w, c = x.shape
        flat = grad.reshape(b * h * w, -1)
        grad_weight = _taps(x, style).view(-1, 9 * c).t() @ flat
        grad_taps = (flat @ weight.t()).view(b, h, w, 9, c)
        padded = F.pad(x, (0, 0, 1, 1, 1, 1))
        grad_style = (grad_taps.view(b, h, w, 3, 3, c) * _windows(padded, h, w)).sum((3, 4))
        grad_taps = grad_taps * style[:, :, :, None]
        grad_padded = torch.zeros_like(padded)
        for k in range(9):
            dy, dx = divmod(k, 3)
            grad_padded[:, dy:dy + h, dx:dx + w] += grad_taps[:, :, :, k]
        return grad_padded[:, 1:-1, 1:-1], grad_style, grad_weight


def _windows(padded, h, w):
    """View [B,H,W,3,3,C] of the 3x3 surroundings of every pixel of [B,H+2,W+2,C]."""
    b, _, _, c = padded.shape
    s = padded.stride()
    return padded.as_strided((b, h, w, 3, 3, c), (s[0], s[1], s[2], s[1], s[2], s[3]))


def _taps(x, style):
    b, h, w, c = x.shape
    padded = F.pad(x, (0, 0, 1, 1, 1, 1))
    taps = torch.empty(b, h, w, 9, c, dtype=x.dtype, device=x.device)
    torch.mul(_windows(padded, h, w), style[:, :, :, None, None], out=taps.view(b, h, w, 3, 3, c))
    return taps


def tap_product(x, style, weight):
    """x [B,H,W,C], style [B,H,W,C] (of the output pixel's region), weight [9*C,O] -> [B,H,W,O]; zero padding."""
    return _TapProduct.apply(x, style, weight)


@functools.lru_cache(None)
def constant(values, device):
    """A float32 tensor of the (nested) tuple, copied to the device once."""
    return torch.tensor(values, dtype=torch.float32, device=device)


@functools.lru_cache(None)
def phase_matrix(device=None):
    """[2,3,3]: for output parity a, input offset d-1 and kernel row k, the weight of kernel row k.

    Transposed convolution (stride 2, 3 taps) followed by the blur, written as two 3-tap filters of the input."""
    m = torch.zeros(2, 3, 3)
    for a in range(2):
        for d in range(3):
            for k in range(3):
                t = k - (2 * (1 - d) + a - 1)
                if 0 <= t < 4:
                    m[a, d, k] = BLUR[t]
    return m.to(device) if device is not None else m


def region_map(onehot, values, size):
    """Per-pixel values of each pixel's region: onehot [B,H*W,12], values [B,12,C] -> [B,H,W,C]."""
    return torch.bmm(onehot, values).view(values.shape[0], size, size, -1)


class LabelPyramid:
    """One-hot maps of a label map at every size the generator needs (nearest, floor), made once per batch."""

    def __init__(self, labels, dtype):
        self.labels, self.dtype, self.cache = labels, dtype, {}

    def small(self, size):
        step = self.labels.shape[-1] // size
        return self.labels[:, ::step, ::step].long()

    def border(self, size, out_size):
        """Output pixels whose 3x3 inputs hold another region than their own: for each phase (one, or four when
        upsampling) the flat output positions, the nine flat positions in the padded input, the row of [B*12] styles."""
        key = ('border', size, out_size)
        if key not in self.cache:
            b, phases, steps = len(self.labels), [], out_size // size
            inner = F.pad(self.small(size).float()[:, None], (1, 1, 1, 1), mode='replicate')
            low, high = -F.max_pool2d(-inner, 3, 1), F.max_pool2d(inner, 3, 1)
            w = size + 2
            taps = constant(tuple(dy * w + dx for dy in range(3) for dx in range(3)), inner.device).long()
            for py in range(steps):
                for px in range(steps):
                    mine = self.small(out_size)[:, py::steps, px::steps]
                    mixed = (low[:, 0] != mine) | (high[:, 0] != mine)
                    n, y, x = mixed.nonzero(as_tuple=True)
                    position = (n * out_size + y * steps + py) * out_size + x * steps + px
                    corner = (n * w + y) * w + x
                    phases.append((position, corner[:, None] + taps, n * REGIONS + mine[n, y, x]))
            self.cache[key] = phases
        return self.cache[key]

    def at(self, size, phase=None):
        """[B,size*size,12] of the map at `size`; with phase (a, b) of the map at 2*size, its pixels 2y+a, 2x+b."""
        key = (size, phase)
        if key not in self.cache:
            step = self.labels.shape[-1] // (size if phase is None else 2 * size)
            small = self.labels[:, ::step, ::step]
            if phase is not None:
                small = small[:, phase[0]::2, phase[1]::2]
            self.cache[key] = F.one_hot(small.reshape(small.shape[0], -1).long(), REGIONS).to(self.dtype)
        return self.cache[key]


def modulated(x, pyramid, style, weight, upsample):
    """Masked modulated 3x3 convolution with demodulation, fast form.

    x [B,H,W,C], style [B,12,C] float32, weight [O,C,3,3] float32 (stored, unscaled) -> [B,H',W',O], H' = H or 2H."""
    b, h, w, c = x.shape
    o = weight.shape[0]
    scale = 1 / math.sqrt(c * 9)
    scaled = weight * scale
    gain = torch.rsqrt(torch.matmul(style.square(), scaled.square().sum((2, 3)).t()) + 1e-8)  # [B,12,O]
    style, gain = style.to(x.dtype), gain.to(x.dtype)
    form = _shared if h >= (SHARED_FROM_GPU if x.is_cuda else 16) else _taps_form
    return form(x, pyramid, style, gain, scaled, upsample)


def _taps_form(x, pyramid, style, gain, scaled, upsample):
    """Every tap under the output pixel's style, one matrix product (four when upsampling, one a phase)."""
    b, h, w, c = x.shape
    o = scaled.shape[0]
    if not upsample:
        flat = scaled.permute(2, 3, 1, 0).reshape(9 * c, o).to(x.dtype)
        return tap_product(x, region_map(pyramid.at(h), style, h), flat) * region_map(pyramid.at(h), gain, h)
    m = phase_matrix(x.device).to(scaled.dtype)
    rows = []
    for py in range(2):
        columns = []
        for px in range(2):
            onehot = pyramid.at(h, (py, px))
            flat = torch.einsum('dk,el,ockl->deco', m[py], m[px], scaled).reshape(9 * c, o).to(x.dtype)
            columns.append(tap_product(x, region_map(onehot, style, h), flat) * region_map(onehot, gain, h))
        rows.append(torch.stack(columns, 3))  # [B,H,W,2,O]
    return torch.stack(rows, 2).reshape(b, 2 * h, 2 * w, o)


def _shared(x, pyramid, style, gain, scaled, upsample):
    """One convolution of the input under its own pixels' styles, then the pixels at region borders again, exactly.

    Least arithmetic and memory, so the form for a CPU; a GPU prefers the product over all taps (no index lists)."""
    b, h, w, c = x.shape
    o = scaled.shape[0]
    own = (x * region_map(pyramid.at(h), style, h)).permute(0, 3, 1, 2)
    if upsample:
        y = F.conv_transpose2d(own, scaled.transpose(0, 1).to(x.dtype), stride=2)
        for axis in (2, 3):
            p = F.pad(y, (0, 0, 1, 1) if axis == 2 else (1, 1, 0, 0))
            n = 2 * h
            y = BLUR[0] * (p.narrow(axis, 0, n) + p.narrow(axis, 3, n)) + BLUR[1] * (p.narrow(axis, 1, n) + p.narrow(axis, 2, n))
        m = phase_matrix(x.device).to(scaled.dtype)
        kernels = [torch.einsum('dk,el,ockl->deco', m[py], m[px], scaled) for py in range(2) for px in range(2)]
        size = 2 * h
    else:
        y = F.conv2d(own, scaled.to(x.dtype), padding=1)
        kernels, size = [scaled.permute(2, 3, 1, 0)], h
    y = y.permute(0, 2, 3, 1).reshape(b * size * size, o)
    padded = F.pad(x, (0, 0, 1, 1, 1, 1)).reshape(-1, c)
    rows, fixed = [], []
    for kernel, (position, taps, region) in zip(kernels, pyramid.border(h, size)):
        patch = padded.index_select(0, taps.flatten()).view(-1, 9, c) * style.reshape(-1, c).index_select(0, region)[:, None]
        fixed.append(patch.view(-1, 9 * c) @ kernel.reshape(9 * c, o).to(x.dtype))
        rows.append(position)
    y = y.index_copy(0, torch.cat(rows), torch.cat(fixed)).view(b, size, size, o)
    return y * region_map(pyramid.at(size), gain, size)


def modulated_oracle(x, labels, style, weight, upsample):
    """The same, once per region with modulated weights and a masked sum. x [B,C,H,W] -> [B,O,H',W']."""
    b, c, h, w = x.shape
    o = weight.shape[0]
    size = 2 * h if upsample else h
    step = labels.shape[-1] // size
    small = labels[:, ::step, ::step]
    blur = torch.tensor(BLUR, dtype=x.dtype)
    kernel = torch.outer(blur, blur)[None, None].repeat(o, 1, 1, 1)
    result = 0
    for r in range(REGIONS):
        images = []
        for i in range(b):
            wr = weight / math.sqrt(c * 9) * style[i, r].view(1, c, 1, 1)
            wr = wr * torch.rsqrt(wr.square().sum((1, 2, 3), keepdim=True) + 1e-8)
            if upsample:
                y = F.conv_transpose2d(x[i:i + 1], wr.transpose(0, 1), stride=2)
                y = F.conv2d(F.pad(y, (1, 1, 1, 1)), kernel, groups=o)
            else:
                y = F.conv2d(x[i:i + 1], wr, padding=1)
            images.append(y)
        result = result + torch.cat(images) * (small == r).to(x.dtype)[:, None]
    return result


def upsample_skip(x):
    """Zero-insertion by two and the 4x4 FIR, pad (2,1), as two taps per axis and parity. [B,H,W,3] -> [B,2H,2W,3]."""
    for axis in (1, 2):
        n = x.shape[axis]
        pad = (0, 0, 0, 0, 1, 1) if axis == 1 else (0, 0, 1, 1)
        p = F.pad(x, pad)
        even = 0.25 * p.narrow(axis, 0, n) + 0.75 * x
        odd = 0.75 * x + 0.25 * p.narrow(axis, 2, n)
        x = torch.stack((even, odd), axis + 1).flatten(axis, axis + 1)
    return x


def upsample_skip_oracle(x):
    """The same by definition (upfirdn2d). [B,3,H,W] -> [B,3,2H,2W]."""
    b, c, h, w = x.shape
    up = torch.zeros(b, c, 2 * h, 2 * w, dtype=x.dtype)
    up[:, :, ::2, ::2] = x
    blur = torch.tensor(BLUR, dtype=x.dtype)
    return F.conv2d(F.pad(up, (2, 1, 2, 1)), torch.outer(blur, blur)[None, None].repeat(c, 1, 1, 1), groups=c)
