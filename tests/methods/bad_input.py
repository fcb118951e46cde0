"""Bad input to everything public in `sslcourse.methods`: {name: [(call, the argument that the message must name)]}.

One row or more for each; `test_room.py` runs them, and fails where a name has none. More of them lie beside the tests of
each file.
"""

from __future__ import annotations

import torch
from torch import nn

from sslcourse import methods, models
from tests.methods.small import (
    captions,
    classifier,
    crops,
    few,
    halves,
    images,
    labels,
    net,
    pair,
    text,
    tokens,
    vectors,
    vit,
)

NAN = torch.tensor([[float("nan")] * 3] * 4)
EYE = torch.eye(4)
GRAY = torch.rand(2, 1, 6, 6)
TILES = torch.rand(2, 4, 3, 4, 4)
ORDERS = torch.tensor([[0, 1, 2, 3], [1, 0, 3, 2]])
BINS = torch.tensor([[0.0, 0.0], [10.0, 0.0]])


def on_images(name, *arguments, **others):
    """What each method of images refuses: one image, and integers."""
    def call(value):
        return lambda: getattr(methods, name)(*arguments, **others).loss(value)

    return [(call(images(4)[0]), "images"), (call(images(4).long()), "images")]


def clip(**settings):
    return methods.CLIP(net(), models.BagOfWords(40, 8), **settings)


def unlabelled(name, **bad):
    argument = next(iter(bad))
    return [(lambda: getattr(methods, name)(classifier(), *few(3), **bad), argument),
            (lambda: getattr(methods, name)(classifier(), few(3)[0], few(3)[1][:3]), "labels")]


BAD_INPUT = {
    "AdversarialAutoencoder": [(lambda: methods.AdversarialAutoencoder(*halves(3, 4), weight=-1.0), "weight"),
                               (lambda: methods.AdversarialAutoencoder(*halves(3, 4, double=True)), "encoder, decoder")],
    "Autoencoder": [(lambda: methods.Autoencoder(*halves(3, 4), corrupt="noise"), "corrupt"),
                    *on_images("Autoencoder", *halves(3, 4))],
    "BYOL": [(lambda: methods.BYOL(net(), momentum=1.5), "momentum"), *on_images("BYOL", net(), views=pair())],
    "BarlowTwins": [(lambda: methods.BarlowTwins(net(), lambda_param=-1.0), "lambda_param"),
                    *on_images("BarlowTwins", net(), views=pair())],
    "CLIP": [(lambda: clip(kind="hinge"), "kind"), (lambda: clip(drop=1.5), "drop"),
             (lambda: clip(embedding_dim=1), "embedding_dim"), (lambda: clip().loss(images(4)), "batch"),
             (lambda: clip().loss((images(4), captions(3)[1])), "tokens"),
             (lambda: clip().loss((images(4).long(), captions(4)[1])), "images"),
             (lambda: clip().loss(captions(1)), "image_features, text_features")],
    "CausalLM": [(lambda: methods.CausalLM(text(False)), "model"), (lambda: methods.CausalLM(net()), "model"),
                 (lambda: methods.CausalLM(text(True)).loss(tokens(2)[0]), "tokens")],
    "CharNGram": [(lambda: methods.CharNGram(0), "order"), (lambda: methods.CharNGram(2).fit("one text"), "texts")],
    "Classifier": [(lambda: methods.Classifier(net(), 1), "num_classes")],
    "ColorRegression": [(lambda: methods.ColorRegression(nn.Flatten()), "encoder"), *on_images("ColorRegression", net())],
    "Colorization": [(lambda: methods.Colorization(net(), BINS[:, :1]), "bins"),
                     (lambda: methods.Colorization(net(), BINS, weights=torch.ones(3)), "weights"),
                     *on_images("Colorization", net(), BINS)],
    "ContractiveAutoencoder": [(lambda: methods.ContractiveAutoencoder(*halves(3, 4), weight=-0.1), "weight")],
    "DINO": [(lambda: methods.DINO(net(), teacher_temp=0), "teacher_temp"), *on_images("DINO", net(), views=crops())],
    "DINOv2": [(lambda: methods.DINOv2(net()), "encoder"), (lambda: methods.DINOv2(vit()), "encoder"),
               (lambda: methods.DINOv2(vit(mask_token=True), mask_ratio=(0.5, 0.1)), "mask_ratio"),
               (lambda: methods.DINOv2(vit(mask_token=True), koleo_weight=-1.0), "koleo_weight"),
               (lambda: methods.DINOv2(vit(mask_token=True), views=crops()).loss(images(1)), "images"),
               *on_images("DINOv2", vit(mask_token=True), views=crops())],
    "Distilled": [(lambda: methods.Distilled(classifier(), temperature=0), "temperature"),
                  (lambda: methods.Distilled(classifier()).loss(images(4)), "batch")],
    "FixMatch": unlabelled("FixMatch", threshold=1.5),
    "Jigsaw": [(lambda: methods.Jigsaw(net(), ORDERS, grid=3), "permutations"), *on_images("Jigsaw", net(), ORDERS, grid=2)],
    "KMeansFeatures": [(lambda: methods.KMeansFeatures(stride=0), "stride"),
                       (lambda: methods.KMeansFeatures(grid=0), "grid")],
    "Labelled": [(lambda: methods.Labelled(images(3), labels(3) - 9), "labels")],
    "MAE": [(lambda: methods.MAE(net()), "encoder"), (lambda: methods.MAE(vit(), mask_ratio=1.0), "mask_ratio"),
            *on_images("MAE", vit())],
    "MaskedLM": [(lambda: methods.MaskedLM(text(True)), "model"),
                 (lambda: methods.MaskedLM(text(False)).loss(tokens(2).float()), "tokens")],
    "MeanTeacher": unlabelled("MeanTeacher", ramp=-0.1),
    "MoCo": [(lambda: methods.MoCo(net(), temperature=0), "temperature"), *on_images("MoCo", net(), views=pair())],
    "PatchDictionary": [(lambda: methods.PatchDictionary(9, patch_size=1), "patch_size"),
                        (lambda: methods.PatchDictionary(9, eps=0), "eps")],
    "PseudoLabel": unlabelled("PseudoLabel", start=0.7),
    "Rotation": [(lambda: methods.Rotation(net(), angles=3), "angles"), *on_images("Rotation", net())],
    "SimCLR": [(lambda: methods.SimCLR(net(), temperature=0), "temperature"), *on_images("SimCLR", net(), views=pair())],
    "SimSiam": on_images("SimSiam", net(), views=pair()),
    "SparseAutoencoder": [(lambda: methods.SparseAutoencoder(12, 24, k=25), "k"),
                          (lambda: methods.SparseAutoencoder(12, 24, k=(4, 2)), "k"),
                          (lambda: methods.SparseAutoencoder(12, 24, over="rows"), "over"),
                          (lambda: methods.SparseAutoencoder(12, 24, l1=-0.1), "l1"),
                          (lambda: methods.SparseAutoencoder(12, 24, prefixes=(6, 12)), "prefixes"),
                          (lambda: methods.SparseAutoencoder(12, 24).loss(vectors(4)[0]), "x"),
                          (lambda: methods.SparseAutoencoder(3, 24).encode(NAN), "x")],
    "SparseManifoldTransform": [(lambda: methods.SparseManifoldTransform(threshold=2.0), "threshold"),
                                (lambda: methods.SparseManifoldTransform(dim=0), "dim")],
    "Supervised": [(lambda: methods.Supervised(net(), 1), "num_classes"),
                   (lambda: methods.Supervised(net(), 3).loss((images(4), labels(4) + 3)), "labels")],
    "SwAV": [(lambda: methods.SwAV(net(), n_prototypes=1), "n_prototypes"),
             (lambda: methods.SwAV(net(), epsilon=0), "epsilon"), *on_images("SwAV", net(), views=crops())],
    "Triplet": [(lambda: methods.Triplet(net(), embedding_dim=1), "embedding_dim"),
                (lambda: methods.Triplet(net()).loss((images(4), labels(4).float())), "labels")],
    "VAE": [(lambda: methods.VAE(*halves(3, 4)), "encoder, decoder"),
            (lambda: methods.VAE(*halves(3, 4, double=True), beta=-1.0), "beta")],
    "Vocabulary": [(lambda: methods.Vocabulary("one text"), "texts"),
                   (lambda: methods.Vocabulary(["one"]).rows(["one"], 0), "length"),
                   (lambda: methods.Vocabulary(["one"]).rows([], 2), "texts")],
    "VICReg": [(lambda: methods.VICReg(net(), mu_param=-1.0), "mu_param"), *on_images("VICReg", net(), views=pair())],
    "ab_bins": [(lambda: methods.ab_bins(0), "step")],
    "active_latents": [(lambda: methods.active_latents(EYE, EYE, 0.1), "threshold")],
    "active_units": [(lambda: methods.active_units(EYE[:1]), "mu"), (lambda: methods.active_units(EYE, 0), "threshold")],
    "adversarial_game": [
        (lambda: methods.adversarial_game(torch.nn.Linear(2, 1), EYE[0], EYE), "z"),
        (lambda: methods.adversarial_game(torch.nn.Linear(2, 1), EYE, EYE[:, :1]), "prior"),
        (lambda: methods.adversarial_game(torch.nn.Linear(2, 1), EYE, EYE, penalty=-1), "penalty"),
    ],
    "adversary_losses": [(lambda: methods.adversary_losses(EYE, EYE[:, 0]), "logits_prior")],
    "annealed_mean": [(lambda: methods.annealed_mean(EYE, BINS), "logits")],
    "auxiliary_loss": [(lambda: methods.auxiliary_loss(EYE, EYE, EYE[0], EYE, 1), "dead"),
                       (lambda: methods.auxiliary_loss(EYE, EYE, EYE[0] > 0, EYE, 0), "k")],
    "batch_topk_code": [(lambda: methods.batch_topk_code(EYE[0], 1), "a"), (lambda: methods.batch_topk_code(EYE, 5), "k")],
    "bits_per_character": [(lambda: methods.bits_per_character(torch.ones(3), 3), "log_probs")],
    "block_mask": [(lambda: methods.block_mask((2, 15)), "size"), (lambda: methods.block_mask((2, 16), 1.0), "mask_ratio")],
    "contractive_loss": [
        (lambda: methods.contractive_loss(nn.Flatten(), nn.Unflatten(1, (1, 6, 6)), GRAY, torch.ones(2, 36), -1.0), "weight"),
        (lambda: methods.contractive_loss(nn.Flatten(), nn.Unflatten(1, (1, 6, 6)), GRAY[:1], torch.ones(1, 36), 1.0),
         "batch"),
    ],
    "contractive_penalty": [(lambda: methods.contractive_penalty(2 * EYE, EYE), "h")],
    "crop_outputs": [(lambda: methods.crop_outputs(net(), images(4)), "views"),
                     (lambda: methods.crop_outputs(net(), [GRAY, GRAY[:1]]), "views[1]"),
                     (lambda: methods.crop_outputs(net(), [GRAY], n_global=0), "n_global")],
    "cut_tiles": [(lambda: methods.cut_tiles(GRAY, grid=7), "grid"), (lambda: methods.cut_tiles(GRAY, gap=2), "gap")],
    "dino_cross_entropy": [(lambda: methods.dino_cross_entropy(EYE, EYE, EYE[0], teacher_temp=0), "teacher_temp")],
    "colorization_loss": [(lambda: methods.colorization_loss(torch.zeros(2, 3, 4), torch.zeros(2, 2, 4), BINS), "out"),
                          (lambda: methods.colorization_loss(torch.zeros(2, len(BINS), 4), BINS, BINS), "ab")],
    "encode_ab": [(lambda: methods.encode_ab(BINS, BINS, k=3), "k")],
    "enqueue": [(lambda: methods.enqueue(EYE, EYE[:, :3], 0), "keys")],
    "farthest_permutation": [(lambda: methods.farthest_permutation(ORDERS, ORDERS[:, :3]), "candidates")],
    "fill_in": [(lambda: methods.fill_in(EYE[None], ORDERS[:1] + 1, torch.zeros(1, 1, 4), 4), "idx_keep")],
    "gaussian_noise": [(lambda: methods.gaussian_noise(GRAY, -1.0), "sigma")],
    "generalized_eigh": [(lambda: methods.generalized_eigh(EYE, EYE[:3]), "B")],
    "greedy_permutations": [(lambda: methods.greedy_permutations(3, 7), "n_permutations")],
    "grey_input": [(lambda: methods.grey_input(GRAY), "images")],
    "grid_mask": [(lambda: methods.grid_mask((2, 15)), "size"), (lambda: methods.grid_mask((2, 16), -0.1), "mask_ratio")],
    "guess_hidden": [(lambda: methods.guess_hidden(methods.CausalLM(text(True)), tokens(2), 0), "place")],
    "jacobian_norm_estimate": [
        (lambda: methods.jacobian_norm_estimate(lambda x: x[:, :2], EYE, torch.ones(4, 3)), "v"),
        (lambda: methods.jacobian_norm_estimate(lambda x: x[:, :2], EYE, torch.ones(4, 1)), "v"),
    ],
    "joint_probabilities": [(lambda: methods.joint_probabilities(EYE, 1), "target")],
    "lab_to_rgb": [(lambda: methods.lab_to_rgb(GRAY), "lab")],
    "mask_tokens": [(lambda: methods.mask_tokens(tokens(2), 1, 3), "vocab_size")],
    "masking_noise": [(lambda: methods.masking_noise(GRAY, 1.1), "share")],
    "match_edges": [(lambda: methods.match_edges(TILES[:, :3], ORDERS[:, :3]), "tiles")],
    "matryoshka_loss": [(lambda: methods.matryoshka_loss(EYE, EYE, EYE, EYE[0], (2, 3)), "prefixes"),
                        (lambda: methods.matryoshka_loss(EYE, EYE[:3], EYE, EYE[0], (4,)), "f")],
    "mean_var_init": [(lambda: methods.mean_var_init(nn.Linear(2, 3), nn.Linear(2, 4)), "target")],
    "merge_pair": [(lambda: methods.merge_pair({("a", "b"): 1}, ("a", "b", "c")), "pair")],
    "middle_of_head": [(lambda: methods.middle_of_head(net()), "method")],
    "most_frequent_pair": [(lambda: methods.most_frequent_pair({("a",): 1}), "words")],
    "move_teacher": [(lambda: methods.move_teacher(nn.Linear(2, 3), nn.Linear(2, 3), 1.5), "m"),
                     (lambda: methods.move_teacher(nn.Linear(2, 3), nn.Linear(3, 2), 0.5), "teacher"),
                     (lambda: methods.move_teacher("teacher", nn.Linear(3, 2), 0.5), "teacher")],
    "multi_crop_loss": [(lambda: methods.multi_crop_loss(EYE, EYE), "p")],
    "negative_shares": [(lambda: methods.negative_shares(EYE, EYE, 0), "temperature")],
    "next_token": [(lambda: methods.next_token(EYE[0], temperature=0), "temperature")],
    "normalize_tiles": [(lambda: methods.normalize_tiles(TILES, eps=0), "eps")],
    "nt_xent_logits": [(lambda: methods.nt_xent_logits(EYE, EYE, 0), "temperature")],
    "output_entropies": [(lambda: methods.output_entropies(EYE[0]), "p")],
    "paint": [(lambda: methods.paint(images(2), torch.zeros(3, 2, 4, 4)), "ab")],
    "paragraphs": [(lambda: methods.paragraphs(["a text"]), "text")],
    "pca": [(lambda: methods.pca(EYE, 5), "k"), (lambda: methods.pca(NAN, 1), "X")],
    "perplexity": [(lambda: methods.perplexity(-EYE, EYE[0] + 1), "distances_sq")],
    "pool_to": [(lambda: methods.pool_to(GRAY, 0), "numbers")],
    "ramp_up": [(lambda: methods.ramp_up(1.5, 0.4), "progress"), (lambda: methods.ramp_up(0.5, -0.1), "length")],
    "rebalancing_weights": [(lambda: methods.rebalancing_weights(torch.ones(3)), "p"),
                            (lambda: methods.rebalancing_weights(EYE[0], lam=0), "lam")],
    "reconstruct": [(lambda: methods.reconstruct(EYE, EYE[0].double(), EYE), "mean")],
    "reparametrize": [(lambda: methods.reparametrize(EYE, EYE[:, :3]), "mu, log_var")],
    "resnet_blocks": [(lambda: methods.resnet_blocks(nn.Linear(2, 2)), "encoder")],
    "rgb_to_lab": [(lambda: methods.rgb_to_lab(GRAY), "images")],
    "rotate_all": [(lambda: methods.rotate_all(GRAY[:, :, :5]), "images"), (lambda: methods.rotate_all(GRAY, 3), "angles")],
    "salt_and_pepper_noise": [(lambda: methods.salt_and_pepper_noise(GRAY, -0.1), "share")],
    "sample": [(lambda: methods.sample(methods.CausalLM(text(True)), tokens(1)[0], 0), "steps")],
    "semihard_mask": [(lambda: methods.semihard_mask(EYE[:3], ORDERS[0]), "distances")],
    "shuffle_tiles": [(lambda: methods.shuffle_tiles(TILES, ORDERS, torch.tensor([0, 2])), "index")],
    "simsiam_loss": [(lambda: methods.simsiam_loss(EYE, EYE, EYE[:3], EYE), "x0, x1")],
    "sine_cosine_positions": [(lambda: methods.sine_cosine_positions(2, 3, 6), "width")],
    "sparse_code": [(lambda: methods.sparse_code(EYE[None], EYE, 2.0), "threshold"),
                    (lambda: methods.sparse_code(EYE, EYE, 0.2), "patches"),
                    (lambda: methods.sparse_code(EYE[None], EYE[:, :2], 0.2), "atoms")],
    "squared_error": [(lambda: methods.squared_error(GRAY[:1], GRAY), "reconstructions")],
    "step": [(lambda: methods.step(EYE, EYE[0], 0.0), "bandwidth"), (lambda: methods.step(EYE[0], EYE[0], 0.1), "a")],
    "student_t": [(lambda: methods.student_t(EYE[0]), "Y")],
    "token_log_probs": [(lambda: methods.token_log_probs(methods.CausalLM(text(True)), torch.tensor([3])), "stream")],
    "token_rows": [(lambda: methods.token_rows(methods.train_bpe(["a rat"], 259), "a rat", 4), "texts")],
    "token_stream": [(lambda: methods.token_stream(methods.train_bpe(["a rat"], 259), "a rat"), "texts")],
    "topk_code": [(lambda: methods.topk_code(EYE, 0), "k"), (lambda: methods.topk_code(EYE.long(), 1), "a")],
    "train_bpe": [(lambda: methods.train_bpe("a rat"), "texts"), (lambda: methods.train_bpe(["a"], 9), "vocab_size")],
    "transfer_blocks": [(lambda: methods.transfer_blocks(net(), models.ResNet(4, (1, 1)), 1), "target"),
                        (lambda: methods.transfer_blocks(net(), net(), 4), "n_blocks")],
    "triangle_code": [(lambda: methods.triangle_code(EYE.long()), "distances")],
    "triplet_loss": [(lambda: methods.triplet_loss(EYE, EYE, EYE, margin=-1.0), "margin")],
    "tsne_gradient": [(lambda: methods.tsne_gradient(EYE[:3], EYE, EYE), "P")],
    "turn": [(lambda: methods.turn(GRAY[:, :, :5], 45), "images"), (lambda: methods.turn(GRAY, float("nan")), "degrees")],
    "undecided": [(lambda: methods.undecided(torch.zeros(6, 4)), "logits")],
    "unshuffle_tiles": [(lambda: methods.unshuffle_tiles(TILES, ORDERS[0], torch.tensor([0, 1])), "permutations")],
    "update_center": [(lambda: methods.update_center(EYE[0], EYE[None], momentum=1.5), "momentum")],
}
