"""The detector, landmark and parser networks: plain convolutions, batch norm, ReLU; little work at full size.

Each takes RGB [B,3,H,W] in -1..1 (level / 127.5 - 1). `Exported` forms (export_nets.py) add what belongs into the graph.
"""
import os
from typing import NamedTuple

import torch
import torch.nn as nn
import torch.nn.functional as F

POINTS, IDENTITIES, EXPRESSIONS, EMBEDDING, LABELS = 198, 40, 57, 64, 12


def unit(i, o, k=3, s=1):
    return nn.Sequential(nn.Conv2d(i, o, k, s, k // 2, bias=False), nn.BatchNorm2d(o), nn.ReLU(True))


class Block(nn.Module):
    """Two 3x3 convolutions beside a short cut. `idle`: begins as nothing but the short cut (behind a ReLU)."""

    def __init__(self, c, idle=False):
        super().__init__()
        self.a, self.b = unit(c, c), nn.Sequential(nn.Conv2d(c, c, 3, 1, 1, bias=False), nn.BatchNorm2d(c))
        if idle:
            nn.init.zeros_(self.b[1].weight)

    def forward(self, x):
        return F.relu(x + self.b(self.a(x)))


def up(x, s=2):
    return F.interpolate(x, scale_factor=s, mode='bilinear', align_corners=False)


class Parser(nn.Module):
    """[B,3,S,S] -> logits [B,12,S,S]; U shape from S/4 to S/32 with a global term at the bottom.

    The finest maps of the U are S/4, and each of their cells gets 2x2 logits. At S/2, these and the picture's edges around give
    every cell 2x2 logits once more: all work is done at S/2 or less.
    """

    def __init__(self, c=(48, 80, 128, 160), d=(48, 64, 96), e=32):
        super().__init__()
        self.s2 = nn.Sequential(unit(3, c[0], 7, 4), Block(c[0]), Block(c[0], True))
        self.s3 = nn.Sequential(unit(c[0], c[1], 3, 2), Block(c[1]), Block(c[1], True))
        self.s4 = nn.Sequential(unit(c[1], c[2], 3, 2), Block(c[2]), Block(c[2], True))
        self.s5 = nn.Sequential(unit(c[2], c[3], 3, 2), Block(c[3]), Block(c[3]))
        self.top = unit(c[3], d[2], 1)
        self.scene = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(c[3], d[2], 1))
        self.l4, self.d4 = nn.Conv2d(c[2], d[2], 1), unit(d[2], d[2])
        self.m3, self.l3, self.d3 = nn.Conv2d(d[2], d[1], 1), nn.Conv2d(c[1], d[1], 1), unit(d[1], d[1])
        self.m2, self.l2, self.d2 = nn.Conv2d(d[1], d[0], 1), nn.Conv2d(c[0], d[0], 1), unit(d[0], d[0])
        self.out = nn.Conv2d(d[0], LABELS * 4, 1)
        self.edges = nn.Sequential(nn.Conv2d(3, e, 6, 2, 2, bias=False), nn.BatchNorm2d(e), nn.ReLU(True))
        self.both = unit(LABELS + e, e)
        self.fine = nn.Conv2d(e + LABELS, LABELS * 4, 1)
        nn.init.zeros_(self.fine.bias)
        self.fine.weight.data = torch.cat((torch.zeros(LABELS * 4, e), torch.eye(LABELS).repeat_interleave(4, 0)), 1)[..., None, None]

    def forward(self, x):
        b = self.s2(x)
        c = self.s3(b)
        d = self.s4(c)
        e = self.s5(d)
        y = self.top(e) + self.scene(e)
        y = self.d4(up(y) + self.l4(d))
        y = self.d3(up(self.m3(y)) + self.l3(c))
        y = self.d2(up(self.m2(y)) + self.l2(b))
        y = F.pixel_shuffle(self.out(y), 2)
        around = self.both(torch.cat((y, self.edges(x)), 1))
        return F.pixel_shuffle(self.fine(torch.cat((around, y), 1)), 2)


def mean_place(maps, grid):
    """[B,P,1024] shares and [1024,2] places -> [B,P,2], in float32 also where the rest is in bfloat16."""
    with torch.autocast(maps.device.type, enabled=False):
        return torch.matmul(maps.float(), grid)


class Landmarks(nn.Module):
    """[B,3,128,128] -> dict: points [B,198,2] 0..1, visibility, presence (logits), pose (degrees / 30), identity,
    expression, embedding. Points are the mean of a 32x32 map each, moved a little by the whole picture's features."""

    def __init__(self, c=(32, 48, 96, 144), width=256):
        super().__init__()
        self.s1 = nn.Sequential(unit(3, c[0], 7, 4), unit(c[0], c[1]))
        self.s2 = nn.Sequential(unit(c[1], c[2], 3, 2), Block(c[2]))
        self.s3 = nn.Sequential(unit(c[2], c[3], 3, 2), Block(c[3]), Block(c[3]))
        self.mid = nn.Sequential(unit(c[3], c[2], 1))
        self.fuse = unit(c[2], c[2])
        self.lift, self.fine = nn.Conv2d(c[1], c[2], 1), unit(c[2], c[2])
        self.maps = nn.Conv2d(c[2], POINTS, 1)
        self.squeeze = unit(c[3], 32, 1)
        self.whole = nn.Sequential(nn.Linear(32 * 64, width), nn.BatchNorm1d(width), nn.ReLU(True))
        self.moved, self.visibility = nn.Linear(width, POINTS * 2), nn.Linear(width, POINTS)
        self.rest = nn.Linear(width, 3 + EXPRESSIONS + 1)
        self.embedding = nn.Linear(width + c[3] + 16 * c[1], EMBEDDING - 1)  # see likeness.py, as for `identity`
        self.register_buffer('spread', torch.ones(1))
        self.identity = nn.Linear(width + c[3] + 16 * c[1] + 2 * POINTS + 3 + EXPRESSIONS, IDENTITIES)
        nn.init.zeros_(self.moved.weight), nn.init.zeros_(self.moved.bias)
        t = (torch.arange(32) + 0.5) / 32
        self.register_buffer('grid', torch.stack((t.repeat(32), t.repeat_interleave(32)), 1))  # [1024,2] x, y

    def forward(self, x):
        a = self.s1(x)
        b = self.s2(a)
        c = self.s3(b)
        f = self.fine(self.lift(a) + up(self.fuse(b + up(self.mid(c)))))
        maps = self.maps(f).flatten(2).softmax(2)
        h = self.whole(self.squeeze(c).flatten(1))
        points = mean_place(maps, self.grid) + 0.1 * self.moved(h).view(-1, POINTS, 2)
        pose, expression, presence = self.rest(h).split((3, EXPRESSIONS, 1), 1)
        look = torch.cat((h, c.mean((2, 3)), F.avg_pool2d(a, 8).flatten(1)), 1)  # what is seen, and its colours on a 4x4 grid
        shape = torch.cat((look, points.flatten(1), pose, expression), 1)
        like = F.normalize(self.embedding(look), dim=1)
        person = torch.cat((self.spread * like, (1 - self.spread ** 2).sqrt().expand(len(x), 1)), 1)  # so that the border lies at 0.6
        return {'points': points, 'visibility': self.visibility(h), 'pose': pose, 'identity': self.identity(shape),
                'expression': expression, 'presence': presence, 'embedding': person,
                'look': look, 'shape': shape, 'like': like}


class Part(NamedTuple):
    """A part of the face that is looked at from near."""

    group: tuple  # of the 68 points: their mean is where the patch lies
    side: int  # of the patch, in px of an FFHQ crop of 256
    size: int  # of the patch, in its own px
    off: float  # how far off the landmark net's centre of it is, in px of the FFHQ crop
    sided: bool  # there is another one: the left is read mirrored
    moved_by: tuple  # how the names of the expression weights begin that move it


PARTS = {
    'eye': Part((*range(17, 22), *range(36, 42)), 64, 64, 2.2, True, ('brow', 'eye', 'cheekSquint')),
    'nose': Part(tuple(range(27, 36)), 72, 64, 2.5, False, ('noseSneer',)),
    'mouth': Part(tuple(range(48, 68)), 80, 64, 3.0, False, ('mouth', 'jaw')),
    'jaw': Part(tuple(range(9)), 144, 80, 3.0, True, ('jaw',)),
}


def part_points(part, mean):
    """Indices of the points that lie in the part's patch on the mean head [198,3], well inside."""
    at = mean[:, :2] * [9.5, -9.5]  # px of the FFHQ crop a cm
    inside = (abs(at - at[list(part.group)].mean(0)) < 0.42 * part.side).all(1)
    inside[list(part.group)] = True
    return [k for k in range(len(mean)) if inside[k]]


class CloseLook(nn.Module):
    """[B,3,S,S] -> dict: points [B,P,2] 0..1 in the patch, unsure [B,P] (log of the mean error, px of the FFHQ crop), expression [B,E]."""

    def __init__(self, part, points, expressions, c=(24, 48, 80), width=160):
        super().__init__()
        cells = part.size // 4
        self.count = points
        self.s1 = nn.Sequential(unit(3, c[0], 5, 2), unit(c[0], c[1], 3, 2), Block(c[1]))
        self.s2 = nn.Sequential(unit(c[1], c[2], 3, 2), Block(c[2]), Block(c[2]))
        self.mid, self.fine = unit(c[2], c[1], 1), unit(c[1], c[1])
        self.maps = nn.Conv2d(c[1], points, 1)
        self.squeeze = unit(c[2], 24, 1)
        self.whole = nn.Sequential(nn.Linear(24 * (cells // 2) ** 2, width), nn.BatchNorm1d(width), nn.ReLU(True))
        self.moved, self.rest = nn.Linear(width, points * 2), nn.Linear(width, points + expressions)
        nn.init.zeros_(self.moved.weight), nn.init.zeros_(self.moved.bias)
        t = (torch.arange(cells) + 0.5) / cells
        self.register_buffer('grid', torch.stack((t.repeat(cells), t.repeat_interleave(cells)), 1))

    def forward(self, x):
        a = self.s1(x)
        b = self.s2(a)
        maps = self.maps(self.fine(a + up(self.mid(b)))).flatten(2).float().softmax(2)
        h = self.whole(self.squeeze(b).flatten(1))
        points = mean_place(maps, self.grid) + 0.1 * self.moved(h).view(-1, self.count, 2)
        unsure, expression = self.rest(h).split((self.count, self.rest.out_features - self.count), 1)
        return {'points': points, 'unsure': unsure, 'expression': expression}


class Detector(nn.Module):
    """[B,3,H,W] -> for strides 8, 16, 32: [B,15,H/s,W/s]: score logit, box 4, points 10, coded as YuNet."""

    strides = (8, 16, 32)

    def __init__(self, c=(32, 56, 80, 128), d=64):
        super().__init__()
        self.s1 = unit(3, c[0], 7, 4)
        self.s2 = nn.Sequential(unit(c[0], c[1], 3, 2), Block(c[1]))
        self.s3 = nn.Sequential(unit(c[1], c[2], 3, 2), Block(c[2]))
        self.s4 = nn.Sequential(unit(c[2], c[3], 3, 2), Block(c[3]))
        self.l2, self.l3, self.l4 = nn.Conv2d(c[1], d, 1), nn.Conv2d(c[2], d, 1), unit(c[3], d, 1)
        self.h2, self.h3, self.h4 = unit(d, d), unit(d, d), unit(d, d)
        self.out = nn.Conv2d(d, 15, 1)
        nn.init.normal_(self.out.weight, 0, 0.01), nn.init.zeros_(self.out.bias)
        self.out.bias.data[0] = -4.0

    def forward(self, x):
        b = self.s2(self.s1(x))
        c = self.s3(b)
        e = self.l4(self.s4(c))
        c = self.l3(c) + up(e)
        b = self.l2(b) + up(c)
        return [self.out(h) for h in (self.h2(b), self.h3(c), self.h4(e))]


def open_net(run, name):
    """The net whose weights are RUN/`name`.pt, ready to read with."""
    net = {'detector': Detector, 'landmarks': Landmarks, 'parser': Parser}[name]()
    net.load_state_dict(torch.load(os.path.join(run, f'{name}.pt'), map_location='cpu'))
    return net.eval()
