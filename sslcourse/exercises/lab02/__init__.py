"""Lab 02, autoencoders: noise for the denoising one, what it costs a code to move, and the whole contractive loss."""

from . import contractive_loss, contractive_penalty, hunt, jacobian_norm_estimate, masking_noise

EXERCISES = (
    masking_noise.EXERCISE, contractive_penalty.EXERCISE, jacobian_norm_estimate.EXERCISE, contractive_loss.EXERCISE,
    hunt.EXERCISE,
)
