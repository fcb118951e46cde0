"""Sentences with measured numbers in them, so that no number is typed by hand."""

from __future__ import annotations

import string
from collections.abc import Mapping

from .. import expect, runtime
from .lookup import NotMeasured, value


def say(template: str, /, **numbers: Mapping[str, object] | float) -> None:
    """Show `template` as Markdown, with each named number filled in from the committed results of this machine kind.

        results.say("Raw pixels give {raw:.0%}, a two-dimensional map {pca:.0%}.",
                    raw=dict(method="raw pixels", data="cifar10", protocol="kNN", metric="accuracy"),
                    pca=dict(method="PCA", data="cifar10", protocol="kNN, 2-D", metric="accuracy"))
    """
    text = fill(template, **numbers)
    try:
        from IPython import get_ipython
        from IPython.display import Markdown, display
    except ImportError:
        print(text)
        return
    if get_ipython() is None:
        print(text)
    else:
        display(Markdown(text))


def fill(template: str, /, **numbers: Mapping[str, object] | float) -> str:
    """The text that `say` shows. A number that is not on file says so in its place; a name without one is a ValueError.

    >>> fill("Half is {half:.0%}.", half=0.5)
    'Half is 50%.'
    """
    for _, name, _, _ in string.Formatter().parse(template):
        if name is not None:
            expect.one_of(name, "template", numbers)
    return template.format(**{name: look_up(number) for name, number in numbers.items()})


def look_up(number: Mapping[str, object] | float, machine: str | None = None) -> float | Missing:
    """The number that a description means, or a stand-in for it that says in words that it is missing."""
    if not isinstance(number, Mapping):
        return number
    machine = machine or runtime.machine()
    try:
        return value(machine=machine, **number)
    except NotMeasured:
        other = {"cpu": "gpu", "gpu": "cpu"}[machine]
    try:
        return Missing(machine, other, value(machine=other, **number))
    except NotMeasured:
        return Missing(machine)


class Missing:
    """Stands for a number that this machine kind has not measured, and gives the other kind's, if there is one."""

    def __init__(self, machine: str, other: str = "", number: float | None = None) -> None:
        self.machine, self.other, self.number = machine, other, number

    def __format__(self, spec: str) -> str:
        if self.number is None:
            return f"(not measured yet on this machine kind, {self.machine})"
        return f"{self.number:{spec}} (on a {self.other}; not measured yet on a {self.machine})"
