"""One file per loss: a pure function with the paper's equation in it, and an nn.Module over that function.

    contrastive       nt_xent · triplet_margin, mine_triplets · clip
    without negatives negative_cosine_similarity · barlow_twins · vicreg
    self-distillation dino · ibot · koleo · sinkhorn_knopp
    reconstruction    gaussian_kl, reconstruction_nll · masked_mse
    from a teacher    distillation
    many processes    gather_rows

All compute in float32 whatever the input's precision, also inside autocast, and return a scalar; modules are named as
in lightly where it has them. Where two networks meet, one of which must not learn, the arguments are passed by
keyword: teacher_out=, student_out=.
"""

from ..processes import gather_rows
from .barlow_twins import BarlowTwinsLoss, barlow_twins
from .clip import CLIPLoss, clip
from .cosine import NegativeCosineSimilarity, negative_cosine_similarity
from .dino import DINOLoss, dino
from .distillation import DistillationLoss, distillation
from .elbo import ELBOLoss, gaussian_kl, reconstruction_nll
from .ibot import IBOTPatchLoss, ibot
from .koleo import KoLeoLoss, koleo
from .masked import MaskedMSELoss, masked_mse
from .nt_xent import NTXentLoss, nt_xent
from .sinkhorn import sinkhorn_knopp
from .triplet import TripletMarginLoss, mine_triplets, triplet_margin
from .vicreg import VICRegLoss, vicreg

__all__ = [
    "BarlowTwinsLoss", "CLIPLoss", "DINOLoss", "DistillationLoss", "ELBOLoss", "IBOTPatchLoss", "KoLeoLoss",
    "MaskedMSELoss", "NTXentLoss", "NegativeCosineSimilarity", "TripletMarginLoss", "VICRegLoss",
    "barlow_twins", "clip", "dino", "distillation", "gather_rows", "gaussian_kl", "ibot", "koleo", "masked_mse",
    "mine_triplets", "negative_cosine_similarity", "nt_xent", "reconstruction_nll", "sinkhorn_knopp",
    "triplet_margin", "vicreg",
]
