"""The Sparse Manifold Transform: patches, a dictionary, one eigenproblem; no network and no gradient."""

from sslcourse import methods


def learn(images, seconds, seed):
    return methods.SparseManifoldTransform(seed=seed).fit(images)
