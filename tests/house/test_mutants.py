"""The tool that changes the code to see whether a test notices: what it changes, and that it tells caught from survived."""

from __future__ import annotations

import importlib
import sys

import pytest

from tests.tools import mutants, mutate
from tests.tools.mutants import ROOT, Mutant

TEXT = '''"""A text with 1 + 1 in it."""

LIMIT: int = 3


def share(part, whole, *, at_most: float = 2.0):
    """part / whole, 1 - 0."""
    if not whole > 0 and part is None:
        raise ValueError("1 + 1")
    α = part / whole
    return min(α, at_most), [x.detach() for x in part], -part.mean()
'''


def test_each_change_is_one_and_can_be_compiled(monkeypatch, tmp_path):
    monkeypatch.setattr(mutants, "ROOT", tmp_path)
    (tmp_path / "file.py").write_text(TEXT, encoding="utf-8")
    found = list(mutants.mutants(tmp_path / "file.py"))
    assert [mutant.told.split("  in  ")[0] for mutant in found] == [
        "3  →  4", "2.0  →  4.0",
        "not whole > 0 and part is None  →  not whole > 0 or part is None", "not whole > 0  →  whole > 0",
        "whole > 0  →  whole >= 0", "0  →  1", "part is None  →  part is not None",
        "part / whole  →  part * whole", "x.detach()  →  x", "-part.mean()  →  part.mean()", "part.mean()  →  part.sum()",
    ]
    for mutant in found:
        compile(mutant.source, mutant.file, "exec")
        changed = [(a, b) for a, b in zip(TEXT.splitlines(), mutant.source.splitlines(), strict=True) if a != b]
        assert len(changed) == 1 and changed[0][0] == TEXT.splitlines()[mutant.line - 1]
        assert mutant.source.startswith('"""A text with 1 + 1 in it."""') and '"""part / whole, 1 - 0."""' in mutant.source


def test_the_draw_is_the_same_each_time_and_no_larger_than_the_room():
    first = mutate.chosen("losses", 30)
    assert [m.key for m in first] == [m.key for m in mutate.chosen("losses", 30)] and len({m.key for m in first}) == 30
    assert {m.file.split("/")[1] for m in first} == {"losses"} and len(mutate.chosen("threads", 10_000)) < 200


def test_the_focused_tests_are_named_after_the_file_and_what_is_in_it():
    arguments = mutate.asked("losses", "sslcourse/losses/koleo.py")
    assert arguments[arguments.index("-k") + 1] == "koleo or KoLeoLoss" and arguments[-2:] == [
        "tests/losses", "sslcourse/losses/koleo.py"]
    assert "tests/house" in mutate.asked("threads", "sslcourse/threads.py")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="it forks")
@pytest.mark.parametrize(("before", "after", "said"), [
    ("dtype = torch.float32", "dtype  =  torch.float32", "survived"),
    ("return -(", "return (", "caught"),
    ("return -(", "while True: pass\n    return -(", "time"),
], ids=["the same", "another sign", "without end"])
def test_caught_survived_or_out_of_time(before, after, said):
    file = "sslcourse/losses/koleo.py" if before.startswith("return") else "sslcourse/losses/inputs.py"
    source = (ROOT / file).read_text(encoding="utf-8")
    changed = source.replace(before, after)
    seconds = 5.0 if said == "time" else 300.0
    importlib.import_module("sslcourse.losses.koleo")  # as an earlier test would
    found = mutate.outcome(Mutant(file, 1, "", changed), mutate.asked("losses", "sslcourse/losses/koleo.py"), seconds)
    assert found[0] == said
