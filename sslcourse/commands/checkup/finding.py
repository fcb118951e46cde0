"""What a check comes back with."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class Finding:
    """One thing that was looked at: what was found, and what to do about it if it is not good enough.

    state   "ok"; "warn": the labs run, but slower, or without something; "bad": a lab cannot run
    """

    name: str
    value: str
    state: str = "ok"
    advice: str = ""


def judge(name: str, value: str, wrong: bool, state: str, advice: str) -> Finding:
    """A finding with `state` and `advice` if something is `wrong`, and without them if not."""
    return Finding(name, value, state, advice) if wrong else Finding(name, value)


def gb(size: float) -> str:
    """A size in bytes, in words."""
    return f"{size / 1e9:.1f} GB" if size >= 1e8 else f"{size / 1e9:.2f} GB"
