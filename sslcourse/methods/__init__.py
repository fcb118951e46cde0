"""One file per method. A method that is one function is called directly; one that is trained has `loss` and `encode`.

Imported at once, one line a method: each file needs torch and nothing heavier. (Importing them late, by attribute,
would not work here: `pca` the function and `pca` the file share a name, and whichever came last would answer.)
"""

from .adversarial_autoencoder import AdversarialAutoencoder as AdversarialAutoencoder
from .adversarial_autoencoder import adversary_losses as adversary_losses
from .autoencoder import Autoencoder as Autoencoder
from .autoencoder import squared_error as squared_error
from .colorization import Colorization as Colorization
from .colorization import ColorRegression as ColorRegression
from .colorization import paint as paint
from .colour_bins import ab_bins as ab_bins
from .colour_bins import annealed_mean as annealed_mean
from .colour_bins import encode_ab as encode_ab
from .colour_bins import rebalancing_weights as rebalancing_weights
from .colour_space import grey_input as grey_input
from .colour_space import lab_to_rgb as lab_to_rgb
from .colour_space import rgb_to_lab as rgb_to_lab
from .contractive import ContractiveAutoencoder as ContractiveAutoencoder
from .contractive import contractive_penalty as contractive_penalty
from .contractive import jacobian_norm_estimate as jacobian_norm_estimate
from .corruption import gaussian_noise as gaussian_noise
from .corruption import masking_noise as masking_noise
from .corruption import salt_and_pepper_noise as salt_and_pepper_noise
from .depth import pool_to as pool_to
from .jigsaw import Jigsaw as Jigsaw
from .jigsaw import cut_tiles as cut_tiles
from .jigsaw import normalize_tiles as normalize_tiles
from .jigsaw import shuffle_tiles as shuffle_tiles
from .jigsaw import unshuffle_tiles as unshuffle_tiles
from .match_edges import match_edges as match_edges
from .pca import pca as pca
from .pca import reconstruct as reconstruct
from .permutations import farthest_permutation as farthest_permutation
from .permutations import greedy_permutations as greedy_permutations
from .perplexity import perplexity as perplexity
from .rotation import Rotation as Rotation
from .rotation import rotate_all as rotate_all
from .rotation import turn as turn
from .rotation import undecided as undecided
from .simclr import SimCLR as SimCLR
from .supervised import Supervised as Supervised
from .transfusion import mean_var_init as mean_var_init
from .transfusion import resnet_blocks as resnet_blocks
from .transfusion import transfer_blocks as transfer_blocks
from .vae import VAE as VAE
from .vae import active_units as active_units
from .vae import reparametrize as reparametrize
