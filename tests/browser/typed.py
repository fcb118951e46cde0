"""What a student types in each lab: a wrong answer to one exercise, words of the hint that it earns, and a right one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Typed:
    """One exercise of one lab, answered wrongly and then rightly. Both are whole cells, as they stand in the notebook."""

    exercise: str
    wrong: str
    hint: str
    right: str


#: lab number -> what is typed there
TYPED: dict[str, Typed] = {}
