"""Lab 17's rivals without a network, and pictures with a cue taken away."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from .. import augment, results


def ridge(
    pictures: Tensor, texts: Sequence[str], new_pictures: Tensor, new_texts: Sequence[str], *, side: int = 16,
    alpha: float = 100,
) -> tuple[Tensor, Tensor]:
    """Ridge regression from pixels to TF-IDF, without its mean: predictions for new pictures, and the new texts' TF-IDF.

    pictures, new_pictures   (N, 3, H, W) in [0, 1], averaged to `side` × `side` pixels first
    texts, new_texts         their words, one string each
    """
    X, X_new = _pixels(pictures, new_pictures, side)
    T, T_new = _counts(texts, new_texts)
    W = torch.linalg.solve(X.T @ X + alpha * torch.eye(X.shape[1]), X.T @ T)
    return X_new @ W, T_new


def kernel_ridge(
    pictures: Tensor, texts: Sequence[str], new_pictures: Tensor, new_texts: Sequence[str], *, side: int = 16,
    alpha: float = 0.1,
) -> tuple[Tensor, Tensor]:
    """`ridge` on how near a picture is to each of training: k(x, y) = exp(−‖x − y‖² / median of the pairs' ‖x − y‖²).

    `alpha` and the kernel's width were chosen on concepts held out of training's own. Arguments and answer are ridge's.
    """
    X, X_new = _pixels(pictures, new_pictures, side)
    T, T_new = _counts(texts, new_texts)
    K, K_new = torch.cdist(X, X).square(), torch.cdist(X_new, X).square()
    width = K.median()
    K, K_new = (-K / width).exp(), (-K_new / width).exp()
    return torch.linalg.solve(K + alpha * torch.eye(len(K)), K_new.T).T @ T, T_new  # K is symmetric


def _pixels(pictures: Tensor, new_pictures: Tensor, side: int) -> tuple[Tensor, Tensor]:
    """Both at side × side pixels, (N, 3 · side²), without the mean of the first."""
    X, X_new = (F.interpolate(x, size=(side, side), mode="area").flatten(1) for x in (pictures, new_pictures))
    return X - X.mean(dim=0), X_new - X.mean(dim=0)


def _counts(texts: Sequence[str], new_texts: Sequence[str]) -> tuple[Tensor, Tensor]:
    """TF-IDF of both, (N, words of the first), without the mean of the first."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    words = TfidfVectorizer(sublinear_tf=True)
    T = torch.from_numpy(words.fit_transform(texts).toarray()).float()
    return T - T.mean(dim=0), torch.from_numpy(words.transform(new_texts).toarray()).float() - T.mean(dim=0)


def together(I: Tensor, T: Tensor, other_I: Tensor, other_T: Tensor) -> tuple[Tensor, Tensor]:
    """Two judges as one: pictures (N, K, D₁ + D₂) and texts (N, D₁ + D₂), whose cosine is the mean of the two cosines."""
    return (torch.cat([F.normalize(I, dim=2), F.normalize(other_I, dim=2)], dim=2),
            torch.cat([F.normalize(T, dim=1), F.normalize(other_T, dim=1)], dim=1))


def cues() -> dict[str, Callable[[Tensor], Tensor]]:
    """Ways to take something away from pictures (N, 3, H, W) in [0, 1]: {what is left: function}."""
    return {
        "as it is": lambda x: x,
        "other hues": lambda x: augment.adjust_hue(x, 0.5),
        "gray": lambda x: augment.rgb_to_grayscale(x, 3),
        "outline alone": lambda x: (x.amin(dim=1, keepdim=True) > 0.97).float().expand_as(x).contiguous(),
        "colors alone": lambda x: F.interpolate(F.avg_pool2d(x, 8), scale_factor=8),
        "upside down": lambda x: x.flip(2),
    }


def worst_of(at_10: dict[str, float]) -> str:
    """Which cue costs most when it is gone, in a sentence."""
    whole = at_10["as it is"]
    lost = {name: whole - value for name, value in at_10.items() if name != "as it is"}
    most = max(lost, key=lost.get)
    if lost[most] <= 0:
        return "Whatever was taken away, recall@10 did not fall."
    return (f"Recall@10 falls most where what is left is “{most}”: from {whole:.0%} to {at_10[most]:.0%}. "
            f"It falls least with “{min(lost, key=lost.get)}”: {at_10[min(lost, key=lost.get)]:.0%}.")


def found(I: Tensor, T: Tensor, k: int, near: float = 1e-6) -> list[float]:
    """For each concept, the share of its pictures I (N, K, D) that have its text among the k nearest of T (N, D).

    Texts whose known words are the same, as those of many flags, are one point: places that are tied are shared out, as if
    drawn by lot. Were a tie taken for a hit, whoever knows fewest words would do best.
    """
    similarity = F.normalize(I.double(), dim=2) @ F.normalize(T.double(), dim=1).T  # (N, K, N)
    own = similarity.diagonal(dim1=0, dim2=2).T[:, :, None]  # (N, K, 1)
    above = (similarity > own + near).sum(dim=2)
    tied = ((similarity - own).abs() <= near).sum(dim=2)  # itself among them
    return ((k - above) / tied).clamp(0, 1).double().mean(dim=1).tolist()


def recorded(lab: str, scores: dict[str, dict[int, float]], protocol: str, size: int, seed: int = 0) -> None:
    """Keep recall@k of each method; guessing is not measured."""
    for name, at in scores.items():
        for k, value in at.items() if name != "guessing" else ():
            results.record(lab=lab, method=name, data="emoji", protocol=protocol, metric=f"recall@{k}", value=value,
                           seed=seed, size=size)


def goal(at: dict[int, float], first: float = 0.3, ten: float = 0.6) -> str:
    """How far a training came on the way to 30% and 60%."""
    reached = [f"recall@{k} {at[k]:.1%}, goal {wanted:.0%}: {'reached' if at[k] >= wanted else 'not reached'}"
               for k, wanted in ((1, first), (10, ten))]
    return "; ".join(reached) + "."


def better(outcome: str, right: dict[str, Tensor]) -> str:
    """What the paired comparison of one prompt and of many came to, in a sentence."""
    said = ", ".join(f"{name} {float(value.mean()):.1%}" for name, value in right.items())
    ahead = f"“{outcome}” is ahead, beyond chance" if outcome in right else outcome
    return f"{said}. Concept by concept: {ahead}."
