"""DINO: Algorithm 1's three functions by plain loops, the teacher that only follows, and what the diagnostics say."""

from __future__ import annotations

import copy
import math

import numpy as np
import pytest
import torch
from scipy.special import log_softmax, softmax
from scipy.stats import entropy
from torch import nn

from sslcourse import losses, methods, models, runtime, training

K = 6


def drawn(*shape, seed=0, scale=0.3):
    return scale * torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def images(n=8, size=16, seed=0):
    return torch.randint(256, (n, 3, size, size), generator=torch.Generator().manual_seed(seed), dtype=torch.uint8)


class Tiny(nn.Module):
    """Mean colours through one linear layer and BatchNorm: an encoder for views of every size."""

    num_features = 5

    def __init__(self):
        super().__init__()
        self.layer, self.norm = nn.Linear(3, 5), nn.BatchNorm1d(5)

    def forward(self, x):
        return self.norm(self.layer(x.mean(dim=(2, 3))))


def four_views(batch):
    x = batch.float() / 255
    return [x, x.flip(1), x[:, :, :8, :8], x[:, :, 8:, 8:]]


def tiny(**settings):
    with runtime.seeded(0):
        return methods.DINO(Tiny(), views=four_views, output_dim=K, hidden_dim=7, bottleneck_dim=4, **settings)


def test_the_cross_entropy_is_scipy_s_row_by_row():
    t, s, c = drawn(4, K), drawn(4, K, seed=1), drawn(K, seed=2)
    wanted = np.mean([-(softmax((t[n] - c).numpy() / 0.05) * log_softmax(s[n].numpy() / 0.2)).sum() for n in range(4)])
    assert methods.dino_cross_entropy(t, s, c, 0.05, 0.2).item() == pytest.approx(wanted, rel=1e-5)


def test_no_gradient_reaches_the_teacher_s_logits():
    t, s = drawn(4, K).requires_grad_(), drawn(4, K, seed=1).requires_grad_()
    methods.dino_cross_entropy(t, s, torch.zeros(K)).backward()
    assert t.grad is None and s.grad.abs().max() > 0


@pytest.mark.parametrize("n_teacher, n_student", [(2, 2), (2, 5), (1, 3), (3, 4)])
def test_the_pairs_are_those_of_the_course_s_loss_and_of_two_loops(n_teacher, n_student):
    t, s, c = drawn(n_teacher, 3, K), drawn(n_student, 3, K, seed=1), drawn(K, seed=2)
    found = methods.multi_crop_loss(torch.softmax((t - c) / 0.04, -1), torch.log_softmax(s / 0.1, -1))
    pairs = [methods.dino_cross_entropy(t[i], s[j], c) for i in range(n_teacher) for j in range(n_student) if i != j]
    assert len(pairs) == n_teacher * n_student - n_teacher
    torch.testing.assert_close(found, torch.stack(pairs).mean())
    torch.testing.assert_close(found, losses.dino(teacher_out=list(t), student_out=list(s), center=c))


def test_a_view_is_not_compared_with_itself():
    """Make view 0 of the student absurd: only the pairs of teacher view 1 with it may notice."""
    p, log_q = torch.softmax(drawn(2, 3, K), -1), torch.log_softmax(drawn(2, 3, K, seed=1), -1)
    p_changed = p.clone()
    p_changed[0] = torch.eye(K)[:3]
    log_q_same = log_q.clone()
    log_q_same[1] = math.log(1 / K)      # what teacher view 0 is compared with: then its target cannot matter
    torch.testing.assert_close(methods.multi_crop_loss(p, log_q_same), methods.multi_crop_loss(p_changed, log_q_same))


def test_the_centre_moves_as_in_the_course_s_loss():
    c, t = drawn(K), drawn(2, 5, K, seed=3)
    criterion = losses.DINOLoss(K, center_momentum=0.7)
    criterion.center.copy_(c)
    criterion(teacher_out=list(t), student_out=list(t))
    torch.testing.assert_close(methods.update_center(c, t, 0.7), criterion.center)
    by_hand = [0.7 * float(c[k]) + 0.3 * float(t[:, :, k].mean()) for k in range(K)]
    assert methods.update_center(c, t, 0.7).tolist() == pytest.approx(by_hand, rel=1e-5)


def test_entropies_are_scipy_s():
    p = torch.softmax(drawn(7, K, scale=2), dim=1)
    own, mean = methods.output_entropies(p)
    assert own == pytest.approx(np.mean([entropy(row) for row in p.numpy()]), rel=1e-5)
    assert mean == pytest.approx(entropy(p.mean(dim=0).numpy()), rel=1e-5) and mean > own


@pytest.mark.parametrize("p, wanted", [
    (torch.full((5, K), 1 / K), (math.log(K), math.log(K))),                        # uniform
    (torch.eye(K)[[2, 2, 2, 2, 2]], (0.0, 0.0)),                                    # one output for all
    (torch.eye(K), (0.0, math.log(K))),                                             # an output for each
])
def test_the_two_entropies_tell_the_collapses_apart(p, wanted):
    assert methods.output_entropies(p) == pytest.approx(wanted, abs=1e-6)


@pytest.mark.parametrize("batch_norm", [False, True])
def test_the_method_s_loss_is_algorithm_1_by_hand(batch_norm):
    method, batch = tiny(batch_norm=batch_norm), images()
    method.criterion.center.copy_(drawn(K, seed=5))
    found = method.loss(batch)
    twin, views = tiny(batch_norm=batch_norm), four_views(batch)
    both = twin.teacher_head(twin.teacher_encoder(torch.cat(views[:2])))            # one batch for BatchNorm
    s = twin.head(twin.encoder(torch.cat(views[:2]))), twin.head(twin.encoder(torch.cat(views[2:])))
    t, s = both.chunk(2), (*s[0].chunk(2), *s[1].chunk(2))
    c = drawn(K, seed=5)
    wanted = [methods.dino_cross_entropy(t[i], s[j], c) for i in range(2) for j in range(4) if i != j]
    torch.testing.assert_close(found, torch.stack(wanted).mean())
    torch.testing.assert_close(method.criterion.center, methods.update_center(c, torch.stack(t)))


def test_the_diagnostics_are_a_plain_formula_of_targets_and_loss():
    method = tiny()
    loss = method.loss(images())
    said, p = method.diagnostics(), method.targets
    assert p.shape == (16, K)
    assert said["entropy"] == pytest.approx(-(p * p.log()).sum(dim=1).mean().item(), rel=1e-4)
    assert said["entropy of the mean"] == pytest.approx(-(p.mean(0) * p.mean(0).log()).sum().item(), rel=1e-4)
    assert said["KL"] == pytest.approx(loss.item() - said["entropy"], rel=1e-4) and said["KL"] > 0


def test_kl_is_zero_where_the_student_says_what_the_teacher_says():
    method = tiny(teacher_temp=0.1, centering=False)
    method.views = lambda batch: [batch.float() / 255] * 2      # one view twice, one network twice
    method.loss(images())
    assert method.diagnostics()["KL"] == pytest.approx(0, abs=1e-5)


def test_gradients_reach_the_student_and_never_the_teacher():
    method = tiny()
    method.loss(images()).backward()
    assert all(p.grad is not None and p.grad.abs().max() > 0 for p in method.encoder.layer.parameters() if p.ndim > 1)
    for part in (method.teacher_encoder, method.teacher_head):
        assert all(p.grad is None and not p.requires_grad for p in part.parameters())


def test_a_step_of_the_teacher_by_hand():
    method = tiny(momentum=0.75, final_momentum=None)
    with torch.no_grad():
        method.encoder.layer.weight.add_(1.0)
        method.head.last_layer.weight.mul_(3.0)
    before = copy.deepcopy(method.teacher_encoder.layer.weight), copy.deepcopy(method.teacher_head.last_layer.weight)
    method.after_step(0.4)
    torch.testing.assert_close(method.teacher_encoder.layer.weight, before[0] + 0.25)
    torch.testing.assert_close(method.teacher_head.last_layer.weight, before[1] * 1.5)


def test_both_networks_keep_running_means_of_the_global_views_and_the_teacher_its_own():
    method = tiny(momentum=0.5, final_momentum=None, batch_norm=True)
    method.views = lambda batch: [batch.float() / 255, batch.float() / 255, torch.full((len(batch), 3, 8, 8), 100.0)]
    method.loss(images())
    student, teacher = method.encoder.norm, method.teacher_encoder.norm
    torch.testing.assert_close(student.running_mean, teacher.running_mean)      # one network so far, and one batch
    for one, other in zip(method.head.buffers(), method.teacher_head.buffers()):
        if one.is_floating_point():
            torch.testing.assert_close(one, other)
    student.running_mean.add_(7.0)
    before = teacher.running_mean.clone()
    method.after_step(0.5)
    assert torch.equal(teacher.running_mean, before) and student.momentum == 0.1


def test_a_training_run_moves_both_the_teacher_less_and_neither_copies_the_other():
    method = tiny(momentum=0.9)
    first = copy.deepcopy(method.state_dict())
    training.train(method, images(32), steps=12, batch_size=16, lr=1e-2)
    moved = {name: (value.cpu() - first[name]).abs().mean().item() for name, value in method.state_dict().items()
             if name.endswith("layer.weight")}
    assert 0 < moved["teacher_encoder.layer.weight"] < moved["encoder.layer.weight"]


def test_momentum_1_keeps_the_teacher_and_momentum_0_copies_the_student():
    for momentum in (0.0, 1.0):
        method = tiny(momentum=momentum, final_momentum=None)
        first = method.teacher_encoder.layer.weight.clone()
        training.train(method, images(32), steps=3, batch_size=16, lr=1e-2)
        wanted = method.encoder.layer.weight if momentum == 0 else first.to(runtime.device())
        torch.testing.assert_close(method.teacher_encoder.layer.weight, wanted)


def test_without_stop_gradient_the_targets_are_the_student_s_and_pull_too():
    method, batch = tiny(stop_gradient=False), images()
    loss = method.loss(batch)
    views = four_views(batch)
    twin = tiny()
    s = (*twin.head(twin.encoder(torch.cat(views[:2]))).chunk(2), *twin.head(twin.encoder(torch.cat(views[2:]))).chunk(2))
    wanted = [methods.dino_cross_entropy(s[i], s[j], torch.zeros(K)) for i in range(2) for j in range(4) if i != j]
    torch.testing.assert_close(loss, torch.stack(wanted).mean())                # one value …
    loss.backward()
    torch.stack(wanted).mean().backward()
    ours, stopped = method.encoder.layer.weight.grad, twin.encoder.layer.weight.grad
    assert not torch.allclose(ours, stopped, atol=1e-3 * stopped.abs().max())   # … and another gradient
    assert method.targets.requires_grad is False and method.diagnostics()["entropy"] > 0


def test_encode_is_the_teacher_s_unless_the_student_is_asked_for():
    method, batch = tiny().eval(), images().float() / 255
    with torch.no_grad():
        method.encoder.layer.weight.add_(1.0)
        assert torch.equal(method.encode(batch), method.teacher_encoder(batch))
        method.which = "student"
        assert torch.equal(method.encode(batch), method.encoder(batch))


def test_a_vit_and_labels_in_the_batch_are_welcome():
    with runtime.seeded(0):
        encoder = models.VisionTransformer(image_size=16, patch_size=4, width=8, depth=1, heads=2)
        method = methods.DINO(encoder, views=four_views, output_dim=K, hidden_dim=7, bottleneck_dim=4)
    assert method.loss((images(), torch.arange(8))).isfinite()
    assert method.encode(images(2).float() / 255).shape == (2, 8)


@pytest.mark.parametrize("settings, message", [
    (dict(momentum=1.5), "momentum: got 1.5"), (dict(final_momentum=-0.1), "final_momentum: got -0.1"),
    (dict(teacher_temp=0), "teacher_temp: got 0"), (dict(student_temp=-1), "student_temp: got -1"),
    (dict(which="both"), "which: got 'both'"), (dict(n_global=0), "n_global: got 0"),
    (dict(center_momentum=2), "center_momentum: got 2"),
])
def test_bad_settings_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        tiny(**settings)


@pytest.mark.parametrize("call, message", [
    (lambda: methods.dino_cross_entropy(torch.zeros(4), torch.zeros(4), torch.zeros(4)), "teacher_out: got"),
    (lambda: methods.dino_cross_entropy(torch.zeros(2, 4), torch.zeros(3, 4), torch.zeros(4)), "student_out: got"),
    (lambda: methods.dino_cross_entropy(torch.zeros(2, 4), torch.zeros(2, 4), torch.zeros(3)), "center: got"),
    (lambda: methods.dino_cross_entropy(torch.zeros(2, 4), torch.zeros(2, 4), torch.zeros(4), 0), "teacher_temp: got 0"),
    (lambda: methods.multi_crop_loss(torch.zeros(2, 3), torch.zeros(2, 3, 4)), "p: got"),
    (lambda: methods.multi_crop_loss(torch.zeros(2, 3, 4), torch.zeros(2, 3, 5)), "log_q: got"),
    (lambda: methods.multi_crop_loss(torch.zeros(3, 3, 4), torch.zeros(2, 3, 4)), "log_q: got"),
    (lambda: methods.multi_crop_loss(torch.zeros(1, 3, 4), torch.zeros(1, 3, 4)), "log_q: got"),
    (lambda: methods.update_center(torch.zeros(4), torch.zeros(2, 3, 5)), "teacher_out: got"),
    (lambda: methods.update_center(torch.zeros(4), torch.zeros(2, 3, 4), 1.1), "momentum: got 1.1"),
    (lambda: methods.output_entropies(torch.zeros(4)), "p: got"),
    (lambda: tiny().diagnostics(), "diagnostics: got no loss so far"),
])
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
