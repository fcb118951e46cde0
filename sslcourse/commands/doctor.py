"""Look at this machine and say what to do about each thing that is wrong: ``python -m sslcourse doctor [--json]``."""

from __future__ import annotations

import argparse
import dataclasses
import json
from collections.abc import Callable, Iterable, Sequence

from .checkup import CHECKS, Finding


def main(argv: Sequence[str]) -> int:
    """Print what was found; 0 when every lab can run here, 1 when something stops one."""
    parser = argparse.ArgumentParser(
        prog="python -m sslcourse doctor",
        description="Look at this machine, and say what to do about each thing that is wrong.",
    )
    parser.add_argument("--json", action="store_true", help="as JSON, for a machine or a bug report")
    as_json = parser.parse_args(list(argv)).json
    found = examine()
    blocked = any(finding.state == "bad" for finding in found)
    if as_json:
        print(json.dumps({"ok": not blocked, "findings": [dataclasses.asdict(f) for f in found]}, indent=1))
    else:
        print(report(found))
    return 1 if blocked else 0


def examine(checks: Iterable[Callable[[], list[Finding]]] = CHECKS) -> list[Finding]:
    """Run every check. One that fails becomes a finding itself: a doctor does not fall ill."""
    found = []
    for check in checks:
        try:
            found += check()
        except Exception as error:  # whatever is wrong with this machine, the other checks still help
            advice = "This should not happen; please report it with the output of doctor --json."
            found.append(Finding(check.__name__, f"{type(error).__name__}: {error}", "warn", advice))
    return found


def report(found: Sequence[Finding]) -> str:
    """The findings as lines, and under them what to do."""
    width = max(len(finding.name) for finding in found)
    lines = [f"{'' if f.state == 'ok' else f.state:<5}{f.name:<{width}}  {f.value}" for f in found]
    advice = [f"  {f.name}: {f.advice}" for f in found if f.advice]
    lines += ["", "What to do:", *advice] if advice else ["", "All is well: python -m sslcourse lab"]
    return "\n".join(lines)
