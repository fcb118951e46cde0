"""Lab 01, representations without a deep network: PCA by SVD, the way back, and how many neighbours a point feels."""

from . import pca, perplexity, reconstruct

EXERCISES = (pca.EXERCISE, reconstruct.EXERCISE, perplexity.EXERCISE)
