"""What a trainer on a GPU does to pictures it draws again: cheap changes of light, grain and place. Pictures [B,3,H,W], -1..1."""
import math

import torch
import torch.nn.functional as F


def normal(n, spread, like, channels=1):
    return spread * torch.randn(n, channels, 1, 1, device=like.device)


def other_light(x, share=0.7):
    """Exposure, cast, gamma and grain of `share` of the pictures."""
    n = len(x)
    on = (torch.rand(n, 1, 1, 1, device=x.device) < share).float()
    y = ((x + 1) / 2 * torch.exp(on * (normal(n, 0.12, x) + normal(n, 0.04, x, 3)))).clamp(1e-4, 1) ** torch.exp(on * normal(n, 0.12, x))
    grainy = (torch.rand(n, 1, 1, 1, device=x.device) < 0.4).float() * torch.rand(n, 1, 1, 1, device=x.device) * 0.04
    return (y + grainy * torch.randn_like(y)).clamp(0, 1) * 2 - 1


def moved(x, labels):
    """Pictures and label maps [B,H,W] turned by some 4 degrees, scaled and moved a little; half of them mirrored."""
    n = len(x)
    angle, scale = math.radians(4) * torch.randn(n, device=x.device), torch.exp(0.05 * torch.randn(n, device=x.device))
    c, s = scale * torch.cos(angle), scale * torch.sin(angle)
    flip = torch.where(torch.rand(n, device=x.device) < 0.5, -1.0, 1.0)
    theta = torch.stack((torch.stack((c * flip, -s), 1), torch.stack((s * flip, c), 1)), 1)
    theta = torch.cat((theta, 0.05 * torch.randn(n, 2, 1, device=x.device)), 2)
    grid = F.affine_grid(theta, list(x.shape), align_corners=False)
    y = F.grid_sample(x, grid, mode='bilinear', padding_mode='border', align_corners=False)
    at = F.grid_sample(labels[:, None].float(), grid, mode='nearest', padding_mode='border', align_corners=False)
    return y, at[:, 0].round().long()
