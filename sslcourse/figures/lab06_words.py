"""Lab 06's sentences about results: each is chosen by what was measured."""

from __future__ import annotations

from torch import Tensor

from ..widgets import decide

BALANCED = "bins, T = 0.38, λ = 0.5"


def vivid(colors: dict[str, dict[str, float]]) -> tuple[str, str]:
    """The option that came true of how vivid squared error paints, and the numbers; colors[way][metric]."""
    share = {way: f"{found['vividness']:.0%}" for way, found in colors.items()}
    painted = colors["squared error"]["vividness"]
    option = ("less than a third" if painted < 1 / 3 else "a third to two thirds" if painted <= 2 / 3 else
              "more than two thirds")
    return option, (
        f"It painted {share['squared error']} of the true mean chroma. The mean of the bins' distribution, T = 1, has "
        f"{share['bins, T = 1']}: both are means, and means are pale. The likeliest bin, T = 0.05, has "
        f"{share['bins, T = 0.05']}; with weights for rare colours, at T = 0.38, the bins paint {share[BALANCED]}.")


def smallest_error(colors: dict[str, dict[str, float]], squares: dict[str, Tensor]) -> tuple[str, str]:
    """The option with the smallest chroma error, image by image, or that none can be told from the next; and the numbers."""
    asked = {"leave it grey": "grey", "squared error": "squared error", "bins, T = 0.38": "bins, T = 0.38",
             "bins, T near 0": "bins, T = 0.05"}
    outcome = decide({option: (-squares[way]).tolist() for option, way in asked.items()})
    numbers = ", ".join(f"{option}: {colors[way]['chroma error']:.1f}" for option, way in asked.items())
    return outcome, (
        f"{numbers}. The mean of the bins, T = 1, has {colors['bins, T = 1']['chroma error']:.1f}. By squared distance a "
        "mean is hard to beat, whichever network gives it.")


def price_of_balance(colors: dict[str, dict[str, float]]) -> str:
    """What weights for rare colors do at T = 0.38, and how that compares with leaving the photograph gray."""
    plain, balanced, gray = colors["bins, T = 0.38"], colors[BALANCED], colors["grey"]
    more = balanced["vividness"] > plain["vividness"]
    first = (f"At T = 0.38, λ = 0.5 moves the vividness from {plain['vividness']:.0%} to {balanced['vividness']:.0%} of the "
             f"truth, and the chroma error from {plain['chroma error']:.1f} to {balanced['chroma error']:.1f}.")
    worse = balanced["chroma error"] > gray["chroma error"]
    second = (f" That is {'more' if worse else 'less'} than leaving every photograph grey would cost, "
              f"{gray['chroma error']:.1f}{': bold colours in wrong places err more than none' if worse else ''}.")
    third = " The colours overshoot: they are more vivid than the photographs'." if more and balanced["vividness"] > 1 else ""
    return first + second + third


def beats_random(knn: dict[str, float], images: int) -> tuple[str, str]:
    """Which random network colorization beats by kNN, where the lead is more than chance has it; and the numbers."""
    ours, gray, color = (knn[name] for name in ("colorization, bins", "random network, grey", "random network, colour"))

    def beats(other: float) -> bool:            # two shares of the same images, taken as independent: the careful side
        return ours - other > 1.96 * ((ours * (1 - ours) + other * (1 - other)) / images) ** 0.5

    option = ("both random networks, fed grey and fed colour" if beats(gray) and beats(color)
              else "only the one that is fed grey" if beats(gray) else "neither, as far as this can see")
    return option, (
        f"Colorization {ours:.1%}; the random network {gray:.1%} in grey and {color:.1%} in colour, so colour alone is worth "
        f"{100 * (color - gray):.1f} points to it. Trained with squared error instead: "
        f"{knn['colorization, squared error']:.1%}. With every label, on grey: {knn['supervised, grey']:.1%}.")


def bins_or_squares(knn: dict[str, float]) -> str:
    """Whether the bins' features or squared error's came out better, and by how much."""
    lead = 100 * (knn["colorization, bins"] - knn["colorization, squared error"])
    if abs(lead) < 1:
        return (f"**Bins against squared error.** By kNN {abs(lead):.1f} points lie between them: one seed can't tell them "
                "apart.")
    better, why = ("bins", "two numbers near zero ask little of a network, a distribution over bins asks what could be there"
                   ) if lead > 0 else ("squared error", "it is the simpler task, and learns faster in as few steps")
    return (f"**Bins against squared error.** The same encoder, the same photographs, as many steps; by kNN the features of "
            f"{better} are {abs(lead):.1f} points better. A plausible reason: {why}. This is one seed, so take the direction "
            "and not the distance.")
