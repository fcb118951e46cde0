"""DINOv2: its three parts by hand, what the student may not see, whose head the patches have, and DINO inside it."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from sslcourse import losses, methods, models, runtime, training

K, SIZE, PATCHES = 12, 16, 16


def images(n=6, seed=0):
    return torch.randint(256, (n, 3, SIZE, SIZE), generator=torch.Generator().manual_seed(seed), dtype=torch.uint8)


def four_views(batch):
    x = batch.float() / 255
    return [x, x.flip(3), x[:, :, :8, :8], x[:, :, 8:, 8:]]


def vit(**settings):
    return models.VisionTransformer(SIZE, 4, width=16, depth=2, heads=2, mask_token=True, **settings)


def small(**settings):
    with runtime.seeded(0):
        given = {"views": four_views, "output_dim": K, "hidden_dim": 10, "bottleneck_dim": 6, **settings}
        method = methods.DINOv2(vit(registers=2), **given)
    fixed = torch.zeros(2 * 6, PATCHES, dtype=torch.bool)
    fixed[0, :3] = fixed[5, 4] = fixed[9, 8:14] = True
    method.draw_mask = lambda n, length, device=None: fixed[:n]
    return method


def tokens(method, batch):
    large = torch.cat(four_views(batch)[:2])
    return method.encoder.tokens(large, mask=method.draw_mask(12, PATCHES)), method.teacher_encoder.tokens(large)


def apart(method):
    """Let student and teacher be two networks."""
    with runtime.seeded(1), torch.no_grad():
        for p in method.encoder.parameters():
            p.add_(0.05 * torch.randn_like(p))
    return method


@pytest.mark.parametrize("untied", [True, False])
def test_the_three_parts_are_those_of_plain_loops(untied):
    method, batch = apart(small(untied=untied, ibot_weight=0.7, koleo_weight=0.3)), images()
    loss = method.loss(batch)
    student, teacher = tokens(method, batch)
    locals_ = [method.heads["class"](method.encoder(v)) for v in four_views(batch)[2:]]
    s = [*method.heads["class"](student[:, 0]).chunk(2), *locals_]
    t = method.teacher_heads["class"](teacher[:, 0])
    p = losses.sinkhorn_knopp(t, epsilon=0.04).chunk(2)
    pairs = [-(p[i] * F.log_softmax(s[j] / 0.1, dim=1)).sum(dim=1).mean() for i in range(2) for j in range(4) if i != j]
    torch.testing.assert_close(method.parts["DINO"], sum(pairs) / 6)

    hidden, name = method.draw_mask(12, PATCHES), "patch" if untied else "class"
    q = losses.sinkhorn_knopp(method.teacher_heads[name](teacher[:, 1:][hidden]), epsilon=0.04)
    log_s = F.log_softmax(method.heads[name](student[:, 1:][hidden]) / 0.1, dim=1)
    each, at, total = -(q * log_s).sum(dim=1).detach(), 0, 0.0
    for row in hidden:
        count = int(row.sum())
        total += float(each[at:at + count].mean()) if count else 0.0
        at += count
    assert float(method.parts["iBOT"].detach()) == pytest.approx(total / 12, rel=1e-4)

    spread = 0.0
    for view in student[:, 0].chunk(2):
        z = F.normalize(view.detach(), dim=1)
        spread += sum(float(-torch.log(min((z[i] - z[j]).norm() for j in range(6) if j != i))) for i in range(6)) / 6 / 2
    assert float(method.parts["KoLeo"].detach()) == pytest.approx(spread, rel=1e-4)
    wanted = method.parts["DINO"] + 0.7 * method.parts["iBOT"] + 0.3 * method.parts["KoLeo"]
    torch.testing.assert_close(loss, wanted)


def test_without_its_own_parts_it_is_dino():
    with runtime.seeded(0):
        ours = methods.DINOv2(vit(), views=four_views, output_dim=K, hidden_dim=10, bottleneck_dim=6, centering=True,
                              ibot_weight=0.0, koleo_weight=0.0, mask_share=0.0, untied=False)
    with runtime.seeded(0):
        dino = methods.DINO(vit(), views=four_views, output_dim=K, hidden_dim=10, bottleneck_dim=6)
    for _ in range(2):                                              # the second time with a center
        torch.testing.assert_close(ours.loss(images()), dino.loss(images()))
    assert ours.diagnostics()["entropy"] == pytest.approx(dino.diagnostics()["entropy"], rel=1e-4)
    assert ours.diagnostics()["KL"] == pytest.approx(dino.diagnostics()["KL"], rel=1e-4)


def test_the_student_does_not_see_a_hidden_patch_and_the_teacher_does():
    method, seen = small(views=lambda batch: [batch.float() / 255, batch.float() / 255]), []
    for encoder in (method.encoder, method.teacher_encoder):
        whole = encoder.tokens
        encoder.tokens = lambda x, mask=None, whole=whole: seen.append(whole(x, mask=mask)) or seen[-1]
    batch = images()
    other = batch.clone()
    other[0, :, :4, :12] = 255 - other[0, :, :4, :12]               # the first three patches of image 0, hidden in view 0
    for each in (batch, other):
        method.loss(each)
    student, teacher, student_other, teacher_other = seen
    assert torch.equal(student[0], student_other[0]) and not torch.equal(teacher[0], teacher_other[0])
    assert not torch.equal(student[6], student_other[6])            # in view 1 nothing of it is hidden


def test_gradients_reach_encoder_both_heads_mask_token_and_registers_and_no_teacher():
    method = small()
    method.loss(images()).backward()
    last = [head.last_layer.weight for head in method.heads.values()]
    for wanted in (method.encoder.mask_token, method.encoder.registers, *last):
        assert wanted.grad is not None and wanted.grad.abs().max() > 0
    for part in (method.teacher_encoder, method.teacher_heads):
        assert all(p.grad is None and not p.requires_grad for p in part.parameters())


def test_untied_heads_are_two_and_tied_ones_one():
    assert list(small().heads) == ["class", "patch"] and list(small(untied=False).heads) == ["class"]


def test_a_share_of_the_views_has_hidden_patches_within_the_bounds():
    with runtime.seeded(0):
        method = methods.DINOv2(vit(), output_dim=K, mask_ratio=(0.2, 0.6), mask_share=0.25, mask=methods.block_mask)
        counts = torch.stack([method.draw_mask(40, 64).sum(dim=1) for _ in range(20)])
    assert ((counts > 0).sum(dim=1) == 10).all()
    found = counts[counts > 0].float() / 64
    assert found.min() >= 0.2 and found.max() <= 0.6 + 1 / 64 and found.max() - found.min() > 0.2
    with runtime.seeded(0):
        assert not methods.DINOv2(vit(), output_dim=K, mask_share=0.0).draw_mask(4, 16).any()


def test_sinkhorn_uses_every_output_alike_where_a_softmax_uses_one():
    balanced, plain = small(), small(centering=False)
    for method in (balanced, plain):
        with torch.no_grad():                                       # one output far ahead, for whatever image
            head = method.teacher_heads["class"]
            z = head.layers(method.teacher_encoder(images().float() / 255)).mean(dim=0)     # (6,): what all have in common
            head.last_layer.weight[0] = z
        method.loss(images())
    assert balanced.diagnostics()["entropy of the mean"] > plain.diagnostics()["entropy of the mean"]
    assert balanced.targets.sum(dim=0).max() < 2 * 12 / K


@pytest.mark.slow
def test_koleo_keeps_class_tokens_apart():
    """With KoLeo alone counting, the nearest neighbors move away from one another."""
    method = small(koleo_weight=5.0)
    method.loss(images())
    before = float(method.parts["KoLeo"].detach())
    training.train(method, images(), steps=40, batch_size=6, lr=3e-3)
    method.loss(images())
    assert float(method.parts["KoLeo"].detach()) < before - 0.2


def test_features_are_the_class_token_or_the_mean_of_the_patches():
    method, x = apart(small()), images().float() / 255
    teacher, student = method.teacher_encoder.tokens(x), method.encoder.tokens(x)
    torch.testing.assert_close(method.encode(x), teacher[:, 0])
    method.which, method.pool = "student", "mean"
    torch.testing.assert_close(method.encode(x), student[:, 1:].mean(dim=1))


def test_a_step_of_the_teacher_moves_encoder_and_heads():
    method = small(momentum=0.75, final_momentum=None)
    before = {name: p.clone() for name, p in method.named_parameters() if name.startswith("teacher")}
    with torch.no_grad():
        for part in (method.encoder, method.heads):
            for p in part.parameters():
                p.add_(1.0)
    method.after_step(0.3)
    for name, p in method.named_parameters():
        if name in before:
            torch.testing.assert_close(p, before[name] + 0.25)
