"""The refiner: looks at the parts of a face from near, and a head that puts their readings and the landmark net's together."""
import os

import numpy as np
import torch
import torch.nn as nn

from crops import mirror_points
from refine_identity import BASIS, residual, ridge
from close_look import moved_weights
from small_nets import EXPRESSIONS, IDENTITIES, PARTS, POINTS, CloseLook, part_points
from tensors_file import read_safetensors

STRENGTH = 0.01  # of the ridge; 0.003 to 0.03 differ by 0.5 % on held-out people
NAMES = tuple(PARTS)
SIDES = tuple((name, side) for name, part in PARTS.items() for side in range(2 if part.sided else 1))


class Head(nn.Module):
    """Readings (dict, places in px of the FFHQ crop of 256) -> points [B,198,2], identity [B,40], expression [B,57], pose [B,3] in degrees.

    Every point begins as the mean of what the landmark net and the close looks say, weighted by how sure these are. A small
    network corrects points, expression and pose. Identity is one linear layer of what the points differ by from the shape
    told, in the head's axes (as refine_identity.py's).
    """

    def __init__(self, width=384):
        super().__init__()
        basis = read_safetensors(BASIS)
        mean = basis['mean'].numpy()
        swap = mirror_points(mean)
        counts, index, start = [], np.full((len(SIDES), POINTS), -1), 0
        for row, (name, side) in enumerate(SIDES):
            own = part_points(PARTS[name], mean)
            for k, p in enumerate(own):
                if side == 0 or swap[p].max() == 1:
                    index[row, p if side == 0 else swap[p].argmax()] = start + k
            counts.append(len(own))
            start += len(own)
        self.total = start
        self.register_buffer('index', torch.from_numpy(np.where(index < 0, start, index).reshape(-1)), persistent=False)
        self.register_buffer('missing', torch.from_numpy((index < 0).astype(np.float32)), persistent=False)
        self.register_buffer('mean', basis['mean'], persistent=False)
        self.register_buffer('modes', torch.cat((basis['identity'], basis['expression'])).flatten(1), persistent=False)
        self.trust = nn.Parameter(torch.zeros(1 + len(SIDES), POINTS))
        self.seen, self.sure = nn.Parameter(torch.ones(())), nn.Parameter(torch.ones(()))
        moved = sum(len(moved_weights(PARTS[name])) for name, _ in SIDES)
        size = POINTS * 4 + self.total * 3 + POINTS + IDENTITIES + EXPRESSIONS + 3 + moved
        out = POINTS * 2 + EXPRESSIONS + 3
        self.register_buffer('middle', torch.zeros(size))
        self.register_buffer('spread', torch.ones(size))
        self.straight = nn.Linear(size, out)
        self.bent = nn.Sequential(nn.Dropout(0.2), nn.Linear(size, width), nn.ReLU(True), nn.Dropout(0.3), nn.Linear(width, width), nn.ReLU(True), nn.Linear(width, out))
        for layer in (self.straight, self.bent[-1]):
            nn.init.zeros_(layer.weight), nn.init.zeros_(layer.bias)
        self.shape = nn.Linear(POINTS * 2 + IDENTITIES, IDENTITIES)
        nn.init.zeros_(self.shape.weight), nn.init.zeros_(self.shape.bias)

    def near(self, told):
        """[B,T,2] places and [B,T] logs of the mean error that the close looks tell, side by side."""
        places, unsure = [], []
        for name, side in SIDES:
            at = (told[f'{name}_points'][:, side] - 0.5) * PARTS[name].side
            if side == 1:
                at = at * torch.tensor([-1.0, 1.0])
            places.append(told[f'{name}_centre'][:, side:side + 1] + at)
            unsure.append(told[f'{name}_unsure'][:, side])
        return torch.cat(places, 1), torch.cat(unsure, 1)

    def merge(self, told, places, unsure):
        n = len(places)
        all_places = torch.cat((places, torch.zeros_like(places[:, :1])), 1)[:, self.index].view(n, len(SIDES), POINTS, 2)
        all_unsure = torch.cat((unsure, torch.zeros_like(unsure[:, :1])), 1)[:, self.index].view(n, len(SIDES), POINTS)
        logits = torch.cat(((self.trust[0] + self.seen * told['visibility'])[:, None], self.trust[1:] - 2 * self.sure * all_unsure - 1e4 * self.missing), 1)
        return (logits.softmax(1).unsqueeze(3) * torch.cat((told['points'][:, None], all_places), 1)).sum(1)

    def residual(self, points, told):
        return residual(self.mean, self.modes, torch.cat((told['identity'], told['expression']), 1), points, told['visibility'], told['pose'])

    def features(self, told):
        places, unsure = self.near(told)
        points = self.merge(told, places, unsure)
        moved = [told[f'{name}_expression'].flatten(1) for name in NAMES]
        residual = self.residual(points, told)
        return points, torch.cat((points.flatten(1), residual.flatten(1), places.flatten(1), unsure, told['visibility'],
                                  told['identity'], told['expression'], told['pose'], *moved), 1)

    @torch.no_grad()
    def normalise(self, told):
        parts = [self.features({k: v[i:i + 2000] for k, v in told.items()})[1] for i in range(0, len(told['points']), 2000)]
        x = torch.cat(parts)
        self.middle.copy_(x.mean(0)), self.spread.copy_(x.std(0) + 1e-3)

    def forward(self, told):
        points, x = self.features(told)
        x = (x - self.middle) / self.spread
        point, expression, pose = (self.straight(x) + self.bent(x)).split((POINTS * 2, EXPRESSIONS, 3), 1)
        points, expression, pose = points + point.view(-1, POINTS, 2), told['expression'] + 0.1 * expression, told['pose'] + pose
        return points, told['identity'] + self.shape(self.shape_features(points, expression, pose, told)), expression, pose

    def shape_features(self, points, expression, pose, told):
        better = {**told, 'expression': expression.clamp(0, 1), 'pose': pose}
        return torch.cat((self.residual(points, better).flatten(1), told['identity']), 1)

    @torch.no_grad()
    def fit_shape(self, told):
        """Puts the regression of the true identity into its layer."""
        points, _, expression, pose = self(told)
        ridge(self.shape, self.shape_features(points, expression, pose, told), told['true_identity'] - told['identity'], STRENGTH)


class Refiner(nn.Module):
    """`looks`: a CloseLook for each part; `head`: what puts them together."""

    def __init__(self):
        super().__init__()
        mean = read_safetensors(BASIS)['mean'].numpy()
        self.looks = nn.ModuleDict({name: CloseLook(part, len(part_points(part, mean)), len(moved_weights(part))) for name, part in PARTS.items()})
        self.head = Head()

    def load_looks(self, run):
        """Weights of close_look.py's RUN/look_NAME.pt."""
        for name, look in self.looks.items():
            look.load_state_dict(torch.load(os.path.join(run, f'look_{name}.pt'), map_location='cpu'))
        return self.eval()
