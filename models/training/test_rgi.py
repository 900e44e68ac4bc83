"""The fast generator against the published form, gradients of the fast product, and the key layout.

Run: python3 -m unittest models/training/test_rgi.py
"""
import os
import sys
import unittest

import torch

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from rgi_model import MINI, TINY, Rgi, count_macs  # noqa: E402
import rgi_ops  # noqa: E402
from rgi_ops import LabelPyramid, modulated, tap_product  # noqa: E402


def blocky_labels(batch, size, cell, seed):
    generator = torch.Generator().manual_seed(seed)
    small = torch.randint(0, 12, (batch, size // cell, size // cell), generator=generator)
    return small.repeat_interleave(cell, 1).repeat_interleave(cell, 2)


class GeneratorTest(unittest.TestCase):
    def test_fast_form_equals_published_form(self):
        torch.manual_seed(1)
        net = Rgi(TINY).double()
        for p in net.parameters():
            if p.requires_grad:
                p.data.add_(0.2 * torch.randn_like(p))
        for cell in (16, 1):
            labels = blocky_labels(2, 256, cell, cell)
            codes = torch.randn(2, 12, TINY.layers, TINY.style).double()
            with torch.no_grad():
                fast = net.G(codes, labels, torch.float64)
                slow = net.G.oracle(codes, labels)
            self.assertEqual(tuple(fast.shape), (2, 3, 256, 256))
            self.assertGreater(float(slow.std()), 0.1)
            self.assertLess(float((fast - slow).abs().max()), 1e-9)

    def test_product_over_taps_equals_shared_convolution(self):
        torch.manual_seed(4)
        for upsample in (False, True):
            size = 64 if upsample else 32
            labels = blocky_labels(2, size, 4, 5)
            x = torch.randn(2, 32, 32, 6).double().requires_grad_()
            style, weight = torch.randn(2, 12, 6).double().requires_grad_(), torch.randn(5, 6, 3, 3).double().requires_grad_()
            results = []
            for form in (rgi_ops._shared, None):
                kept, rgi_ops._shared = rgi_ops._shared, form or rgi_ops._taps_form
                try:
                    y = modulated(x, LabelPyramid(labels, torch.float64), style, weight, upsample)
                finally:
                    rgi_ops._shared = kept
                results.append((y,) + torch.autograd.grad((y * torch.cos(y.detach())).sum(), (x, style, weight)))
            for a, b in zip(*results):
                self.assertLess(float((a - b).abs().max()), 1e-9)

    def test_gradients_of_the_tap_product(self):
        torch.manual_seed(2)
        x, s = torch.randn(2, 3, 4, 2).double().requires_grad_(), torch.randn(2, 3, 4, 2).double().requires_grad_()
        w = torch.randn(18, 3).double().requires_grad_()
        self.assertTrue(torch.autograd.gradcheck(tap_product, (x, s, w)))

    def test_mapper_equals_one_region_at_a_time(self):
        torch.manual_seed(3)
        net = Rgi(TINY)
        v = torch.randn(2, 12, TINY.vector)
        one = torch.stack([net.MLPs[r](v[:, r]) for r in range(12)], 1).view(2, 12, TINY.layers, TINY.style)
        self.assertLess(float((net.map(v) - one).abs().max()), 1e-5)

    def test_mini_keeps_its_budget(self):
        encoder, generator = count_macs(MINI)
        self.assertLess(encoder, 2.51e9)
        self.assertLess(generator, 4.5e9)
        self.assertLess(2 * sum(v.numel() for v in Rgi(MINI).state_dict().values()), 16.5e6)

    def test_keys_follow_the_published_layout(self):
        keys = set(Rgi(MINI).state_dict())
        for key in ('encoder.input_layer.2.weight', 'encoder.body.0.shortcut_layer.0.weight',
                    'encoder.body.6.res_layer.5.fc2.weight', 'MLPs.11.mlp.2.bias', 'G.style.8.bias', 'G.input.input',
                    'G.conv1.conv.modulation.bias', 'G.convs.0.conv.blur.kernel', 'G.convs.11.noise.weight',
                    'G.convs.11.activate.bias', 'G.to_rgb1.conv.weight', 'G.to_rgbs.5.upsample.kernel',
                    'G.noises.noise_12', 'latent_avg'):
            self.assertIn(key, keys)


if __name__ == '__main__':
    unittest.main()
