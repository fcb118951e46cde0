"""One file per loss: a pure function with the paper's equation in it, and an nn.Module over that function.

    contrastive       nt_xent, with nt_xent_logits and negative_shares · info_nce · supervised_contrastive ·
                      triplet_margin, with mine_triplets, semihard_mask and triplet_loss · batch_hard
    image and text    clip · siglip
    without negatives negative_cosine_similarity, simsiam_loss · barlow_twins · vicreg · swav · lejepa, with sigreg
    self-distillation dino, with dino_cross_entropy and multi_crop_loss · ibot, with masked_cross_entropy ·
                      region_loss · msn · koleo
    a teacher's parts update_center · sinkhorn_knopp · output_entropies        (no losses, but what these are made of)
    reconstruction    gaussian_kl, reconstruction_nll · masked_mse
    from a teacher    distillation, labelled_distillation · fixmatch_loss · uda_loss · kl_consistency, entropy
    text              next_token_loss
    many processes    gather_rows, from `processes`

All compute in float32 whatever the input's precision, also inside autocast; modules are named as in lightly where it has
them. Where two networks meet, one of which must not learn, the arguments are passed by keyword: teacher_out=, student_out=.
The checks of a function's arguments stand around it: ``inspect.unwrap(losses.nt_xent)`` is the algorithm alone.
"""

from ..processes import gather_rows
from .barlow_twins import BarlowTwinsLoss, barlow_twins
from .batch_hard import batch_hard
from .center import update_center
from .clip import CLIPLoss, clip
from .consistency import entropy, kl_consistency, uda_loss
from .cosine import NegativeCosineSimilarity, negative_cosine_similarity, simsiam_loss
from .dino import DINOLoss, dino, dino_cross_entropy, multi_crop_loss, output_entropies
from .distillation import DistillationLoss, distillation, labelled_distillation
from .elbo import ELBOLoss, gaussian_kl, reconstruction_nll
from .fixmatch import fixmatch_loss
from .ibot import IBOTPatchLoss, ibot, masked_cross_entropy
from .info_nce import info_nce
from .koleo import KoLeoLoss, koleo
from .lejepa import lejepa, sigreg
from .masked import MaskedMSELoss, masked_mse
from .msn import MSNLoss, msn
from .next_token import next_token_loss
from .nt_xent import NTXentLoss, negative_shares, nt_xent, nt_xent_logits
from .regions import region_loss
from .siglip import SigLIPLoss, siglip
from .sinkhorn import sinkhorn_knopp
from .supervised_contrastive import supervised_contrastive
from .swav import SwAVLoss, swav
from .triplet import TripletMarginLoss, mine_triplets, semihard_mask, triplet_loss, triplet_margin
from .vicreg import VICRegLoss, vicreg

__all__ = [
    "BarlowTwinsLoss", "CLIPLoss", "DINOLoss", "DistillationLoss", "ELBOLoss", "IBOTPatchLoss", "KoLeoLoss", "MSNLoss",
    "MaskedMSELoss", "NTXentLoss", "NegativeCosineSimilarity", "SigLIPLoss", "SwAVLoss", "TripletMarginLoss",
    "VICRegLoss", "barlow_twins", "batch_hard", "clip", "dino", "dino_cross_entropy", "distillation", "entropy",
    "fixmatch_loss", "gather_rows", "gaussian_kl", "ibot", "info_nce", "kl_consistency", "koleo",
    "labelled_distillation", "lejepa", "masked_cross_entropy", "masked_mse", "mine_triplets", "msn", "multi_crop_loss",
    "negative_cosine_similarity", "negative_shares", "next_token_loss", "nt_xent", "nt_xent_logits", "output_entropies",
    "reconstruction_nll", "region_loss", "semihard_mask", "siglip", "sigreg", "simsiam_loss", "sinkhorn_knopp",
    "supervised_contrastive", "swav", "triplet_loss", "triplet_margin", "uda_loss", "update_center", "vicreg",
]
