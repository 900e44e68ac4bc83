"""Where a trainer's items come from: made in turn by the trainer itself, or by worker processes for a trainer on a GPU.

Augmenting a picture takes milliseconds of a core, a step on a GPU as long for dozens: workers write items into shared
memory, the trainer keeps the latest of them on the device and draws each a few times.
"""
import ctypes
import mmap
import multiprocessing
import os
import signal
import time

import numpy as np
import torch

SLOTS = 384
REFRESH = 64  # items between two looks for new shards


class Inline:
    """Makes every item when it is asked for."""

    def __init__(self, make, rng, refresh):
        self.make, self.rng, self.refresh, self.count = make, rng, refresh, 0

    def draw(self, n):
        """{name: tensor [n,...]} of n new items."""
        items = [self.make(self.rng) for _ in range(n)]
        self.count += n
        if self.count // 400 != (self.count - n) // 400:
            self.refresh()
        return {k: torch.from_numpy(np.stack([item[k] for item in items])) for k in items[0]}


class Feeder:
    """`workers` processes call `make(rng)` -> {name: array}, always of the same shapes; `draw` gives batches on `device`.

    Every item is drawn `reuse` times on average, at most; then `draw` waits. Make it before the first use of the GPU, as
    the workers are forks. An error in a worker stops the trainer with its message.
    """

    def __init__(self, make, workers, capacity, device, seed, refresh, reuse=4.0):
        self.device, self.capacity, self.reuse = device, capacity, reuse
        first = make(np.random.RandomState(seed))
        self.slots = {k: self._shared(np.asarray(v)) for k, v in first.items()}
        context = multiprocessing.get_context('fork')
        self.free, self.full = context.SimpleQueue(), context.SimpleQueue()
        for slot in range(SLOTS):
            self.free.put(slot)
        self.workers = [context.Process(target=self._work, args=(make, refresh, seed * 1000 + k), daemon=True) for k in range(workers)]
        for worker in self.workers:
            worker.start()
        self.store, self.count, self.next, self.fed, self.drawn = {}, 0, 0, 0, 0

    @staticmethod
    def _shared(value):
        memory = mmap.mmap(-1, SLOTS * max(1, value.nbytes))
        return np.frombuffer(memory, value.dtype).reshape(SLOTS, *value.shape)

    def _work(self, make, refresh, seed):
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # ends with its parent, however that ends
        os.nice(10)
        rng, made = np.random.RandomState(seed), 0
        try:
            while True:
                item = make(rng)
                slot = self.free.get()
                for k, v in item.items():
                    self.slots[k][slot] = v
                self.full.put(slot)
                made += 1
                if made % REFRESH == 0:
                    refresh()
        except BaseException as error:  # noqa: BLE001 (the trainer stops with it)
            self.full.put(f'{type(error).__name__}: {error}')

    def _take(self):
        """Moves what the workers have made onto the device."""
        got = []
        while not self.full.empty() and len(got) < SLOTS // 2:
            slot = self.full.get()
            if isinstance(slot, str):
                raise SystemExit(f'a worker stopped: {slot}')
            got.append(slot)
        if not got:
            return False
        at = torch.from_numpy((self.next + np.arange(len(got))) % self.capacity).to(self.device)
        for k, v in self.slots.items():
            fresh = torch.from_numpy(v[got]).to(self.device)
            if k not in self.store:
                self.store[k] = torch.empty((self.capacity,) + tuple(fresh.shape[1:]), dtype=fresh.dtype, device=self.device)
            self.store[k][at] = fresh
        for slot in got:
            self.free.put(slot)
        self.next = (self.next + len(got)) % self.capacity
        self.count, self.fed = min(self.capacity, self.count + len(got)), self.fed + len(got)
        return True

    def draw(self, n):
        """{name: tensor [n,...]} of items drawn from the store."""
        self._take()
        while self.count < 4 * n or self.drawn + n > self.reuse * self.fed:
            if not self._take():
                time.sleep(0.002)
        self.drawn += n
        chosen = torch.randint(self.count, (n,), device=self.device)
        return {k: v[chosen] for k, v in self.store.items()}


def source(make, rng, seed, workers, device, refresh, capacity=16000):
    """An `Inline` without workers, else a `Feeder`."""
    if workers:
        return Feeder(make, workers, capacity, device, seed, refresh)
    return Inline(make, rng, refresh)
