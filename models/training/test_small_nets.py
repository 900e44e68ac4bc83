"""Tests of what the trainers of detector, landmarks and parser stand on: `python3 models/training/test_small_nets.py`."""
import os
import subprocess
import sys
import tempfile

import numpy as np
import torch

from crops import crop_from_picture, ffhq_quad, mirror_points, move
from clutter import put_thing, strew
from detector import cells, decode, targets
from faces import HELD_OUT, BadData, Faces
from close_look import UNIT, moved_weights, patch_matrix
from refine_identity import RefinedShape, fit
from refiner_net import SIDES, Refiner
from shape_basis import EXPRESSION_NAMES
from small_nets import EXPRESSIONS, IDENTITIES, PARTS, POINTS, Block, Landmarks, Parser, part_points
from tensors_file import load_weights
from train_loop import Training


def shard(n=4, **changed):
    label = np.full((n, 256, 256), 6, np.uint8)
    arrays = dict(rgb=np.zeros((n, 256, 256, 3), np.uint8), label=label, alpha=label, occ=label * 0,
                  points=np.zeros((n, 198, 2), np.float32), visible=np.ones((n, 198), np.float32), pose=np.zeros((n, 3), np.float32),
                  identity=np.zeros((n, 40), np.float32), expression=np.zeros((n, 57), np.float32), person=np.arange(n) // 2,
                  seed=np.arange(n))
    return {**arrays, **changed}


def message_of(**changed):
    with tempfile.TemporaryDirectory() as folder:
        np.savez(os.path.join(folder, 'single-00000000.npz'), **shard(**changed))
        try:
            return len(Faces(folder))
        except BadData as error:
            return str(error)


def test_bad_shards_stop_with_a_message():
    assert message_of() == 4
    assert 'points holds NaN' in message_of(points=np.full((4, 198, 2), np.nan, np.float32))
    assert 'label 12' in message_of(label=np.full((4, 256, 256), 12, np.uint8))
    assert 'have no skin' in message_of(label=np.zeros((4, 256, 256), np.uint8))
    assert 'wrong side' in message_of(seed=np.arange(4) + HELD_OUT)


def test_faces_come_at_the_side_that_is_asked_for():
    with tempfile.TemporaryDirectory() as folder:
        np.savez(os.path.join(folder, 'single-00000000.npz'), **shard(points=np.full((4, 198, 2), 128, np.float32)))
        face = Faces(folder, side=64)[1]
        assert face['rgb'].shape == (64, 64, 3) and face['occ'].shape == (64, 64)
        assert np.allclose(face['points'], 32)
        assert Faces(folder)[1]['label'].shape == (256, 256)


def test_things_stay_off_the_faces():
    rng, image = np.random.RandomState(2), np.full((192, 320, 3), 90, np.uint8)
    for _ in range(40):
        strew(rng, image, [(100, 60, 180, 150)])
    assert (image[60:150, 100:180] == 90).all() and (image != 90).any()
    for k in (2, 5, 400):  # tiny, small, larger than the picture and half outside
        put_thing(rng, image, (0, 190), k)


def test_an_idle_block_changes_nothing_and_weights_of_a_shallower_net_are_taken():
    x = torch.rand(1, 8, 6, 6)
    assert torch.allclose(Block(8, idle=True).eval()(x), x)
    with tempfile.TemporaryDirectory() as folder:
        path, net = os.path.join(folder, 'old.pt'), Parser().eval()
        old = {k: torch.full_like(v, 0.01) if v.is_floating_point() else v for k, v in net.state_dict().items() if not k.startswith('s2.2.')}
        torch.save(old, path)
        load_weights(net, path)
        with torch.no_grad():
            assert float(net.out.bias[0]) == np.float32(0.01) and float(net.s2[2].b[1].weight.abs().max()) == 0
        torch.save({**old, 'unknown': torch.zeros(1)}, path)
        try:
            load_weights(net, path)
            raise AssertionError('took weights the net has no place for')
        except RuntimeError as error:
            assert 'unknown' in str(error)


def test_no_data_stops_with_a_message():
    with tempfile.TemporaryDirectory() as folder:
        os.makedirs(os.path.join(folder, 'val'))
        for name in ('detector', 'landmarks', 'parser'):
            run = subprocess.run([sys.executable, os.path.join(os.path.dirname(os.path.abspath(__file__)), f'{name}.py'), '--data',
                                  folder, '--out', folder], capture_output=True, text=True)
            assert run.returncode == 1 and 'no single-*.npz' in run.stderr, (name, run.stderr)


def test_training_goes_on_where_it_was_killed_and_stops_at_nan():
    with tempfile.TemporaryDirectory() as folder:
        def begin():
            torch.manual_seed(3)
            return Training('toy', torch.nn.Linear(3, 1), folder, 9, 1e-2, seed=4)

        def step(t):
            t.update({'loss': t.net(torch.from_numpy(t.rng.rand(5, 3)).float()).pow(2).mean()}, 5)
        whole = begin()
        for _ in range(6):
            step(whole)
        half = begin()
        for _ in range(3):
            step(half)
        half.save()
        again = begin()
        assert again.step == 3 and again.items == 15
        for _ in range(3):
            step(again)
        assert torch.allclose(again.net.weight, whole.net.weight, atol=1e-4)  # the rate follows the clock a little
        try:
            again.update({'loss': again.net(torch.full((1, 3), float('nan'))).sum()}, 1)
            raise AssertionError('went on with NaN')
        except SystemExit as error:
            assert 'loss is' in str(error)


def face():
    p = np.zeros((68, 2))
    p[36:42], p[42:48], p[48], p[54] = (100, 100), (140, 104), (106, 150), (134, 152)
    return p


def test_crop_puts_the_quad_on_its_corners():
    c, x, y = ffhq_quad(face())
    m = crop_from_picture(face(), 64)
    assert np.allclose(move(np.stack([c - x - y, c + x + y, c]), m), [[0, 0], [64, 64], [32, 32]])
    mirrored = crop_from_picture(face(), 64, mirror=True)
    assert np.allclose(move(np.stack([c - x - y]), mirrored), [[64, 0]])


def test_mirrored_twice_is_the_same():
    rng = np.random.RandomState(0)
    mean = rng.rand(198, 3) * [0, 5, 5]  # all in the middle: every point is its own twin
    assert np.allclose(mirror_points(mean) @ mean, mean, atol=1e-6)


def test_detector_codes_come_back_as_boxes():
    boxes = np.array([[40.0, 30.0, 70.0, 66.0]], np.float32)
    which = np.concatenate(targets(boxes, np.zeros((1, 5, 2)), [True], 192, 320))
    assert (which >= 0).any()
    at, stride = cells(192, 320)
    k = int(np.flatnonzero(which >= 0)[0])
    centre, size = torch.tensor([55.0, 48.0]), torch.tensor([30.0, 36.0])
    code = torch.cat((centre / stride[k] - at[k], torch.log(size / stride[k]), torch.zeros(10)))
    box, _ = decode(code[None], at[k][None], stride[k][None])
    assert torch.allclose(box[0], torch.from_numpy(boxes[0]), atol=1e-3)


def told_of(refined, identity, pose):
    """What a net without faults tells of heads of these identities [N,40] at one pose (degrees), but for the identity: 0."""
    n = len(identity)
    shape = refined.mean + (identity @ refined.modes[:IDENTITIES]).unflatten(1, (POINTS, 3))
    told = {'identity': torch.zeros(n, IDENTITIES), 'expression': torch.zeros(n, EXPRESSIONS), 'visibility': torch.full((n, POINTS), 9.0),
            'pose': (torch.tensor(pose) / 30).expand(n, 3)}
    yaw, pitch, roll = (torch.tensor(a) * np.pi / 180 for a in pose)
    turned = [torch.tensor([[1, 0, 0], [0, pitch.cos(), -pitch.sin()], [0, pitch.sin(), pitch.cos()]]),
              torch.tensor([[yaw.cos(), 0, yaw.sin()], [0, 1, 0], [-yaw.sin(), 0, yaw.cos()]]),
              torch.tensor([[roll.cos(), roll.sin(), 0], [-roll.sin(), roll.cos(), 0], [0, 0, 1]])]
    for a in turned:
        shape = shape @ a.T
    return {**told, 'points': 0.5 + shape[..., :2] * torch.tensor([0.04, -0.04])}


def test_points_correct_the_identity_at_any_pose():
    torch.manual_seed(1)
    refined = RefinedShape().load_basis()
    assert torch.equal(refined({**told_of(refined, torch.zeros(1, IDENTITIES), (0.0, 0.0, 0.0))}), torch.zeros(1, IDENTITIES))
    mean = told_of(refined, torch.zeros(1, IDENTITIES), (25.0, -12.0, 8.0))
    assert refined.residual(mean).abs().max() < 1e-4  # the mean head explains itself, moved, scaled and turned
    people = torch.randn(600, IDENTITIES)
    told = told_of(refined, people, (10.0, 5.0, 0.0))
    with torch.no_grad():
        fit(refined, told, people)
        off = (refined(told) - people) @ refined.modes[:IDENTITIES]
    assert off.square().mean() < 0.1 * (people @ refined.modes[:IDENTITIES]).square().mean()


def perfect_looks(head, points):
    """Readings [1,…] in which every close look is right, and sure of it, and the landmark net is 5 px off."""
    mean = head.mean.numpy()
    swap, told = mirror_points(mean), {'points': points + 5, 'visibility': torch.ones(1, POINTS), 'identity': torch.zeros(1, IDENTITIES),
                                       'expression': torch.zeros(1, EXPRESSIONS), 'pose': torch.zeros(1, 3)}
    for name, part in PARTS.items():
        own, sides = part_points(part, mean), range(2 if part.sided else 1)
        places = [torch.from_numpy(swap).float() @ points[0] if side else points[0] for side in sides]
        centres = torch.stack([p[list(part.group)].mean(0) + 3 for p in places])
        crop = np.eye(2, 3)
        at = [move(p.numpy(), patch_matrix(crop, c.numpy(), part, mirror=side == 1))[own] / part.size for side, p, c in zip(sides, places, centres)]
        told.update({f'{name}_points': torch.from_numpy(np.stack(at)).float()[None], f'{name}_centre': centres[None],
                     f'{name}_unsure': torch.full((1, len(sides), len(own)), -6.0), f'{name}_expression': torch.zeros(1, len(sides), len(moved_weights(part)))})
    return told


def test_close_looks_are_believed_where_they_are_sure():
    refiner = Refiner().eval()
    points = torch.from_numpy((refiner.head.mean.numpy()[:, :2] * [9.5, -9.5] + UNIT / 2).astype(np.float32))[None]
    told = perfect_looks(refiner.head, points)
    places, unsure = refiner.head.near(told)
    assert places.shape == (1, refiner.head.total, 2) and len(SIDES) == 6
    seen = ~(refiner.head.missing.bool().all(0))
    off = (refiner.head.merge(told, places, unsure) - points).norm(dim=2)[0]
    assert off[seen].max() < 0.01 and seen[:68].all()
    assert torch.allclose(off[~seen], torch.tensor(50.0).sqrt())  # nobody looked there: as the landmark net says
    refined, identity, _, _ = refiner.head(told)
    assert torch.equal(refined, refiner.head.merge(told, places, unsure)) and identity.abs().max() == 0  # begins without a correction


def test_parts_with_sides_tell_the_weights_of_their_own_side():
    for name, part in PARTS.items():
        names = [EXPRESSION_NAMES[k] for k in moved_weights(part)]
        assert names and (not part.sided or not any(n.endswith('_L') for n in names)), name


def test_embedding_has_length_one():
    net = Landmarks().eval()
    net.spread.fill_(0.6)
    assert torch.allclose(net(torch.zeros(2, 3, 128, 128))['embedding'].norm(dim=1), torch.ones(2), atol=1e-5)


if __name__ == '__main__':
    for name, test in list(globals().items()):
        if name.startswith('test_'):
            test()
            print('passed', name)
