"""Change one thing in a room's code and run the room's tests: those changes that no test notices name a test to be written.

    python -m tests.tools.mutate losses                  a hundred changes, the same ones each time
    python -m tests.tools.mutate losses --minutes 7      what fits in seven minutes; the next call goes on from there
    python -m tests.tools.mutate losses --list           how many were caught, and the survivors

A change is small: another comparison, another sign, a number one larger, `and` for `or`, a condition turned round, a mean
for a sum, a `.detach()` left out. It is made in memory, in a process of its own, and meets the tests and examples whose
names hold the file's or those of its functions, as in `pytest tests/losses -k nt_xent`. What was found is kept in
build/mutants, under a key that holds the changed line: a line that is edited is tried anew. POSIX only (it forks).
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import importlib.machinery
import io
import json
import multiprocessing
import os
import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.tools.mutants import ROOT, Mutant, mutants

KEPT = ROOT / "build" / "mutants"
COUNT, SEED = 100, 0
CAUGHT, SURVIVED, TIME = "caught", "survived", "time"


def chosen(room: str, count: int = COUNT) -> list[Mutant]:
    """`count` changes of the room, drawn once and for all."""
    place = ROOT / "sslcourse" / room
    files = sorted(place.rglob("*.py")) if place.is_dir() else [place.with_suffix(".py")]
    every = [mutant for file in files if file.name != "__init__.py" for mutant in mutants(file)]
    every = list({mutant.key: mutant for mutant in every}.values())
    return every if len(every) <= count else random.Random(SEED).sample(every, count)


def asked(room: str, file: str) -> list[str]:
    """What pytest is asked for: the room's tests and the file's examples that are named after it, or after what is in it."""
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    inside = [node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name[0] != "_"]
    words = " or ".join(dict.fromkeys([Path(file).stem, *inside]))
    tests = f"tests/{room}" if (ROOT / "tests" / room).is_dir() else "tests/house"
    # --assert=plain: pytest would else read a file that it is given, to rewrite its asserts, from the disk, unchanged.
    return ["-x", "-q", "--assert=plain", "-p", "no:xdist", "-p", "no:cacheprovider", "-m",
            "not (slow or browser or install or gpu)", "--doctest-modules", "-k", words, tests, file]


def _tested(mutant: Mutant | None, arguments: Sequence[str], answer) -> None:
    """In a process of its own: the tests, with the mutant in place of its file. Sends pytest's exit status."""
    import pytest

    # What was imported before the fork is unchanged code, and what imported it holds on to it.
    for name in [name for name in sys.modules if name.split(".")[0] in ("sslcourse", "tests")]:
        del sys.modules[name]
    if mutant is not None:
        place, own = str(ROOT / mutant.file), importlib.machinery.SourceFileLoader.get_code

        def get_code(loader, name):
            return compile(mutant.source, place, "exec") if loader.path == place else own(loader, name)

        importlib.machinery.SourceFileLoader.get_code = get_code
    os.chdir(ROOT)
    with contextlib.redirect_stdout(io.StringIO()) as said, contextlib.redirect_stderr(said):
        status = int(pytest.main(list(arguments)))
    answer.send((status, said.getvalue()[-3000:]))


def outcome(mutant: Mutant | None, arguments: Sequence[str], seconds: float) -> tuple[str, str]:
    """("caught", the test that failed), ("survived", "") or ("time", "")."""
    fork = multiprocessing.get_context("fork")
    ours, theirs = fork.Pipe(duplex=False)
    process = fork.Process(target=_tested, args=(mutant, arguments, theirs))
    process.start()
    theirs.close()
    try:
        status, said = ours.recv() if ours.poll(seconds) else (None, "")
    except EOFError:
        status, said = 1, "the process died"
    process.kill()
    process.join()
    if status is None:
        return TIME, ""
    failed = [line for line in said.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return (SURVIVED, "") if status == 0 else (CAUGHT, (failed or [f"pytest ended with {status}"])[0][:160])


def main(argv: Sequence[str]) -> int:
    """0 if at least 85% of those that were tried are caught."""
    parser = argparse.ArgumentParser(prog="python -m tests.tools.mutate")
    parser.add_argument("room")
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--minutes", type=float, default=float("inf"))
    parser.add_argument("--again", action="store_true", help="try the survivors again")
    parser.add_argument("--list", action="store_true", help="try nothing, and tell what is known")
    options = parser.parse_args(list(argv))
    import torch  # noqa: F401  (once, before the forks)

    file, end = KEPT / f"{options.room}.json", time.monotonic() + 60 * options.minutes
    known = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    wanted, sound = chosen(options.room, options.count), {}
    for mutant in wanted if not options.list else []:
        if time.monotonic() > end or (mutant.key in known and not (options.again and known[mutant.key][0] == SURVIVED)):
            continue
        arguments = asked(options.room, mutant.file)
        if mutant.file not in sound:
            start = time.monotonic()
            said, failed = outcome(None, arguments, 600)
            if said != SURVIVED:
                print(f"{mutant.file}: its tests fail as it stands: {failed}", file=sys.stderr)
                return 2
            sound[mutant.file] = time.monotonic() - start
        known[mutant.key] = outcome(mutant, arguments, 30 + 5 * sound[mutant.file])
        KEPT.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(known, indent=1, ensure_ascii=False), encoding="utf-8")
        print(f"{known[mutant.key][0]:<9}{mutant.file}:{mutant.line}  {mutant.told}", flush=True)
    tried = {m.key: m for m in wanted if m.key in known}
    survivors = [m for m in tried.values() if known[m.key][0] == SURVIVED]
    print("\n".join(f"survived  {m.file}:{m.line}  {m.told}" for m in survivors))
    share = 1 - len(survivors) / len(tried) if tried else 0.0
    print(f"{options.room}: {len(tried) - len(survivors)} of {len(tried)} caught ({share:.0%}); "
          f"{len(wanted) - len(tried)} not tried")
    return 0 if share >= 0.85 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
