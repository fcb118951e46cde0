"""Labs 16 and 17: what public networks reach, or a line that says why there are none."""

from __future__ import annotations

from collections.abc import Mapping

from .. import plots


def giants(found: Mapping[str, Mapping[str, float]], why: str, about: str) -> None:
    """Bars of vote and probe for each network, and a line about the probe's calibration.

    found, why   as `sslcourse.giants.measure` returns them
    about        what was measured: "accuracy on CIFAR-10"
    """
    if why:
        print(f"{'No giants' if not found else 'No more giants'} in this run: {why}")
    if not found:
        print("The lab goes on without them.")
        return
    figure, axis = plots.new_figure(width=8.4, height=1.2 + 0.75 * len(found))
    judges = ("kNN", "linear probe")
    plots.bars(axis, {name: {judge: each[judge] for judge in judges} for name, each in found.items()},
               x=f"{about}, frozen features", format=".1%")
    plots.show(figure, alt=f"Public networks, {about}: " + "; ".join(
        f"{name}, kNN {each['kNN']:.1%}, linear probe {each['linear probe']:.1%}" for name, each in found.items()) + ".")
    for name, each in found.items():
        print(f"{name}: the probe is ahead of the vote by {100 * (each['linear probe'] - each['kNN']):+.1f} points; its "
              f"calibration error is {each['calibration error']:.1%}.")
