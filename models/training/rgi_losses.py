"""What the RGI net is trained for. Pictures are 0..1, label maps [B,H,W]."""
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.utils.parametrizations import spectral_norm

from rgi_ops import REGIONS, constant

FACE = (1, 2, 3, 5, 6, 7, 8, 9)  # regions that take the source's texture
INNER = (1, 2, 3, 5, 6, 9)
# How much a pixel of each region counts in a reconstruction.
PIXEL_WEIGHT = (0.35, 2.0, 1.5, 5.0, 0.5, 1.3, 1.1, 0.7, 0.6, 2.2, 0.8, 0.8)


def members(regions):
    """1 for each of the regions, 0 for the others."""
    return tuple(float(r in regions) for r in range(REGIONS))


def is_in(labels, regions):
    """Mask [B,1,H,W] of the pixels whose label is one of `regions`."""
    return constant(members(regions), labels.device)[labels][:, None]


def pixel_weights(labels):
    return constant(PIXEL_WEIGHT, labels.device)[labels][:, None]


def box(x, r):
    return F.avg_pool2d(F.pad(x, (r, r, r, r), mode='replicate'), 2 * r + 1, 1)


def ssim_map(a, b):
    ma, mb = box(a, 3), box(b, 3)
    va, vb, cov = box(a * a, 3) - ma * ma, box(b * b, 3) - mb * mb, box(a * b, 3) - ma * mb
    return (2 * ma * mb + 1e-4) * (2 * cov + 9e-4) / ((ma * ma + mb * mb + 1e-4) * (va + vb + 9e-4))


def pyramid_loss(out, want, weight, levels=4):
    """Weighted L1 of the Laplacian bands: edges count like areas, at every scale."""
    error, total = out - want, 0
    for _ in range(levels):
        small = F.avg_pool2d(error, 2)
        band = error - F.interpolate(small, scale_factor=2, mode='bilinear', align_corners=False)
        total = total + (weight * band.abs()).mean()
        error, weight = small, F.avg_pool2d(weight, 2)
    return total + (weight * error.abs()).mean()


def region_loss(out, want, labels, regions):
    """L1 averaged per region first, so that eyes count as much as skin."""
    onehot = F.one_hot(labels, REGIONS).permute(0, 3, 1, 2).flatten(2).float()  # [B,12,HW]
    error = (out - want).abs().mean(1).flatten(1)  # [B,HW]
    count = onehot.sum(2)
    mean = torch.bmm(onehot, error[:, :, None])[:, :, 0] / count.clamp(min=1)
    use = constant(members(regions), out.device) * (count > 8).float()
    return (mean * use).sum() / use.sum().clamp(min=1)


def picture_loss(out, want, labels, weight=None, regions=INNER + (10,)):
    """Reconstruction: L1, Laplacian bands, structure at two scales, balanced regions."""
    w = pixel_weights(labels) if weight is None else weight
    l1 = (w * (out - want).abs()).mean()
    structure = (w * (1 - ssim_map(out, want))).mean()
    half = F.avg_pool2d(w, 2)
    structure = structure + (half * (1 - ssim_map(F.avg_pool2d(out, 2), F.avg_pool2d(want, 2)))).mean()
    return 2 * l1 + 1.5 * pyramid_loss(out, want, w) + 0.15 * structure + region_loss(out, want, labels, regions)


def match_light(out, want, mask, step=8):
    """`out` times the smooth ratio of the two pictures' local means inside the mask (about 40 px wide)."""
    def local(x):
        return box(box(F.avg_pool2d(x, step), 2), 2)
    m = local(mask).clamp(min=1e-3)
    ratio = (local(want * mask) / m + 0.05) / (local(out * mask) / m + 0.05)
    ratio = torch.where(m > 2e-3, ratio, torch.ones_like(ratio)).clamp(0.4, 2.5)
    return out * F.interpolate(ratio, scale_factor=step, mode='bilinear', align_corners=False)


def swap_loss(out, truth, labels):
    """Swapped face against the truth: after matching smooth light inside the face, as it is elsewhere.

    Eyes count little: the truth looks where the target looks, and the source's eyes look elsewhere."""
    face = is_in(labels, FACE)
    matched = match_light(out, truth, face)
    weight = pixel_weights(labels) * (1 - 0.75 * is_in(labels, (3,)))
    inside = picture_loss(matched * face, truth * face, labels, weight * face, regions=(1, 2, 5, 6, 9))
    outside = (weight * (1 - face) * (out - truth).abs()).mean()
    plain = (weight * face * (out - truth).abs()).mean()
    return inside + 2 * outside + 0.5 * plain


def dilate(mask, r):
    return F.max_pool2d(mask, 2 * r + 1, 1, r)


def leak_loss(out, base, changed):
    """Mean change outside the regions whose codes were swapped, 3 px away. `changed` [B,1,H,W]."""
    outside = 1 - dilate(changed, 3)
    return ((out - base).abs() * outside).sum() / (3 * outside.sum()).clamp(min=1)


class Critic(nn.Module):
    """Says patch by patch how rendered a picture looks, given its label map; its features serve as a likeness."""

    def __init__(self, widths=(48, 96, 160, 192)):
        super().__init__()
        inner = [3 + REGIONS] + list(widths)
        self.layers = nn.ModuleList([spectral_norm(nn.Conv2d(i, o, 4 if n < 3 else 3, 2 if n < 3 else 1, 1))
                                     for n, (i, o) in enumerate(zip(inner, widths))])
        self.out = spectral_norm(nn.Conv2d(widths[-1], 1, 3, 1, 1))

    def forward(self, image, labels):
        """Image 0..1 -> (patch scores, features of every layer)."""
        onehot = F.one_hot(labels, REGIONS).permute(0, 3, 1, 2).to(image.dtype)
        x = torch.cat((image * 2 - 1, onehot), 1).contiguous(memory_format=torch.channels_last)
        features = []
        for layer in self.layers:
            x = F.leaky_relu(layer(x), 0.2)
            features.append(x)
        return self.out(x).float(), features


def critic_loss(real, fake):
    """Hinge."""
    return F.relu(1 - real).mean() + F.relu(1 + fake).mean()


def likeness(features, wanted):
    """Distance of the critic's features, each layer in units of the wanted ones' spread."""
    total = 0
    for f, w in zip(features, wanted):
        w = w.detach().float()
        total = total + (f.float() - w).abs().mean() / w.std().clamp(min=1e-3)
    return total / len(wanted)
