"""Lab 18, sparse autoencoders: who may fire, nested dictionaries, dead units, and a threshold that hardly learns."""

from . import auxiliary_loss, hunt_active_latents, matryoshka_loss, topk_code

EXERCISES = (topk_code.EXERCISE, matryoshka_loss.EXERCISE, auxiliary_loss.EXERCISE, hunt_active_latents.EXERCISE)
