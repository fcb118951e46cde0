"""Lab 07's sentences about results: each is chosen by what was measured."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from .. import results, runtime
from ..widgets import decide
from ..widgets.decide import TIE

LAB = "07_jigsaw"
OPEN, CLOSED_LATER = "jigsaw, shortcut open", "jigsaw, shortcut closed after training"
#: a trained network -> what it is called on the page, and its untrained self
SOLVERS = {
    "jigsaw": ("with defences", "random, normalised"),
    "jigsaw, not normalised": ("gap and jitter alone", "random network"),
    OPEN: ("shortcut open", "random network"),
    "supervised": ("supervised, all labels", "random network"),
}
NAMES = {name: words for name, (words, _) in SOLVERS.items()} | {CLOSED_LATER: "the same, its borders gone"}


def edges(shares: Mapping[str, float], orders: int) -> tuple[str, str]:
    """The option that came true of how much borders give away where tiles touch, and the numbers; the ways in order."""
    touch, closed = shares["tiles touch"], shares["and normalised"]
    ways = list(shares)[:list(shares).index("and normalised") + 1]
    closes = max(zip(ways, ways[1:]), key=lambda pair: shares[pair[0]] - shares[pair[1]])[1]
    option = "less than 20%" if touch < 0.2 else "20% to 70%" if touch <= 0.7 else "more than 70%"
    return option, (
        f"Measured: {touch:.0%}, and with all three defences {closed:.0%}. Guessing gives {1 / orders:.1%}. The step that "
        f"closed most is “{closes}”. A network that is trained on tiles which touch may learn just this.")


def pretext(right: Mapping[str, Tensor], touch: float, orders: int) -> tuple[str, str]:
    """The option that came true of how many puzzles the network with defences solves, and the other's numbers."""
    own, easy, closed = (float(right[name].float().mean()) for name in ("jigsaw", OPEN, CLOSED_LATER))
    option = "less than 10%" if own < 0.1 else "10% to 25%" if own <= 0.25 else "more than 25%"
    fell = 1 - closed / max(easy, 1e-9)
    return option, (
        f"It solves {own:.0%}, {own * orders:.0f} times as many as guessing would. The network with the shortcut solves "
        f"{easy:.0%} of its own, and {closed:.0%} once the borders no longer meet: it loses "
        f"{f'{fell:.0%} of what it could do' if fell > 0 else 'nothing'}. "
        f"Matching borders by arithmetic solves {touch:.0%} where tiles touch: a network that looks at one tile at a time "
        "compares only what f has kept of a border.")


def better(right: Mapping[str, Mapping[str, Tensor]], solved: Mapping[str, Tensor]) -> tuple[str, str]:
    """Whose features a linear probe reads more from, photograph by photograph, and the numbers of both tasks."""
    ours = {*SOLVERS, *(own for _, own in SOLVERS.values())}
    option = decide({"the one with defences": right["jigsaw"]["linear probe"].tolist(),
                     "the one with the shortcut": right[OPEN]["linear probe"].tolist()})
    probe = {name: float(found["linear probe"].float().mean()) for name, found in right.items() if name in ours}
    puzzles = {name: float(solved[name].float().mean()) for name in ("jigsaw", OPEN)}
    return option, (
        f"By the linear probe: with defences {probe['jigsaw']:.1%}, with the shortcut {probe[OPEN]:.1%}. On their puzzles "
        f"the two solved {puzzles['jigsaw']:.0%} and {puzzles[OPEN]:.0%}. Their untrained selves gave "
        f"{probe['random, normalised']:.1%} (on normalised photographs, as the first one sees them) and "
        f"{probe['random network']:.1%}, supervised training {probe['supervised']:.1%}. The interval is over the "
        "photographs, for one seed.")


def by_seed(name: str, protocol: str = "linear probe") -> dict[int, float]:
    """{seed: accuracy} of a network, from the course's file."""
    rows = results.select(results.committed(runtime.machine()), lab=LAB, method=name, protocol=protocol, metric="accuracy")
    return {row.seed: row.value for row in rows}


def what_it_is_worth() -> str:
    """What the linear probes on file say of each defence, seed by seed; and that nothing is on file where nothing is."""
    found = {name: by_seed(name) for name in {*SOLVERS, *(own for _, own in SOLVERS.values())}}
    seeds = sorted(set.intersection(*map(set, found.values())))
    if len(seeds) < 2:
        return "This kind of machine has not measured all of these networks yet, so nothing is said of them here."
    mean = {name: sum(part[seed] for seed in seeds) / len(seeds) for name, part in found.items()}
    gained = {name: [found[name][seed] - found[own][seed] for seed in seeds] for name, (_, own) in SOLVERS.items()}
    points = {name: 100 * sum(each) / len(seeds) for name, each in gained.items()}

    def ahead(one: str, other: str, of: Mapping[str, list[float]]) -> str | None:
        """The one that is ahead in `of`, or None where that can't be told."""
        first = decide({name: of[name] for name in (one, other)})
        return None if first == TIE else first

    each = {name: [part[seed] for seed in seeds] for name, part in found.items()}
    third = "jigsaw, not normalised"
    said = [
        f"On file, {len(seeds)} seeds, linear probe: training has added {points['jigsaw']:+.1f} points to the network with "
        f"defences, {points[OPEN]:+.1f} to the one with the shortcut, and {points['supervised']:+.1f} to the one that had "
        "the labels.",
        {"jigsaw": "So puzzles without a shortcut have taught more.",
         OPEN: "So the puzzles with the shortcut have taught more.",
         None: "Between the two solvers these seeds can't tell."}[ahead("jigsaw", OPEN, gained)],
        f"With gap and jitter alone, in the same colours as the one with the shortcut, it is {mean[third]:.1%} against "
        f"{mean[OPEN]:.1%}: " + {
            third: "closing that door made better features.", OPEN: "closing that door made worse features.",
            None: "a difference that these seeds can't tell from none."}[ahead(third, OPEN, each)],
        f"Before anything is learned, the untrained network has {mean['random network']:.1%} on photographs as they are "
        f"and {mean['random, normalised']:.1%} on normalised ones: " + {
            "random network": "normalising has a price of its own.", "random, normalised": "normalising even helps it.",
            None: "normalising costs it nothing that these seeds can tell."}[
                ahead("random network", "random, normalised", each)]]
    if all(ahead("supervised", name, gained) == "supervised" for name in SOLVERS if name != "supervised"):
        said.append("The labels, in a few seconds, teach this encoder more than any of these puzzles.")
    return " ".join(said)
