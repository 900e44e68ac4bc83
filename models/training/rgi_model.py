"""The RGI network of E4S (encoder, one mapper per region, mask-guided generator), any width, at 256 px.

Math and key names are those of the published Net3 (e4s.md a.1-a.3), so one importer reads both. Every width follows
from the tensors; what does not (strides, taps, K) is in `opts`. Parts compute in `dtype` (bfloat16 on a GPU), with
norms, styles, demodulation and the image itself in float32.
"""
import math
from dataclasses import dataclass

import torch
import torch.nn as nn
import torch.nn.functional as F

from rgi_ops import BLUR, REGIONS, LabelPyramid, modulated, modulated_oracle, region_map, upsample_skip
from rgi_ops import upsample_skip_oracle


@dataclass(frozen=True)
class Shape:
    """Widths of a net. `body`: (channels, stride) of each encoder block; `taps`: the blocks read as s1, s2, s3;
    `channels`: of the generator at 4, 8, 16, ...; K = `layers` = all of them masked."""
    stem: int
    body: tuple
    taps: tuple
    hidden: int
    style: int
    channels: tuple

    @property
    def size(self):
        return 4 << (len(self.channels) - 1)

    @property
    def layers(self):
        return 2 * len(self.channels)

    @property
    def vector(self):
        return sum(self.body[t][0] for t in self.taps)


MINI = Shape(stem=8, body=((16, 2), (32, 2), (32, 1), (80, 2), (80, 1), (128, 2), (128, 1)), taps=(2, 4, 6), hidden=96,
             style=64, channels=(192, 192, 192, 128, 64, 32, 24))
# For training without a GPU: what two cores can fit in half an hour.
SMALL = Shape(stem=8, body=((16, 2), (32, 2), (32, 1), (64, 2), (64, 1), (96, 2), (96, 1)), taps=(2, 4, 6), hidden=64,
              style=64, channels=(96, 96, 96, 96, 64, 32, 16))
TINY = Shape(stem=8, body=((16, 2), (16, 2), (16, 1), (32, 2), (32, 2)), taps=(2, 3, 4), hidden=24, style=24,
             channels=(32, 32, 32, 24, 16, 12, 8))


def instance_norm(x):
    """Per sample and channel, no parameters, biased variance, eps 1e-5, in float32."""
    y = x.float()
    var, mean = torch.var_mean(y, (2, 3), unbiased=False, keepdim=True)
    return ((y - mean) * torch.rsqrt(var + 1e-5)).to(x.dtype)


class InstanceNorm(nn.Module):
    def forward(self, x):
        return instance_norm(x)


class Conv(nn.Conv2d):
    """A convolution without bias that computes in its input's type."""

    def __init__(self, inner, outer, kernel, stride=1):
        super().__init__(inner, outer, kernel, stride, kernel // 2, bias=False)
        nn.init.kaiming_normal_(self.weight, 0.25)

    def forward(self, x):
        return F.conv2d(x, self.weight.to(x.dtype), None, self.stride, self.padding)


class PReLU(nn.PReLU):
    def forward(self, x):
        return F.prelu(x, self.weight.to(x.dtype))


class SqueezeExcite(nn.Module):
    """The published gate. It follows a norm without parameters, so the mean it reads is 0 and it gives 1/2, always;
    its weights are kept for the layout and not trained (their gradient is rounding noise)."""

    def __init__(self, channels):
        super().__init__()
        self.fc1 = Conv(channels, channels // 16, 1)
        self.fc2 = Conv(channels // 16, channels, 1)
        self.requires_grad_(False)

    def forward(self, x):
        gate = self.fc2(F.relu(self.fc1(x.float().mean((2, 3), keepdim=True))))
        return x * torch.sigmoid(gate).to(x.dtype)


class Subsample(nn.Module):
    def __init__(self, stride):
        super().__init__()
        self.stride = stride

    def forward(self, x):
        return x[:, :, ::self.stride, ::self.stride] if self.stride > 1 else x


class Bottleneck(nn.Module):
    def __init__(self, inner, outer, stride):
        super().__init__()
        self.res_layer = nn.Sequential(InstanceNorm(), Conv(inner, outer, 3), PReLU(outer), Conv(outer, outer, 3, stride),
                                       InstanceNorm(), SqueezeExcite(outer))
        if inner == outer:
            self.shortcut_layer = Subsample(stride)
        else:
            self.shortcut_layer = nn.Sequential(Conv(inner, outer, 1, stride), InstanceNorm())

    def forward(self, x):
        return self.res_layer(x) + self.shortcut_layer(x)


class Encoder(nn.Module):
    """Image [B,3,256,256] in -1..1 and label map [B,S,S] -> style vectors [B,12,V] float32."""

    def __init__(self, shape):
        super().__init__()
        self.taps = shape.taps
        self.input_layer = nn.Sequential(Conv(3, shape.stem, 3), InstanceNorm(), PReLU(shape.stem))
        widths = [shape.stem] + [c for c, _ in shape.body]
        self.body = nn.Sequential(*[Bottleneck(widths[i], c, s) for i, (c, s) in enumerate(shape.body)])

    def forward(self, image, labels):
        x = self.input_layer(image)
        parts = []
        for i, block in enumerate(self.body):
            x = block(x)
            if i in self.taps:
                parts.append(masked_mean(x, labels))
        return torch.cat(parts, 2)


def masked_mean(feature, labels):
    """Mean of the feature over each region's pixels, 0 where it has none. [B,C,h,w] -> [B,12,C] float32."""
    b, c, h, w = feature.shape
    small = labels[:, ::labels.shape[1] // h, ::labels.shape[2] // w]
    onehot = F.one_hot(small.reshape(b, -1).long(), REGIONS).float().transpose(1, 2)  # [B,12,hw]
    total = torch.bmm(onehot, feature.float().flatten(2).transpose(1, 2))
    return total / onehot.sum(2, keepdim=True).clamp(min=1)


def region_counts(labels):
    """Pixels of every region, [B,12]."""
    return F.one_hot(labels.flatten(1).long(), REGIONS).sum(1)


class EqualLinear(nn.Module):
    def __init__(self, inner, outer, bias=0.0):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outer, inner))
        self.bias = nn.Parameter(torch.full((outer,), float(bias)))

    def forward(self, x):
        return F.linear(x, self.weight / math.sqrt(self.weight.shape[1]), self.bias)


class LocalMLP(nn.Module):
    """Style vector of one region -> its codes; the hidden slope is 0.01."""

    def __init__(self, shape):
        super().__init__()
        self.mlp = nn.Sequential(EqualLinear(shape.vector, shape.hidden), nn.LeakyReLU(0.01),
                                 EqualLinear(shape.hidden, shape.layers * shape.style))
        self.mlp[2].weight.data.mul_(0.3)  # codes start close together

    def forward(self, x):
        return self.mlp(x)


class Noise(nn.Module):
    """The published layer's noise weight. It stays 0: grain that follows no surface flickers in video."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1), requires_grad=False)


class Activate(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(channels))


class Blur(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer('kernel', torch.outer(torch.tensor(BLUR), torch.tensor(BLUR)))


class ModulatedConv(nn.Module):
    def __init__(self, inner, outer, kernel, style, upsample):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(1, outer, inner, kernel, kernel))
        self.modulation = EqualLinear(style, inner, 1)
        if upsample:
            self.blur = Blur()


class StyledConv(nn.Module):
    """Modulated 3x3 convolution, noise, bias and sqrt(2)*lrelu(0.2)."""

    def __init__(self, inner, outer, style, upsample):
        super().__init__()
        self.upsample = upsample
        self.conv = ModulatedConv(inner, outer, 3, style, upsample)
        self.noise = Noise()
        self.activate = Activate(outer)

    def forward(self, x, pyramid, code):
        y = modulated(x, pyramid, self.conv.modulation(code), self.conv.weight[0], self.upsample)
        return F.leaky_relu(y + self.activate.bias.to(y.dtype), 0.2) * math.sqrt(2)

    def oracle(self, x, labels, code, noise):
        y = modulated_oracle(x, labels, self.conv.modulation(code), self.conv.weight[0], self.upsample)
        y = y + self.noise.weight * noise
        return F.leaky_relu(y + self.activate.bias[:, None, None], 0.2) * math.sqrt(2)


class ToRgb(nn.Module):
    """1x1 modulated convolution without demodulation, bias, plus the previous image upsampled; float32."""

    def __init__(self, inner, style, upsample):
        super().__init__()
        self.conv = ModulatedConv(inner, 3, 1, style, False)
        self.conv.weight.data.mul_(0.1)  # start with a picture near grey
        self.bias = nn.Parameter(torch.zeros(1, 3, 1, 1))
        if upsample:
            self.upsample = Blur()

    def forward(self, x, pyramid, code, skip):
        style = region_map(pyramid.at(x.shape[1]), self.conv.modulation(code).to(x.dtype), x.shape[1])
        weight = self.conv.weight[0, :, :, 0, 0] / math.sqrt(x.shape[3])
        y = F.linear((x * style).to(weight.dtype), weight) + self.bias.view(3)
        return y if skip is None else y + upsample_skip(skip)

    def oracle(self, x, labels, code, skip):
        small = labels[:, ::labels.shape[1] // x.shape[2], ::labels.shape[2] // x.shape[3]]
        style = self.conv.modulation(code)  # [B,12,C]
        y = 0
        for r in range(REGIONS):
            w = self.conv.weight[0, None, :, :, 0, 0] / math.sqrt(x.shape[1]) * style[:, r, None]  # [B,3,C]
            y = y + torch.einsum('bchw,bkc->bkhw', x, w) * (small == r).to(x.dtype)[:, None]
        y = y + self.bias
        return y if skip is None else y + upsample_skip_oracle(skip)


class Constant(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.input = nn.Parameter(torch.randn(1, channels, 4, 4))


class Noises(nn.Module):
    def __init__(self, count):
        super().__init__()
        generator = torch.Generator().manual_seed(7)
        for n in range(count):
            size = 1 << ((n + 5) // 2)
            self.register_buffer(f'noise_{n}', torch.randn(1, 1, size, size, generator=generator))


class Generator(nn.Module):
    """Style codes [B,12,L,D] and label map [B,S,S] -> image [B,3,S,S], nominally -1..1, unbounded."""

    def __init__(self, shape):
        super().__init__()
        c, d = shape.channels, shape.style
        # Present in the published layout, never used: codes are given directly.
        self.style = nn.Sequential(nn.Identity(), *[EqualLinear(d, d) for _ in range(8)])
        for p in self.style.parameters():
            p.requires_grad_(False)
            p.zero_()
        self.input = Constant(c[0])
        self.conv1 = StyledConv(c[0], c[0], d, False)
        self.to_rgb1 = ToRgb(c[0], d, False)
        self.convs, self.to_rgbs = nn.ModuleList(), nn.ModuleList()
        for inner, outer in zip(c, c[1:]):
            self.convs.append(StyledConv(inner, outer, d, True))
            self.convs.append(StyledConv(outer, outer, d, False))
            self.to_rgbs.append(ToRgb(outer, d, True))
        self.noises = Noises(len(self.convs) + 1)

    def forward(self, codes, labels, dtype=torch.float32, size=None):
        """`size` stops at the smaller picture of that side (training starts there without a GPU)."""
        pyramid = LabelPyramid(labels, dtype)
        x = self.input.input.permute(0, 2, 3, 1).to(dtype).expand(codes.shape[0], -1, -1, -1)
        x = self.conv1(x, pyramid, codes[:, :, 0])
        image = self.to_rgb1(x, pyramid, codes[:, :, 1], None)
        for n, to_rgb in enumerate(self.to_rgbs):
            i = 2 * n + 1
            x = self.convs[2 * n](x, pyramid, codes[:, :, i])
            x = self.convs[2 * n + 1](x, pyramid, codes[:, :, i + 1])
            image = to_rgb(x, pyramid, codes[:, :, i + 2], image)
            if image.shape[1] == size:
                break
        return image.permute(0, 3, 1, 2)

    def oracle(self, codes, labels):
        """The published form: one convolution per region and layer, stored noise."""
        noise = [getattr(self.noises, f'noise_{n}') for n in range(len(self.convs) + 1)]
        x = self.input.input.expand(codes.shape[0], -1, -1, -1)
        x = self.conv1.oracle(x, labels, codes[:, :, 0], noise[0])
        image = self.to_rgb1.oracle(x, labels, codes[:, :, 1], None)
        for n, to_rgb in enumerate(self.to_rgbs):
            i = 2 * n + 1
            x = self.convs[2 * n].oracle(x, labels, codes[:, :, i], noise[i])
            x = self.convs[2 * n + 1].oracle(x, labels, codes[:, :, i + 1], noise[i + 1])
            image = to_rgb.oracle(x, labels, codes[:, :, i + 2], image)
        return image


class Rgi(nn.Module):
    """All three parts. `latent_avg` is no part of the published state_dict and is stored beside it."""

    def __init__(self, shape):
        super().__init__()
        self.shape = shape
        self.encoder = Encoder(shape)
        self.MLPs = nn.ModuleList([LocalMLP(shape) for _ in range(REGIONS)])
        self.G = Generator(shape)
        self.latent_avg = nn.Parameter(torch.zeros(shape.layers, shape.style))

    def encode(self, image, labels, dtype=torch.float32):
        """Style vectors [B,12,V]."""
        return self.encoder(image.to(dtype), labels)

    def map(self, vectors):
        """Style codes [B,12,L,D]."""
        w1 = torch.stack([m.mlp[0].weight for m in self.MLPs]) / math.sqrt(self.shape.vector)
        b1 = torch.stack([m.mlp[0].bias for m in self.MLPs])
        w2 = torch.stack([m.mlp[2].weight for m in self.MLPs]) / math.sqrt(self.shape.hidden)
        b2 = torch.stack([m.mlp[2].bias for m in self.MLPs])
        h = F.leaky_relu(torch.einsum('brv,rhv->brh', vectors, w1) + b1, 0.01)
        y = torch.einsum('brh,roh->bro', h, w2) + b2
        return y.view(-1, REGIONS, self.shape.layers, self.shape.style) + self.latent_avg

    def generate(self, codes, labels, dtype=torch.float32, size=None):
        return self.G(codes, labels, dtype, size)

    def opts(self):
        """What the importer cannot read off the tensors."""
        return {'out_size': self.shape.size, 'num_seg_cls': REGIONS, 'remaining_layer_idx': self.shape.layers,
                'start_from_latent_avg': True, 'learn_in_w': False, 'encoder_size': 256,
                'encoder_strides': [s for _, s in self.shape.body], 'encoder_taps': list(self.shape.taps)}


def published_state(model):
    """The model's tensors under the published names, `latent_avg` among them."""
    return {k: v.detach().cpu() for k, v in model.state_dict().items()}


def count_macs(shape, size=256):
    """Multiply-accumulates of (encoder, generator with one shared pass and real transposed convolutions)."""
    side, inner = size, shape.stem
    encoder = 27 * shape.stem * side * side
    for outer, stride in shape.body:
        encoder += 9 * inner * outer * side * side
        side //= stride
        encoder += (9 * outer + (inner if inner != outer else 0)) * outer * side * side
        inner = outer
    c = shape.channels
    generator = 9 * c[0] * c[0] * 16
    for n in range(1, len(c)):
        half = 4 << (n - 1)
        generator += 9 * c[n - 1] * c[n] * half * half + (9 * c[n] + 3 + 16) * c[n] * 4 * half * half
    return encoder, generator


if __name__ == '__main__':
    net = Rgi(MINI)
    total = sum(v.numel() for v in net.state_dict().values())
    parts = {k: sum(v.numel() for n, v in net.state_dict().items() if n.startswith(k)) for k in ('encoder', 'MLPs', 'G.')}
    e, g = count_macs(MINI)
    print(f'{total / 1e6:.2f} M numbers {parts}; encoder {e / 1e9:.2f} GMAC, generator {g / 1e9:.2f} GMAC; V {MINI.vector}')
