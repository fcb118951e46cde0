"""Bad input to every public callable of `sslcourse.losses`: (name, call, the argument that the message must name).

A row for each argument, and one more where the loss asks for something of its own; how `expect` answers every kind of bad
number is swept once, in its own tests. `test_bad_input.py` runs the rows, and `test_room.py` says which argument has none.
"""

from __future__ import annotations

from functools import partial

import torch

from sslcourse import losses

NAN = float("nan")
NOT_POSITIVE = (0,)
NEGATIVE = (-1.0,)
NOT_A_FRACTION = (1.1,)


def z(n=4, d=3):
    return torch.randn(n, d, generator=torch.Generator().manual_seed(n))


def nan(n=4, d=3):
    return z(n, d).index_fill(0, torch.tensor([1]), NAN)


def labels(n=4):
    return torch.arange(n) % 2


def infinite(n=4, d=3):
    return z(n, d).index_fill(0, torch.tensor([0]), float("inf"))


def by_keyword(call, **others):
    return lambda teacher_out, student_out: call(teacher_out=teacher_out, student_out=student_out, **others)


def _two_views(name, call, first, second):
    """What every loss of two batches of embeddings refuses."""
    both = f"{first}, {second}"
    return [
        (name, lambda: call(z()[0], z()), first),  # rank 1
        (name, lambda: call(z().long(), z()), first),  # integers
        (name, lambda: call(z(4), z(5)), both),  # mismatched batches
        (name, lambda: call(nan(), z()), first),
        (name, lambda: call(z(), infinite()), second),
        (name, lambda: call(z(0), z(0)), first),  # an empty batch
    ]


def _single_row(name, call, argument):
    return [(name, lambda: call(z(1), z(1)), argument)]


def _numbers(name, call, argument, bad=NOT_POSITIVE, **others):
    """One argument takes each bad value in turn, the others are good."""
    return [(name, lambda value=value: call(**others, **{argument: value}), argument) for value in bad]


def _nt_xent():
    functions = [(name, getattr(losses, name)) for name in ("nt_xent", "nt_xent_logits", "negative_shares")]
    for name, call in (*functions, ("NTXentLoss", losses.NTXentLoss())):
        yield from _two_views(name, call, "z0", "z1") + _single_row(name, call, "z0, z1")
    for name, call in functions:
        yield from _numbers(name, call, "temperature", z0=z(), z1=z())
    yield from _numbers("NTXentLoss", losses.NTXentLoss, "temperature")
    name, call = "supervised_contrastive", losses.supervised_contrastive
    yield from _two_views(name, lambda z0, z1: call(z0, z1, labels(len(z0))), "z0", "z1")
    yield from _single_row(name, lambda z0, z1: call(z0, z1, labels(1)), "z0, z1")
    yield from _numbers(name, call, "labels", (labels(5), labels().float(), labels().tolist()), z0=z(), z1=z())
    yield from _numbers(name, call, "temperature", z0=z(), z1=z(), labels=labels())


def _clip():
    for name, call in (("clip", losses.clip), ("CLIPLoss", losses.CLIPLoss())):
        scaled = partial(call, logit_scale=1.0)
        yield from _two_views(name, scaled, "image_features", "text_features")
        yield from _single_row(name, scaled, "image_features, text_features")
        bad = (*NOT_POSITIVE, torch.ones(4), torch.tensor(-1.0))
        yield from _numbers(name, call, "logit_scale", bad, image_features=z(), text_features=z())


def _siglip():
    for name, call in (("siglip", losses.siglip), ("SigLIPLoss", losses.SigLIPLoss())):
        scaled = partial(call, logit_scale=1.0, logit_bias=0.0)
        yield from _two_views(name, scaled, "image_features", "text_features")
        yield from _single_row(name, scaled, "image_features, text_features")
        bad = (*NOT_POSITIVE, torch.ones(4), torch.tensor(-1.0))
        yield from _numbers(name, call, "logit_scale", bad, image_features=z(), text_features=z(), logit_bias=0.0)
        bad = (NAN, torch.ones(4), torch.tensor(NAN))
        yield from _numbers(name, call, "logit_bias", bad, image_features=z(), text_features=z(), logit_scale=1.0)


def _info_nce():
    yield from _two_views("info_nce", losses.info_nce, "query", "key")
    yield from _single_row("info_nce", losses.info_nce, "query, key")
    yield from _numbers("info_nce", losses.info_nce, "temperature", query=z(), key=z())
    yield from _numbers("info_nce", losses.info_nce, "bank", (z(4, 2), nan(), z()[0]), query=z(), key=z())


def _msn():
    for name, call in (("msn", losses.msn), ("MSNLoss", losses.MSNLoss())):
        yield from _numbers(name, call, "anchor_scores", (z(), [], [z(5)], [nan()]), target_scores=z())
        yield from _numbers(name, call, "target_scores", (z()[0], infinite(), [z()]), anchor_scores=[z()])
    bad = dict(temperature=0, target_temperature=0, iterations=-1, regularization_weight=-1.0)
    for argument, value in bad.items():
        yield from _numbers("msn", losses.msn, argument, [value], anchor_scores=[z()], target_scores=z())
        yield from _numbers("MSNLoss", losses.MSNLoss, argument, [value])


def _triplets():
    functions = (("triplet_margin", losses.triplet_margin), ("mine_triplets", losses.mine_triplets))
    for name, call in (*functions, ("TripletMarginLoss", losses.TripletMarginLoss()), ("batch_hard", losses.batch_hard)):
        yield name, lambda call=call: call(z()[0], labels()), "embeddings"
        yield name, lambda call=call: call(nan(), labels()), "embeddings"
        yield name, lambda call=call: call(z(), labels(5)), "labels"
        yield name, lambda call=call: call(z(), labels().float()), "labels"
        yield name, lambda call=call: call(z(), labels().tolist()), "labels"
        yield name, lambda call=call: call(z(), torch.zeros(4).long()), "labels"  # no negative
        yield name, lambda call=call: call(z(), torch.arange(4)), "labels"  # no positive
        yield name, lambda call=call: call(z(1), labels(1)), "labels"  # a single row
    for name, call in functions:
        yield from _numbers(name, call, "margin", embeddings=z(), labels=labels())
        yield from _numbers(name, call, "mining", ("semi-hard",), embeddings=z(), labels=labels())
    for argument in ("anchor", "positive", "negative"):
        good = {name: z() for name in ("anchor", "positive", "negative") if name != argument}
        yield from _numbers("triplet_loss", losses.triplet_loss, argument, (z()[0], nan()), **good)
    yield "triplet_loss", lambda: losses.triplet_loss(z(), z(5), z()), "positive"
    yield "triplet_loss", lambda: losses.triplet_loss(z(), z(), z(), 0), "margin"
    square = z(4, 4)
    yield from _numbers("semihard_mask", losses.semihard_mask, "distances", (z(), nan(4, 4)), labels=labels())
    yield from _numbers("semihard_mask", losses.semihard_mask, "labels", (labels(5), labels().float()), distances=square)
    yield from _numbers("semihard_mask", losses.semihard_mask, "margin", distances=square, labels=labels())
    yield from _numbers("TripletMarginLoss", losses.TripletMarginLoss, "margin")
    yield from _numbers("TripletMarginLoss", losses.TripletMarginLoss, "mining", ("semi-hard",))


def _dino():
    two = [z(), z()]
    for name, call in (("dino", losses.dino), ("DINOLoss", losses.DINOLoss(3))):
        run = by_keyword(call)
        yield name, lambda run=run: run(z(), two), "teacher_out"  # a tensor, not a list
        yield name, lambda run=run: run(two, []), "student_out"
        yield name, lambda run=run: run([z()], [z()]), "student_out"  # one view
        yield name, lambda run=run: run([*two, z()], two), "student_out"  # teacher and student swapped
        yield name, lambda run=run: run([z(), z()[0]], two), "teacher_out[1]"
        yield name, lambda run=run: run(two, [z(), z(5)]), "student_out[1]"
        yield name, lambda run=run: run(two, [z(), z(4, 2)]), "student_out[1]"
        yield name, lambda run=run: run([z(), nan()], two), "teacher_out[1]"
        yield name, lambda run=run: run(two, [infinite(), z()]), "student_out[0]"
        yield from _numbers(name, call, "teacher_temp", (0,), teacher_out=two, student_out=two)
    yield from _numbers("dino", losses.dino, "student_temp", teacher_out=two, student_out=two)
    yield from _numbers("dino", losses.dino, "center", (0.0, z()[0, :2], nan()[1]), teacher_out=two, student_out=two)
    yield from _numbers("DINOLoss", losses.DINOLoss(7), "teacher_out", [two], student_out=two)  # another K
    yield from _centered("DINOLoss", losses.DINOLoss)
    one, good = losses.dino_cross_entropy, dict(teacher_out=z(), student_out=z(), center=z()[0])
    bad = dict(teacher_out=nan(), student_out=z(5), center=z()[0, :2], teacher_temp=0, student_temp=0)
    for argument, value in bad.items():
        yield from _numbers("dino_cross_entropy", one, argument, [value], **{k: v for k, v in good.items() if k != argument})
    p = torch.full((2, 3, 4), 0.25)
    yield from _numbers("multi_crop_loss", losses.multi_crop_loss, "p", (p[0], p * NAN), log_q=p)
    yield from _numbers("multi_crop_loss", losses.multi_crop_loss, "log_q", (p[0], p[:, :, :3], p[:1]), p=p)
    yield "multi_crop_loss", lambda: losses.multi_crop_loss(p[:1], p[:1]), "log_q"  # no pair is left
    yield from _numbers("update_center", losses.update_center, "center", (z(), nan()[1]), teacher_out=p)
    yield from _numbers("update_center", losses.update_center, "teacher_out", (p[0], p * NAN), center=p[0, 0])
    yield from _numbers("update_center", losses.update_center, "momentum", NOT_A_FRACTION, center=p[0, 0], teacher_out=p)
    yield from _numbers("output_entropies", losses.output_entropies, "p", (p, nan()))


def _ibot():
    mask = torch.tensor([[True, True], [True, True]])
    good = dict(teacher_out=z(), student_out=z())
    for name, call in (("ibot", losses.ibot), ("IBOTPatchLoss", losses.IBOTPatchLoss(3))):
        run = by_keyword(call, mask=mask)
        yield from _two_views(name, run, "teacher_out", "student_out")
        yield from _numbers(name, call, "mask", (None, mask.long(), mask[0], mask[:1], mask & False), **good)
        yield from _numbers(name, call, "teacher_temp", (0,), mask=mask, **good)
    yield from _numbers("ibot", losses.ibot, "student_temp", mask=mask, **good)
    yield from _numbers("ibot", losses.ibot, "center", (0.0, z()[0, :2], nan()[1]), mask=mask, **good)
    yield from _numbers("IBOTPatchLoss", losses.IBOTPatchLoss(7), "teacher_out", [z()], student_out=z(), mask=mask)
    yield from _centered("IBOTPatchLoss", losses.IBOTPatchLoss)
    name, call = "masked_cross_entropy", losses.masked_cross_entropy
    yield from _numbers(name, call, "p", (z()[0], nan()), log_q=z(), mask=mask)
    yield from _numbers(name, call, "log_q", (z()[0], z(5)), p=z(), mask=mask)
    yield from _numbers(name, call, "mask", (None, mask.long(), mask[:1], mask & False), p=z(), log_q=z())


def _centered(name, module):
    yield from _numbers(name, module, "output_dim", (0,))
    yield from _numbers(name, module, "teacher_temp", output_dim=3)
    yield from _numbers(name, module, "student_temp", output_dim=3)
    yield from _numbers(name, module, "center_momentum", NOT_A_FRACTION, output_dim=3)
    yield from _numbers(name, module, "centering", ("sinkorn",), output_dim=3)


def _sinkhorn():
    yield from _numbers("sinkhorn_knopp", losses.sinkhorn_knopp, "logits", (z()[0], nan(), z().long(), [[1.0]]))
    yield from _numbers("sinkhorn_knopp", losses.sinkhorn_knopp, "epsilon", logits=z())
    yield from _numbers("sinkhorn_knopp", losses.sinkhorn_knopp, "iterations", (0,), logits=z())


def _swav():
    two = [z(), z()]
    bad = ([z()], z(), [z(), z()[0]], [z(), nan()], [z().long(), z()], [z(), z(5)], [z(1), z(1)])
    for name, call in (("swav", losses.swav), ("SwAVLoss", losses.SwAVLoss())):
        yield from _numbers(name, call, "scores", bad)
    for argument, value in (("n_global", 0), ("temperature", 0), ("epsilon", 0), ("iterations", 0)):
        yield from _numbers("swav", losses.swav, argument, [value], scores=two)
        yield from _numbers("SwAVLoss", losses.SwAVLoss, argument, [value])
    yield "swav", lambda: losses.swav(two, n_global=3), "n_global"


def _without_negatives():
    cosine = losses.negative_cosine_similarity
    for name, call in (
        ("negative_cosine_similarity", cosine),
        ("NegativeCosineSimilarity", losses.NegativeCosineSimilarity()),
    ):
        yield from [row for i, row in enumerate(_two_views(name, call, "x0", "x1")) if i != 1]  # any rank ≥ 2 will do
        yield name, lambda call=call: call(z(), z()[None]), "x0, x1"
    yield from _numbers("negative_cosine_similarity", cosine, "dim", (2, -3, 0.5), x0=z(), x1=z())
    yield from _numbers("NegativeCosineSimilarity", losses.NegativeCosineSimilarity, "dim", (1.5, None))

    for i, name in enumerate(("p0", "p1", "z0", "z1")):
        for bad in (z(5)[:, :2], nan()):
            rows = [*[z()] * i, bad, *[z()] * (3 - i)]
            yield "simsiam_loss", lambda rows=rows: losses.simsiam_loss(*rows), "p1" if i == 0 and len(bad) == 5 else name

    for name, call in (("barlow_twins", losses.barlow_twins), ("BarlowTwinsLoss", losses.BarlowTwinsLoss())):
        yield from _two_views(name, call, "z_a", "z_b") + _single_row(name, call, "z_a, z_b")
    for name, call in (("vicreg", losses.vicreg), ("VICRegLoss", losses.VICRegLoss())):
        yield from _two_views(name, call, "z_a", "z_b") + _single_row(name, call, "z_a, z_b")
    yield from _numbers("barlow_twins", losses.barlow_twins, "lambda_param", NEGATIVE, z_a=z(), z_b=z())
    yield from _numbers("barlow_twins", losses.barlow_twins, "eps", NEGATIVE, z_a=z(), z_b=z())
    yield from _numbers("BarlowTwinsLoss", losses.BarlowTwinsLoss, "lambda_param", NEGATIVE)
    for argument in ("lambda_param", "mu_param", "nu_param"):
        yield from _numbers("vicreg", losses.vicreg, argument, NEGATIVE, z_a=z(), z_b=z())
        yield from _numbers("VICRegLoss", losses.VICRegLoss, argument, NEGATIVE)
    yield from _numbers("vicreg", losses.vicreg, "eps", z_a=z(), z_b=z())

    for name, call in (("koleo", losses.koleo), ("KoLeoLoss", losses.KoLeoLoss())):
        yield from _numbers(name, call, "x", (z()[0], nan(), z(1), z().long()))
    yield from _numbers("koleo", losses.koleo, "eps", x=z())
    yield from _numbers("KoLeoLoss", losses.KoLeoLoss, "eps")


def _vae():
    yield from _two_views("gaussian_kl", losses.gaussian_kl, "mu", "log_var")
    image, nll = torch.rand(2, 1, 2, 2), losses.reconstruction_nll
    for name, call in (("reconstruction_nll", nll), ("ELBOLoss", lambda y, x: losses.ELBOLoss()(y, x, z(2), z(2)))):
        yield name, lambda call=call: call(image, image[:1]), "reconstruction, images"
        yield name, lambda call=call: call(image[0, 0, 0], image), "reconstruction"
        yield name, lambda call=call: call(image * NAN, image), "reconstruction"
        yield name, lambda call=call: call(image, 255 * image), "images"  # 0 to 255, where [0, 1] is wanted
        yield name, lambda call=call: call(image, (255 * image).byte()), "images"
    yield "ELBOLoss", lambda: losses.ELBOLoss()(image, image, z(3), z(3)), "mu"
    yield "ELBOLoss", lambda: losses.ELBOLoss()(image, image, z(2), nan(2)), "log_var"
    gaussian = dict(reconstruction=image, images=image, likelihood="gaussian")
    yield from _numbers("reconstruction_nll", nll, "scale", **gaussian)
    yield from _numbers("reconstruction_nll", nll, "likelihood", ("laplace",), reconstruction=image, images=image)
    yield from _numbers("ELBOLoss", losses.ELBOLoss, "beta", NEGATIVE)
    yield from _numbers("ELBOLoss", losses.ELBOLoss, "scale")
    yield from _numbers("ELBOLoss", losses.ELBOLoss, "likelihood", ("laplace",))


def _masked():
    patches, mask = z(6).view(2, 3, 3), torch.tensor([[1, 0, 0], [0, 1, 1]])
    for name, call in (("masked_mse", losses.masked_mse), ("MaskedMSELoss", losses.MaskedMSELoss())):
        yield from _numbers(name, call, "prediction", (z(), patches * NAN, None), target=patches)
        yield from _numbers(name, call, "target", (z(), patches * NAN, patches.long()), prediction=patches)
        yield name, lambda call=call: call(patches, patches[:, :2]), "prediction, target"
        bad = (mask[:, :2], 2 * mask, 0 * mask, mask.tolist())
        yield from _numbers(name, call, "mask", bad, prediction=patches, target=patches)
    one = patches[..., :1]
    yield "masked_mse", lambda: losses.masked_mse(one, one, normalize_target=True), "target"


def _distillation():
    for name, call in (("distillation", losses.distillation), ("DistillationLoss", losses.DistillationLoss())):
        run = by_keyword(call)
        yield from _two_views(name, run, "teacher_out", "student_out")
    good = dict(teacher_out=z(), student_out=z())
    yield from _numbers("distillation", losses.distillation, "temperature", **good)
    yield from _numbers("DistillationLoss", losses.DistillationLoss, "temperature")
    yield from _numbers("DistillationLoss", losses.DistillationLoss, "alpha", NOT_A_FRACTION)
    bad = (torch.full((4,), 3), torch.full((4,), -2), labels(5), labels().float())
    yield from _numbers("DistillationLoss", losses.DistillationLoss(), "labels", bad, **good)
    name, call = "labelled_distillation", losses.labelled_distillation
    yield from _two_views(name, lambda t, s: call(t, s, torch.zeros(4, dtype=torch.int64)), "teacher_out", "student_out")
    yield from _numbers(name, call, "labels", bad, **good)
    good["labels"] = labels()
    yield from _numbers(name, call, "temperature", **good)
    yield from _numbers(name, call, "alpha", NOT_A_FRACTION, **good)


def _fixmatch():
    yield from _two_views("fixmatch_loss", losses.fixmatch_loss, "weak_logits", "strong_logits")
    good = dict(weak_logits=z(), strong_logits=z())
    yield from _numbers("fixmatch_loss", losses.fixmatch_loss, "threshold", NOT_A_FRACTION, **good)


def _consistency():
    yield from _two_views("kl_consistency", losses.kl_consistency, "target_logits", "logits")
    yield from _numbers("entropy", losses.entropy, "logits", (z()[0], nan(), z().long()))
    yield from _two_views("uda_loss", losses.uda_loss, "weak_logits", "strong_logits")
    good = dict(weak_logits=z(), strong_logits=z())
    yield from _numbers("uda_loss", losses.uda_loss, "temperature", **good)
    yield from _numbers("uda_loss", losses.uda_loss, "threshold", NOT_A_FRACTION, **good)


def _regions():
    p = torch.full((2, 3, 4), 0.25)
    good = dict(p=p, log_q=p.log(), teacher_features=p, student_features=p)
    bad = dict(p=p * NAN, log_q=p[:1], teacher_features=p[:, :2], student_features=p[:, :, :2])
    for argument, value in bad.items():
        yield from _numbers("region_loss", losses.region_loss, argument, [value, z()],
                            **{name: tensor for name, tensor in good.items() if name != argument})


def _lejepa():
    yield from _numbers("sigreg", losses.sigreg, "z", (z()[0], nan(), z().long()), directions=z())
    yield from _numbers("sigreg", losses.sigreg, "directions", (z(4, 2), nan(), z()[0]), z=z())
    yield from _numbers("sigreg", losses.sigreg, "points", (1,), z=z(), directions=z())
    yield from _numbers("sigreg", losses.sigreg, "largest", z=z(), directions=z())
    two = [z(), z()]
    yield from _numbers("lejepa", losses.lejepa, "views", ([z()], z(), [z(), z(5)], [z(), nan()]), directions=z())
    yield from _numbers("lejepa", losses.lejepa, "directions", (z(4, 2), nan()), views=two)
    yield from _numbers("lejepa", losses.lejepa, "n_global", (0, 3), views=two, directions=z())
    yield from _numbers("lejepa", losses.lejepa, "points", (1,), views=two, directions=z())
    yield from _numbers("lejepa", losses.lejepa, "largest", views=two, directions=z())
    yield from _numbers("lejepa", losses.lejepa, "lambda_param", NOT_A_FRACTION, views=two, directions=z())


def _next_token():
    name, call, tokens = "next_token_loss", losses.next_token_loss, torch.tensor([[0, 1, 2, 0]])
    yield from _numbers(name, call, "logits", (z(), z()[None].long(), nan()[None], None), tokens=tokens)
    bad = (tokens[0], tokens[:, :3], tokens + 1, tokens - 1, tokens.float(), tokens.tolist())
    yield from _numbers(name, call, "tokens", bad, logits=z()[None])
    yield name, lambda: call(z(1)[None], tokens[:, :1]), "tokens"  # nothing comes before the only one


def _gather():
    yield from _numbers("gather_rows", losses.gather_rows, "rows", ([1.0], torch.tensor(1.0), torch.zeros(0, 3)))


BAD_INPUT = [
    *_nt_xent(), *_clip(), *_siglip(), *_triplets(), *_dino(), *_ibot(), *_sinkhorn(), *_swav(), *_without_negatives(),
]
BAD_INPUT += [*_vae(), *_masked(), *_distillation(), *_fixmatch(), *_next_token(), *_gather()]
BAD_INPUT += [*_info_nce(), *_msn(), *_consistency(), *_lejepa(), *_regions()]
