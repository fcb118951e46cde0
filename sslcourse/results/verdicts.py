"""What can be said of a claim, and the numbers that it rests on."""

from __future__ import annotations

from .. import expect

HOLDS, FAILS, UNDECIDABLE = "holds here", "does not hold here", "not decidable at this scale"
NOT_MEASURED = "not measured yet"
VERDICTS = (HOLDS, FAILS, UNDECIDABLE, NOT_MEASURED)


class Ruling(str):
    """One of VERDICTS, with the numbers that it rests on in `.numbers`."""

    numbers: dict[str, float]

    def __new__(cls, verdict: str, **numbers: float) -> Ruling:
        expect.one_of(verdict, "verdict", VERDICTS)
        self = super().__new__(cls, verdict)
        self.numbers = numbers
        return self
