"""A training that can be killed: state, averaged weights, time-bound schedule, and a stop at the first NaN."""
import contextlib
import copy
import json
import os
import random
import time

import numpy as np
import torch

from tensors_file import load_weights

EVERY = 4  # steps between two updates of the averaged weights
LOOK = 20  # steps between two looks at the losses on a GPU, and at the clock for saving


class Training:
    """Steps a net for `minutes` of wall time in all, over as many runs as it takes.

    OUT/NAME_state.pt holds everything to go on from (every minute and at the end), OUT/NAME.pt the averaged weights,
    OUT/NAME_log.jsonl one line a report. A file OUT/NAME_stop ends it early, as if the time were up.
    `start` is a file of weights to begin from. On a GPU the net is moved there and `half` computes in bfloat16.
    """

    def __init__(self, name, net, out, minutes, rate, seed=1, decay=1e-4, keep=0.997, start=None, device='cpu'):
        self.name, self.out, self.minutes, self.rate, self.keep = name, out, minutes, rate, keep
        self.device, self.cuda = device, device.startswith('cuda')
        os.makedirs(out, exist_ok=True)
        torch.set_num_threads(1)
        torch.manual_seed(seed)
        random.seed(seed)
        self.rng = np.random.RandomState(seed)
        if start:
            load_weights(net, start)
        self.net = net = net.to(device)
        if self.cuda:
            torch.backends.cudnn.benchmark = True
            torch.set_float32_matmul_precision('high')
        self.optimizer = torch.optim.AdamW(net.parameters(), rate, weight_decay=decay, betas=(0.9, 0.99),
                                           **({'fused': True} if self.cuda else {}))
        self.average = copy.deepcopy(net).eval()
        self.step, self.before, self.start, self.sums, self.saved = 0, 0.0, time.time(), {}, time.time()
        self.items = 0
        if os.path.exists(self._path('_state.pt')):
            self._resume()

    def _path(self, end):
        return os.path.join(self.out, self.name + end)

    def _resume(self):
        s = torch.load(self._path('_state.pt'), map_location=self.device, weights_only=False)
        self.net.load_state_dict(s['net'])
        self.average.load_state_dict(s['average'])
        self.optimizer.load_state_dict(s['optimizer'])
        self.rng.set_state(s['rng'])
        torch.set_rng_state(s['torch_rng'].cpu())
        self.step, self.before, self.items = s['step'], s['seconds'], s['items']
        print(f'{self.name}: goes on at step {self.step}, {self.before / 60:.1f} min done', flush=True)

    def save(self):
        state = {'net': self.net.state_dict(), 'average': self.average.state_dict(), 'step': self.step, 'items': self.items,
                 'optimizer': self.optimizer.state_dict(), 'rng': self.rng.get_state(),
                 'torch_rng': torch.get_rng_state(), 'seconds': self.seconds()}
        for value, end in ((state, '_state.pt'), (self.average.state_dict(), '.pt')):
            torch.save(value, self._path(end + '.tmp'))
            os.replace(self._path(end + '.tmp'), self._path(end))
        self.saved = time.time()

    def seconds(self):
        return self.before + time.time() - self.start

    def share(self):
        """Of the time, 0..1."""
        return min(1.0, self.seconds() / (60 * self.minutes))

    def is_over(self):
        return self.share() >= 1 or os.path.exists(self._path('_stop'))

    def half(self):
        """Context in which a GPU computes in bfloat16; nothing on a CPU."""
        return torch.autocast('cuda', torch.bfloat16) if self.cuda else contextlib.nullcontext()

    def update(self, losses, items):
        """One optimiser step on the sum of named losses. A GPU is asked for their values now and then only."""
        total = sum(losses.values())
        if (not self.cuda or self.step % LOOK == 0) and not torch.isfinite(total):
            raise SystemExit(f'{self.name}: loss is {({k: float(v) for k, v in losses.items()})} at step {self.step}; '
                             f'{self._path("_state.pt")} is the last good state')
        warm = min(1.0, (self.step + 1) / 100)
        rate = self.rate * warm * (0.02 + 0.98 * 0.5 * (1 + np.cos(np.pi * self.share())))
        for group in self.optimizer.param_groups:
            group['lr'] = rate
        self.optimizer.zero_grad(set_to_none=True)
        total.backward()
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), 5.0)
        self.optimizer.step()
        self.step += 1
        self.items += items
        if self.step % EVERY == 0:
            keep = min(self.keep ** EVERY, (self.step + 1) / (self.step + 12))
            self._average(keep)
        for key, value in losses.items():
            self.sums.setdefault(key, []).append(value.detach() if self.cuda else float(value.detach()))
        if self.step % LOOK == 0 and time.time() - self.saved > 60:
            self.save()

    @torch.no_grad()
    def _average(self, keep):
        pairs = list(zip(self.average.state_dict().values(), self.net.state_dict().values()))
        numbers = [(a, b) for a, b in pairs if a.is_floating_point()]
        averages, values = [a for a, _ in numbers], [b for _, b in numbers]
        torch._foreach_mul_(averages, keep)
        torch._foreach_add_(averages, values, alpha=1 - keep)
        for a, b in pairs:
            if not a.is_floating_point():
                a.copy_(b)

    def report(self, **more):
        """Prints and logs the mean losses since the last report, with what else is given."""
        line = {'step': self.step, 'items': self.items, 'minutes': round(self.seconds() / 60, 2),
                **{k: round(float(np.mean([float(x) for x in v[-400:]])), 4) for k, v in self.sums.items()}, **more}
        self.sums = {}
        print(json.dumps(line), flush=True)
        with open(self._path('_log.jsonl'), 'a') as f:
            f.write(json.dumps(line) + '\n')
