"""Lab 16, DINOv2: balanced targets, the loss of hidden patches, features spread out, patches in colors; a bug."""

from . import figure_colors, hunt_sinkhorn_knopp, koleo, masked_cross_entropy, sinkhorn_knopp

EXERCISES = (
    sinkhorn_knopp.EXERCISE, hunt_sinkhorn_knopp.EXERCISE, masked_cross_entropy.EXERCISE, koleo.EXERCISE,
    figure_colors.EXERCISE,
)
