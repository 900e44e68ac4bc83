"""Trains the RGI mini net on rendered faces while they are being rendered; resumable.

    python3 models/training/rgi.py --data DIR --out DIR --minutes M [--resume] [--start W] [--device cuda|cpu] [--tiny]

DIR/single and DIR/pair hold the shards of data.py. Writes OUT/rgi_state.pt (to resume) and OUT/rgi_mini.pt (the averaged
weights, float16) every minute, at the end also rgi_metrics.json and rgi_sheet.png. A file OUT/stop ends it early.
"""
import argparse
import copy
import json
import math
import os
import signal
import sys
import time

import torch
import torch.nn.functional as F

from rgi_data import BadData, Shards, crop_grid, degrade, nudge, random_light, relight, roughen, unit, warp
from rgi_eval import evaluate, swapped_vectors, to_image, write_sheet
from rgi_losses import FACE, INNER, Critic, critic_loss, is_in, leak_loss, likeness, members, picture_loss, swap_loss
from rgi_model import MINI, SMALL, TINY, Rgi, region_counts
from rgi_ops import constant
from rgi_to_safetensors import load_net
from rgi_widen import widened

LEARNING_RATE = {'encoder': 1.5e-3, 'rest': 2.5e-3, 'critic': 4e-4}
FEW_STEPS = 2.0  # times those rates without a GPU
SMALL_SHARE = 0.62  # of the time at half the side, when going on from weights without a GPU
HOLD = 0.6  # of the time at the full rate there, then down to nothing
CRITIC_FROM, PERCEPTUAL_FROM, PERCEPTUAL_FULL = 0.22, 0.32, 0.6  # shares of the time
PERCEPTUAL_SHARE = 0.25  # of the reconstruction's gradient, at the picture
LEAK_WEIGHT, STEADY_WEIGHT = 6.0, 0.05


class Step:
    """One batch: pictures, style vectors, codes and what is asked of every generated picture."""

    def __init__(self, net, shards, batch, pairs, dtype, side, exchange, steady):
        """`side` of the generated pictures; with or without the exchange of regions and the moved crops."""
        self.net, self.dtype = net, dtype
        device, size = shards.train['single'].device, net.shape.size
        single, pair = shards.train['single'].draw(batch), shards.train['pair'].draw(pairs)
        n, m = batch, pairs
        rgb = unit(single['rgb'])
        image, labels = warp(rgb, single['label'], crop_grid(single['points'], size, rgb.shape[-1], True))
        a, t, d = (unit(pair[k + '_rgb']) for k in 'atd')
        la, lt, ld = (pair[k + '_label'].long() for k in 'atd')
        if torch.rand(()) < 0.5:
            a, t, d, la, lt, ld = (v.flip(-1) for v in (a, t, d, la, lt, ld))
        image = relight(image, random_light(n, device))
        a = relight(a, random_light(m, device))
        light = random_light(m, device)
        t, d = relight(t, light), relight(d, light)

        # Reconstructed: singles, source photos, truths. Encoded: these, the targets, and some singles again, moved.
        want, want_labels = torch.cat((image, a, d)), torch.cat((labels, la, ld))
        k = n + 2 * m
        seen, seen_labels = torch.cat((want, t)), torch.cat((want_labels, lt))
        if steady:
            moved, moved_labels = nudge(want[:m], want_labels[:m], 1.5)
            seen, seen_labels = torch.cat((seen, moved)), torch.cat((seen_labels, moved_labels))
        vectors = net.encode(degrade(seen) * 2 - 1, roughen(seen_labels), dtype)
        v, va, vt = vectors[:k], vectors[n:n + m], vectors[k:k + m]
        self.steady = steadiness(v[:m], vectors[k + m:], want_labels[:m], moved_labels) if steady else None

        every, every_labels = [v, swapped_vectors(va, la, vt)], [want_labels, ld]
        if exchange:
            e = max(2, min(n, m))
            other, self.changed = random_exchange(v[:e], want_labels[:e])
            every, every_labels = every + [other], every_labels + [want_labels[:e]]
        labels, step = torch.cat(every_labels), size // side
        self.out = net.generate(net.map(torch.cat(every)), labels, dtype, side)
        self.labels = labels[:, ::step, ::step].contiguous()
        self.want, self.truth = F.avg_pool2d(want, step), F.avg_pool2d(d, step)
        self.n, self.m, self.exchange = n, m, exchange
        if exchange:
            self.changed = self.changed[:, :, ::step, ::step]

    def split(self, out):
        """Generated pictures (0..1, not clamped) as reconstructions, swaps, exchanged."""
        k = self.n + 2 * self.m
        y = (out + 1) / 2
        return y[:k], y[k:k + self.m], y[k + self.m:]

    def losses(self, out):
        k = self.n + 2 * self.m
        built, swapped, exchanged = self.split(out)
        losses = {'build': picture_loss(built, self.want, self.labels[:k]),
                  'swap': swap_loss(swapped, self.truth, self.labels[k:k + self.m])}
        if self.exchange:
            losses['leak'] = leak_loss(exchanged, built[:len(exchanged)], self.changed)
        return losses

    def shown(self, out):
        """(generated, real, labels) for the critic: reconstructions and swaps; targets of a swap are the truths."""
        built, swapped, _ = self.split(out)
        k = self.n + 2 * self.m
        return torch.cat((built, swapped)), torch.cat((self.want, self.truth)), self.labels[:k + self.m]


def steadiness(v, moved, labels, moved_labels):
    """How much style vectors change when the crop moves by a pixel, in units of their spread over the batch."""
    both = (region_counts(labels[:, ::4, ::4]) > 3) & (region_counts(moved_labels[:, ::4, ::4]) > 3)
    both = both[:, :, None].float()
    mean = (v * both).sum(0, keepdim=True) / both.sum(0, keepdim=True).clamp(min=1)
    spread = ((v - mean).square() * both).sum(0) / both.sum(0).clamp(min=1)
    return (((v - moved).square() * both) / (spread.detach() + 0.05)).sum() / (both.sum() * v.shape[2]).clamp(min=1)


def random_exchange(v, labels):
    """Vectors with one region (sometimes the whole face) from another sample; mask of what may change."""
    b = len(v)
    present = region_counts(labels[:, ::4, ::4]) > 0
    score = torch.rand(b, 12, device=v.device) * (present & present.roll(1, 0)).float()
    score = score * (1 + 0.5 * constant(members(INNER), v.device))
    chosen = F.one_hot(score.argmax(1), 12).bool()
    face = constant(members(FACE), v.device).bool()
    chosen = torch.where(torch.rand(b, 1, device=v.device) < 0.15, face[None].expand(b, -1), chosen)
    chosen = chosen & present.roll(1, 0)
    changed = torch.gather(chosen, 1, labels.flatten(1)).view(b, 1, *labels.shape[1:]).float()
    return torch.where(chosen[:, :, None], v.roll(1, 0), v), changed


class Run:
    def __init__(self, args):
        self.args = args
        self.device = torch.device(args.device)
        self.cuda = self.device.type == 'cuda'
        self.dtype = torch.bfloat16 if self.cuda else torch.float32
        torch.manual_seed(args.seed)
        self.rich = self.cuda or args.rich
        begun = load_net(args.start) if args.start else None
        shape = TINY if args.tiny else MINI if self.rich else begun.shape if begun else SMALL
        self.net = (widened(begun, shape) if begun else Rgi(shape)).to(self.device)
        if self.cuda:
            torch.backends.cudnn.benchmark = True
            torch.set_float32_matmul_precision('high')
            self.net.encoder.to(memory_format=torch.channels_last)
        self.average = copy.deepcopy(self.net).requires_grad_(False)
        self.critic = Critic((12, 16, 24, 24) if args.tiny else (48, 96, 160, 192)).to(self.device)
        encoder = [p for p in self.net.encoder.parameters() if p.requires_grad]
        rest = [p for n, p in self.net.named_parameters() if p.requires_grad and not n.startswith('encoder.')]
        self.trained = encoder + rest
        fused = {'fused': True} if self.cuda else {}
        self.optimizer = torch.optim.Adam([{'params': encoder, 'lr': LEARNING_RATE['encoder']},
                                           {'params': rest, 'lr': LEARNING_RATE['rest']}], betas=(0.5, 0.99), **fused)
        self.critic_optimizer = torch.optim.Adam(self.critic.parameters(), LEARNING_RATE['critic'], betas=(0.0, 0.99), **fused)
        self.base = [g['lr'] for g in self.optimizer.param_groups]
        self.step, self.before, self.share = 0, 0.0, 0.0
        self.log = []
        os.makedirs(args.out, exist_ok=True)
        if args.resume and os.path.exists(self.path('rgi_state.pt')):
            self.restore()

    def path(self, name):
        return os.path.join(self.args.out, name)

    def restore(self):
        s = torch.load(self.path('rgi_state.pt'), map_location=self.device)
        for name in ('net', 'average', 'critic', 'optimizer', 'critic_optimizer'):
            getattr(self, name).load_state_dict(s[name])
        self.step, self.before, self.share = s['step'], 0.0 if self.args.again else s['elapsed'], s['share']
        print(f'resumed at step {self.step}, {self.before / 60:.1f} min', flush=True)

    def save(self):
        def write(name, what):
            torch.save(what, self.path(name + '.part'))
            os.replace(self.path(name + '.part'), self.path(name))
        write('rgi_state.pt', {'step': self.step, 'elapsed': self.elapsed(), 'share': self.share,
                               **{n: getattr(self, n).state_dict()
                                  for n in ('net', 'average', 'critic', 'optimizer', 'critic_optimizer')}})
        state = {k: v.detach().cpu().half() for k, v in self.average.state_dict().items()}
        latent = state.pop('latent_avg')
        write('rgi_mini.pt', {'state_dict': state, 'latent_avg': latent, 'opts': self.net.opts(),
                              'training': {'steps': self.step, 'minutes': round(self.elapsed() / 60, 2),
                                           'batch': self.args.batch, 'seed': self.args.seed,
                                           'device': torch.cuda.get_device_name() if self.cuda else 'cpu',
                                           'items': {k: r.seen for k, r in self.shards.train.items()}}})

    def elapsed(self):
        return self.before + time.time() - self.started

    def train_step(self, progress):
        warm = min(1.0, (self.step + 1) / (150 if self.rich else 30))
        down = min(1.0, progress) if self.rich or not self.args.start else max(0.0, min(1.0, (progress - HOLD) / (1 - HOLD)))
        rate = warm * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * down)))
        for group, base in zip(self.optimizer.param_groups, self.base):
            group['lr'] = base * rate * self.args.rate
        batch = Step(self.net, self.shards, self.args.batch, self.args.pairs, self.dtype, self.side(progress),
                     exchange=self.rich or (progress > 0.4 and self.step % 3 == 0), steady=self.rich)
        leaf = batch.out.detach().requires_grad_()
        losses = batch.losses(leaf)
        leak = LEAK_WEIGHT * min(1.0, progress / 0.15 + 0.05)
        total = losses['build'] + losses['swap'] + leak * losses.get('leak', 0)
        grad, = torch.autograd.grad(total, leaf)
        if self.rich and progress >= CRITIC_FROM:
            losses.update(self.train_critic(batch, leaf))
            ramp = (progress - PERCEPTUAL_FROM) / (PERCEPTUAL_FULL - PERCEPTUAL_FROM)
            if ramp > 0:
                grad = grad + self.perceptual(batch, leaf, grad, losses, PERCEPTUAL_SHARE * min(1.0, ramp))
        self.optimizer.zero_grad(set_to_none=True)
        if batch.steady is None:
            batch.out.backward(grad)
        else:
            torch.autograd.backward([batch.out, STEADY_WEIGHT * batch.steady], [grad, None])
            losses['steady'] = batch.steady
        norm = torch.nn.utils.clip_grad_norm_(self.trained, 2.0)
        losses['norm'] = norm
        if self.cuda or torch.isfinite(norm):  # a GPU isn't asked at every step: losses are checked on the host now and then
            self.optimizer.step()
        decay = min(0.998 if self.rich else 0.992, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            mine = [p for p in self.net.parameters()]
            ema = [p for p in self.average.parameters()]
            torch._foreach_mul_(ema, decay)
            torch._foreach_add_(ema, mine, alpha=1 - decay)
        self.step += 1
        return losses

    def side(self, progress):
        """Picture side to train at: without a GPU small first, where a step costs a tenth."""
        if self.rich:
            return 256
        if self.args.start:
            return 128 if progress < SMALL_SHARE else 256
        return 64 if progress < 0.4 else 128 if progress < 0.72 else 256

    def train_critic(self, batch, leaf):
        fake, real, labels = batch.shown(leaf.detach())
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.cuda):
            self.critic.requires_grad_(True)
            score_real, _ = self.critic(real, labels)
            score_fake, _ = self.critic(fake.clamp(-0.2, 1.2), labels)
        loss = critic_loss(score_real, score_fake)
        self.critic_optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.critic_optimizer.step()
        return {'critic': loss}

    def perceptual(self, batch, leaf, grad, losses, share):
        """Gradient of likeness and realism at the pictures, scaled to a share of the reconstruction's."""
        fake, real, labels = batch.shown(leaf)
        self.critic.requires_grad_(False)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.cuda):
            with torch.no_grad():
                _, wanted = self.critic(real, labels)
            score, features = self.critic(fake, labels)
        like, real_looking = likeness(features, wanted), -score.mean()
        g_like, = torch.autograd.grad(like, leaf, retain_graph=True)
        g_real, = torch.autograd.grad(real_looking, leaf)
        size = grad.norm()
        losses.update(like=like, fool=real_looking)
        return share * size * (g_like / g_like.norm().clamp(min=1e-9) + 0.6 * g_real / g_real.norm().clamp(min=1e-9))

    def evaluate(self):
        limit = 8 if self.args.tiny else (192 if self.cuda else 12)
        metrics, rows = evaluate(self.average, self.shards, limit, 4 if self.args.tiny else 16)
        metrics.update(steps=self.step, minutes=round(self.elapsed() / 60, 2),
                       trained_on={k: r.seen for k, r in self.shards.train.items()})
        with open(self.path('rgi_metrics.json'), 'w') as f:
            json.dump({**metrics, 'log': self.log[-200:]}, f, indent=1)
        write_sheet(self.path('rgi_sheet.png'), rows)
        print('eval ' + json.dumps(metrics), flush=True)

    def run(self):
        args = self.args
        scale = 0.02 if args.tiny else (1.0 if self.cuda else 0.15)
        self.shards = Shards(args.data, self.device, {'single': max(64, int(40000 * scale)), 'pair': max(32, int(12000 * scale))},
                             {'single': 192, 'pair': 96})
        self.started = last_save = last_log = time.time()  # the wait counts
        self.shards.wait(args.wait)
        last_step, next_eval = self.step, 0.3
        signal.signal(signal.SIGTERM, lambda *_: setattr(self, 'ended', True))
        self.ended = False
        while not self.ended:
            progress = self.elapsed() / (60 * args.minutes)
            if progress >= 1 or os.path.exists(self.path('stop')):
                break
            if not self.cuda or self.step % 3 == 0:
                self.shards.drain(1 if self.cuda else 2)
            losses = self.train_step(progress)
            if self.step % (20 if self.rich else 5) == 0:
                values = {k: float(v.detach()) for k, v in losses.items()}
                if not all(math.isfinite(v) for v in values.values()):
                    self.fail(f'losses are not finite at step {self.step}: {values}')
                now = time.time()
                if now - last_log >= args.every:
                    speed = (self.step - last_step) / (now - last_log)
                    last_log, last_step = now, self.step
                    memory = torch.cuda.max_memory_allocated() / 1e9 if self.cuda else 0
                    line = {'step': self.step, 'min': round(self.elapsed() / 60, 2), 'steps_s': round(speed, 2),
                            'pictures_s': round(speed * (args.batch + 3 * args.pairs), 1), 'gb': round(memory, 1),
                            **{k: round(v, 4) for k, v in values.items()},
                            'items': [r.seen for r in self.shards.train.values()],
                            'held_out': [r.count for r in self.shards.validation.values()]}
                    self.log.append(line)
                    print('rgi ' + json.dumps(line), flush=True)
                if now - last_save > 60:
                    last_save = now
                    self.save()
            if progress > next_eval and not args.tiny and self.cuda:
                next_eval += 0.3
                self.evaluate()
        if any(not torch.isfinite(p).all() for p in self.average.parameters()):
            self.fail('averaged weights are not finite')
        self.save()
        self.evaluate()
        print(f'done: {self.step} steps, {self.elapsed() / 60:.1f} min', flush=True)

    def fail(self, message):
        print(f'stopped: {message}', file=sys.stderr, flush=True)
        sys.exit(1)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--data', required=True)
    parser.add_argument('--out', required=True)
    parser.add_argument('--minutes', type=float, required=True)
    parser.add_argument('--resume', action='store_true')
    parser.add_argument('--again', action='store_true', help='with --resume: the schedule of the time starts again')
    parser.add_argument('--device', default='cuda' if torch.cuda.is_available() else 'cpu')
    parser.add_argument('--tiny', action='store_true', help='tiny widths, to try the program')
    parser.add_argument('--start', help='weights to start from (.safetensors or rgi_mini.pt): widened on a GPU, else in their own width')
    parser.add_argument('--rich', action='store_true', help='mini widths and all losses on a CPU too (days, not minutes)')
    parser.add_argument('--batch', type=int, help='single items a step; half as many pairs are added')
    parser.add_argument('--pairs', type=int, help='triples a step (default: half as many as single items)')
    parser.add_argument('--rate', type=float, help='times the learning rates (default 1, without a GPU 2)')
    parser.add_argument('--threads', type=int, help='of the CPU')
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--wait', type=float, default=240, help='seconds to wait for the first shards')
    parser.add_argument('--every', type=float, default=20, help='seconds between log lines')
    args = parser.parse_args()
    if args.batch is None:
        args.batch = 2 if args.tiny else (20 if args.device.startswith('cuda') else 4)
    args.pairs = args.pairs or args.batch // 2
    args.rate = args.rate or (1 if args.rich or args.device.startswith('cuda') else FEW_STEPS)
    if args.threads:
        torch.set_num_threads(args.threads)
    try:
        Run(args).run()
    except BadData as error:
        sys.exit(f'bad data: {error}')


if __name__ == '__main__':
    main()
