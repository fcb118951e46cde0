"""Lab 02, autoencoders: noise for the denoising one, and what it costs a code to move, exactly and estimated."""

from . import contractive_penalty, jacobian_norm_estimate, masking_noise

EXERCISES = (masking_noise.EXERCISE, contractive_penalty.EXERCISE, jacobian_norm_estimate.EXERCISE)
