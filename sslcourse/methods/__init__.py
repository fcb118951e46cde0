"""The methods: a folder for each family, a file for each method.

A method that is trained is an nn.Module with `loss(batch)` and `encode(images)`, and `training.train` needs no more. A method
that is one function is called directly. No family imports another.

    maps           PCA, t-SNE's probabilities and its gradient, dictionaries of patches: no deep network
    autoencoders   copy the input through a narrow place: plain, denoising, contractive, variational, adversarial;
                   BigBiGAN
    pretext        answers that come free with the image: its colors, the order of its tiles, which way is up; and PIRL,
                   which wants to see none of it
    contrastive    pull together what belongs together, push apart the rest: triplets, InstDisc, SimCLR, MoCo, NNCLR,
                   CPC, CLIP
    agreement      two views agree and nothing is pushed apart: BYOL, SimSiam, Barlow Twins, VICReg, SwAV,
                   LeJEPA
    distillation   a student learns from a slow copy of itself: DINO, EsViT, iBOT, DINOv2,
                   MSN, Mugs
    masked         hide most of an image's patches and predict them: MAE, SimMIM, I-JEPA, EVA
    dictionaries   write a network's activations as sums of a few learned directions: sparse autoencoders
    text           tokenizers, counting, masked and causal language models
    labels         with labels, few or many: supervised, transferred, distilled, semi-supervised:
                   pseudo-label, VAT, mean teacher, UDA, FixMatch, S4L, CowMix, MPL, SWAG

Every name stands in `methods` itself (`methods.SimCLR`): a file has one import line below. What a new method must bring
besides is written in CONTRIBUTING.md, and asked for by tests/methods.
"""

from ..augment import strong_views, weak_views
from ..losses import (  # pure losses stand there; these have been called by this room's name since the first labs
    dino_cross_entropy,
    fixmatch_loss,
    multi_crop_loss,
    negative_shares,
    next_token_loss,
    nt_xent_logits,
    output_entropies,
    semihard_mask,
    simsiam_loss,
    triplet_loss,
    update_center,
)
from ..models import split_by_noise
from .agreement.barlow_twins import BarlowTwins
from .agreement.byol import BYOL
from .agreement.lejepa import LeJEPA
from .agreement.simsiam import SimSiam
from .agreement.swav import SwAV
from .agreement.vicreg import VICReg
from .autoencoders.adversarial_autoencoder import AdversarialAutoencoder, adversarial_game, adversary_losses
from .autoencoders.autoencoder import Autoencoder, squared_error
from .autoencoders.big_bigan import BigBiGAN, bigan_losses
from .autoencoders.contractive import ContractiveAutoencoder, contractive_loss, contractive_penalty, jacobian_norm_estimate
from .autoencoders.corruption import gaussian_noise, masking_noise, salt_and_pepper_noise
from .autoencoders.vae import VAE, active_units, reparametrize
from .contrastive.clip import CLIP
from .contrastive.cpc import CPC
from .contrastive.inst_disc import InstDisc
from .contrastive.moco import MoCo, enqueue
from .contrastive.nnclr import NNCLR
from .contrastive.simclr import SimCLR
from .contrastive.triplet import Triplet
from .dictionaries.codes import batch_topk_code, topk_code
from .dictionaries.jump_relu import active_latents, step
from .dictionaries.nested import auxiliary_loss, matryoshka_loss
from .dictionaries.sparse_autoencoder import SparseAutoencoder
from .distillation.crops import crop_outputs
from .distillation.dino import DINO
from .distillation.dinov2 import DINOv2
from .distillation.esvit import EsViT
from .distillation.ibot import IBOT
from .distillation.msn import MSN
from .distillation.mugs import Mugs
from .labels.classifier import Classifier
from .labels.cow_mix import CowMix, cow_mask
from .labels.distilled import Distilled
from .labels.fixmatch import FixMatch
from .labels.labelled import Labelled
from .labels.mean_teacher import MeanTeacher, ramp_up
from .labels.mid_head import middle_of_head
from .labels.mpl import MPL
from .labels.pseudo_label import PseudoLabel
from .labels.s4l import S4L
from .labels.supervised import Supervised
from .labels.swag import SWAG
from .labels.transfusion import mean_var_init, resnet_blocks, transfer_blocks
from .labels.uda import UDA, annealed_threshold
from .labels.vat import VAT, adversarial_direction
from .maps.kmeans_features import KMeansFeatures, triangle_code
from .maps.patch_dictionary import PatchDictionary
from .maps.pca import pca, reconstruct
from .maps.perplexity import perplexity
from .maps.sparse_manifold import SparseManifoldTransform, generalized_eigh, sparse_code
from .maps.tsne import joint_probabilities, student_t, tsne_gradient
from .masked.eva import EVA
from .masked.ijepa import IJEPA, multi_block_mask
from .masked.mae import MAE, sine_cosine_positions
from .masked.simmim import SimMIM
from .masks import block_mask, fill_in, grid_mask
from .pretext.color_bins import ab_bins, annealed_mean, colorization_loss, encode_ab, rebalancing_weights
from .pretext.color_space import grey_input, lab_to_rgb, paint, rgb_to_lab
from .pretext.colorization import Colorization, ColorRegression
from .pretext.jigsaw import Jigsaw
from .pretext.match_edges import match_edges
from .pretext.permutations import farthest_permutation, greedy_permutations
from .pretext.pirl import PIRL
from .pretext.pooled_maps import pool_to
from .pretext.rotation import Rotation, rotate_all, turn, undecided
from .pretext.tiles import cut_tiles, normalize_tiles, shuffle_tiles, unshuffle_tiles
from .teacher import move_teacher
from .text import bpe  # its START, MASK and PAD: methods.bpe.MASK
from .text.bpe import merge_pair, most_frequent_pair, paragraphs, token_rows, token_stream, train_bpe
from .text.held_out import bits_per_character, guess_hidden, next_token, sample, token_log_probs
from .text.language_model import CausalLM, MaskedLM, mask_tokens
from .text.ngram import CharNGram
from .text.vocabulary import Vocabulary

__all__ = sorted(name for name, value in vars().items() if getattr(value, "__module__", "").startswith(f"{__name__}."))
