"""Last layers of the landmark net: `embedding` (whose look) and `identity` (shape weights).

Trained by gradient along with the rest over few people, the first fell onto one point and the second onto the mean; in closed
form, from the features of the finished net, neither can: linear discriminants between people, and ridge regression (`solve`).
With the millions of pictures that a GPU sees both are learnt (landmarks.py); only the border of likeness is left (`set_border`).
"""
import numpy as np
import torch


def features(net, teacher, rng, pairs):
    """look [2P,L], shape [2P,S] and identity [2P,40] of both pictures of P drawn people, neighbours in the rows."""
    looks, shapes, identities = [], [], []
    with torch.no_grad():
        for _ in range(0, pairs, 8):
            group = {k: torch.from_numpy(v)[None] for k, v in teacher.group(rng, 8, 0).items()}
            x, fields = teacher.batch(group)
            out = net(x)
            looks.append(out['look'].numpy()), shapes.append(out['shape'].numpy()), identities.append(fields[3].numpy())
    return tuple(np.concatenate(v).astype(np.float64) for v in (looks, shapes, identities))


def discriminants(look, size, shrink=0.3):
    """Weights [size,L] and bias of the directions that tell people apart best, within-person scatter made round."""
    mean = look.mean(0)
    half = (look[0::2] - look[1::2]) / np.sqrt(2)
    within = half.T @ half / len(half)
    among = np.cov(look.T)
    within = within + shrink * np.diag(np.diag(among)) + 1e-6 * np.eye(len(among)) * np.trace(among) / len(among)
    chol = np.linalg.inv(np.linalg.cholesky(within))
    values, vectors = np.linalg.eigh(chol @ among @ chol.T)
    order = np.argsort(-values)[:size]
    # Directions in which people differ no more than one person does count little.
    weight = (vectors[:, order] * np.sqrt(np.maximum(0, 1 - 1 / np.maximum(values[order], 1e-9)) + 1e-3)).T @ chol
    return weight, -weight @ mean


def ridge(x, y, strength=0.03):
    """Weights and bias of y from x; `strength` in shares of each feature's variance."""
    mean, target = x.mean(0), y.mean(0)
    spread = x.std(0) + 1e-6
    a = (x - mean) / spread
    w = np.linalg.solve(a.T @ a + strength * len(a) * np.eye(a.shape[1]), a.T @ (y - target)).T / spread
    return w, target - w @ mean


def border(look, weight, bias):
    """Cosine at which as many pairs of one person lie below as pairs of two persons above."""
    e = look @ weight.T + bias
    e /= np.linalg.norm(e, axis=1, keepdims=True)
    same, other = (e[0::2] * e[1::2]).sum(1), (e[0::2] * np.roll(e[1::2], 1, 0)).sum(1)
    steps = np.linspace(-1, 1, 401)
    return float(steps[np.argmin([abs((same < t).mean() - (other >= t).mean()) for t in steps])])


def set_border(net, teacher, rng, pairs):
    """Spreads a learnt embedding so that the border between one person and two lies at 0.6. The net is on the CPU."""
    look, _, _ = features(net, teacher, rng, pairs)
    c = border(look, net.embedding.weight.detach().numpy().astype(np.float64), net.embedding.bias.detach().numpy())
    print(f'border of likeness {c:.2f}', flush=True)
    with torch.no_grad():
        net.spread.fill_(min(1.0, (0.4 / max(0.4, 1 - c)) ** 0.5))


def solve(net, teacher, rng, pairs):
    """Puts both layers into the net. Strengths and the border are chosen on a fifth of the people, which is not fitted."""
    look, shape, identity = features(net, teacher, rng, pairs)
    k = len(look) // 10 * 8
    off = {s: np.square((shape[k:] @ w.T + b - identity[k:]) @ teacher.identity_to_cm.numpy().astype(np.float64)).mean()
           for s in (0.3, 1.0, 3.0) for w, b in [ridge(shape[:k], identity[:k], s)]}
    weight, bias = discriminants(look[:k], net.embedding.out_features)
    c = border(look[k:], weight, bias)
    print(f'identity: {({s: round(float(v), 4) for s, v in off.items()})} cm2, border of likeness {c:.2f}', flush=True)
    with torch.no_grad():
        net.spread.fill_(min(1.0, (0.4 / max(0.4, 1 - c)) ** 0.5))  # cosine c -> 0.6, the border of src/ops/track
        for layer, values in ((net.embedding, (weight, bias)), (net.identity, ridge(shape, identity, min(off, key=off.get)))):
            layer.weight.copy_(torch.from_numpy(values[0])), layer.bias.copy_(torch.from_numpy(values[1]))
