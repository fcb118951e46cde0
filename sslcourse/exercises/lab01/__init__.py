"""Lab 01, no deep network: PCA and back, how many neighbors a point feels, t-SNE from its two tables to its step."""

from . import hunt_tsne_gradient, joint_probabilities, pca, perplexity, reconstruct, student_t, tsne_gradient

EXERCISES = (pca.EXERCISE, reconstruct.EXERCISE, perplexity.EXERCISE, joint_probabilities.EXERCISE, student_t.EXERCISE,
             tsne_gradient.EXERCISE, hunt_tsne_gradient.EXERCISE)
