"""Measuring: the labs' own notebooks, run one after another at full size, resumably.

Each lab runs twice: in full, which records every number, and live, exactly as a student runs it, which is only timed
(the course map quotes those seconds). A lab without ``results.live(...)`` has one size, and one run serves as both. A
pass that ran to its end with the same code (`labs.fingerprint`) is not run again. What an interrupted or failing lab
had recorded is kept, on file and in its journal, and `journal.recorded` lets a long grid go on from there.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable
from pathlib import Path

from filelock import FileLock, Timeout

from .. import labs, runtime, threads
from . import journal, on_file
from .kernel import LabFailed, execute

PASSES = ("full", "live")


def measure(names: Iterable[str], passes: Iterable[str] = PASSES, *, force: bool = False) -> list[str]:
    """Run the labs that are not yet measured, write cpu.json or gpu.json after each, and return the labs that failed.

    Raises RuntimeError when another run is measuring already. KeyboardInterrupt passes through once the rows are saved.
    """
    todo = [(lab, which) for lab in names for which in needed(lab, passes) if force or not is_done(lab, which)]
    if not todo:
        print("Everything is measured already (--force measures again).")
        return []
    runs().mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(runs() / "lock", timeout=0):
            return _measure(todo, force)
    except Timeout:
        raise RuntimeError(f"another run is measuring already (it holds {runs() / 'lock'})") from None


def needed(lab: str, passes: Iterable[str] = PASSES) -> list[str]:
    """The passes that a lab needs: a lab of one size runs in full only, and that times it too."""
    one_size = not any(re.search(r"\blive\(", cell) for cell in labs.code(labs.notebook(lab)))
    passes = list(passes)
    return ["full"] if one_size and "full" in passes else passes


def is_done(lab: str, which: str) -> bool:
    """Whether this pass of `lab` ran to its end with the notebook and package as they are now."""
    finished = on_file.read(on_file.results_file())["labs"].get(lab, {}).get(which, {})
    return finished.get("fingerprint") == labs.fingerprint(labs.notebook(lab))


def estimate(todo: Iterable[tuple[str, str]]) -> str:
    """How long these passes took when they last ran, in words."""
    known = on_file.read(on_file.results_file())["labs"]
    seconds = [known.get(lab, {}).get(which, {}).get("seconds") for lab, which in todo]
    unknown = seconds.count(None)
    new = "" if not unknown else "never timed before" if unknown == len(seconds) else f"{unknown} never timed before"
    total = sum(s for s in seconds if s is not None)
    return ", ".join(filter(None, [f"about {in_words(total)}, by the last run" if total else "", new]))


def in_words(seconds: float) -> str:
    """Seconds as a person says them.

    >>> in_words(95), in_words(7200)
    ('1 min 35 s', '2 h 0 min')
    """
    minutes, rest = divmod(round(seconds), 60)
    if minutes >= 60:
        return f"{minutes // 60} h {minutes % 60} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def runs() -> Path:
    """Where runs keep their journals until they are complete: not in the repository, nor among a student's results."""
    return runtime.home() / "runs"


def _measure(todo: list[tuple[str, str]], force: bool) -> list[str]:
    failed: list[str] = []
    for done, (lab, which) in enumerate(todo):
        if lab in failed:
            continue
        left = f"; with all that follow {estimate(todo[done:])}" if len(todo) > done + 1 else ""
        print(f"{lab}, {which}: {estimate(todo[done:done + 1])}{left}", flush=True)
        fingerprint = labs.fingerprint(labs.notebook(lab))  # of what is run, even if it is edited meanwhile
        try:
            seconds = _full(lab, fingerprint, force) if which == "full" else _live(lab)
        except LabFailed as error:
            print(f"{lab}, {which}: FAILED\n{error}\n", flush=True)
            failed.append(lab)
            continue
        document = on_file.read(on_file.results_file())
        for each in PASSES if needed(lab) == [which] else [which]:
            document = on_file.finished(document, lab, each, fingerprint, seconds)
        on_file.write(on_file.results_file(), document)
        print(f"{lab}, {which}: done in {in_words(seconds)}", flush=True)
    return failed


def _live(lab: str) -> float:
    """Run the lab as a student does."""
    return execute(labs.notebook(lab), _environment(), f"{lab}, live")


def _full(lab: str, fingerprint: str, force: bool) -> float:
    """Run the lab at full size; whatever happens on the way, what it recorded reaches the results file."""
    path = on_file.results_file()
    document = on_file.read(path)
    journals = f"{runtime.machine()}-{lab}-"
    folder = runs() / f"{journals}{fingerprint}"
    if force:
        shutil.rmtree(folder, ignore_errors=True)
        on_file.write(path, on_file.unfinished(document, lab))  # so that, interrupted, it is not taken for done
    elif not folder.exists():  # a run that was begun elsewhere goes on from what is on file
        for row in on_file.of_fingerprint(document, lab, fingerprint):
            journal.append(folder, row)
    complete = False
    try:
        seconds = execute(labs.notebook(lab), _environment() | {journal.RUN: str(folder.resolve())}, f"{lab}, full")
        others = {row.lab for row in journal.read(folder)} - {lab}
        if others:
            raise LabFailed(f"it records numbers under lab={', '.join(sorted(others))}, wanted {lab}, its own name")
        complete = True
    finally:
        own = [row for row in journal.read(folder) if row.lab == lab]
        on_file.write(path, on_file.merge(on_file.read(path), lab, own, fingerprint, complete=complete))
    for old in runs().glob(f"{journals}*"):
        shutil.rmtree(old, ignore_errors=True)
    return seconds


def _environment() -> dict[str, str]:
    """The kernel's environment: this package, the same data, and a home of its own, not that of the person who runs this."""
    package = str(Path(__file__).resolve().parents[2])
    paths = os.pathsep.join(filter(None, [package, os.environ.get("PYTHONPATH", "")]))
    inherited = {name: value for name, value in os.environ.items() if name != journal.RUN}
    return inherited | threads.quiet(inherited) | {
        "PYTHONPATH": paths, "SSLCOURSE_QUIET": "1", "SSLCOURSE_DATA": str(runtime.data_folder().resolve()),
        "SSLCOURSE_HOME": str((runs() / "home").resolve()),
    }
