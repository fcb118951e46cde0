"""Which option came out ahead, or whether none did: the outcome that a prediction is set beside."""

from __future__ import annotations

from collections.abc import Sequence

from .. import expect

TIE = "no difference that this can see"


def decide(scores: dict[str, Sequence[float]], *, tie: str = TIE, margin: float = 0.0) -> str:
    """The option with the highest mean, or `tie` where its lead over the next one can't be told from chance.

    scores   {option: its number in each seed, or on each test image}: the same seeds (images) in the same order for all
    margin   a lead that is smaller than this counts as none, too

    The lead is measured pair by pair, and it counts where its 95% interval (Student's t over the pairs) lies above zero.
    Raises ValueError for one option, one number an option, or options of different lengths.

    >>> decide({"t-SNE": [0.87, 0.88, 0.86], "PCA": [0.46, 0.47, 0.45]})
    't-SNE'
    >>> decide({"t-SNE": [0.87, 0.88, 0.86], "UMAP": [0.88, 0.86, 0.88]})
    'no difference that this can see'
    """
    expect.that(len(scores) >= 2, "scores", scores, "two options or more")
    lengths = {len(values) for values in scores.values()}
    came = expect.Words(f"{sorted(lengths)} numbers")
    expect.that(len(lengths) == 1 and min(lengths) >= 2, "scores", came, "as many for each option, two or more")
    expect.number(margin, "margin", at_least=0)
    from scipy.special import stdtrit

    n = lengths.pop()
    best, second = sorted(scores, key=lambda option: sum(scores[option]), reverse=True)[:2]
    leads = [float(a) - float(b) for a, b in zip(scores[best], scores[second])]
    mean = sum(leads) / n
    deviation = (sum((lead - mean) ** 2 for lead in leads) / (n - 1)) ** 0.5
    half = float(stdtrit(n - 1, 0.975)) * deviation / n**0.5
    return best if mean - half > 0 and mean >= margin else tie
