"""Claims: the lecture's fourteen, and verdicts that come from rows and from nothing else."""

import re

import pytest

from sslcourse import results
from sslcourse.results import claims, verdicts
from sslcourse.results.lookup import value
from sslcourse.results.row import Row


@pytest.fixture
def measured(monkeypatch):
    """A fabricated claim with a rule, and the rows that its labs have on file."""
    rows = []
    claim = claims.Claim("bigger-is-better", "…", "slide 1", ("98_big",))
    monkeypatch.setitem(claims.CLAIMS, "bigger-is-better", claim)
    monkeypatch.setitem(claims.RULES, "bigger-is-better", bigger_is_better)
    monkeypatch.setattr(claims, "committed", lambda machine=None: rows)
    return rows


def bigger_is_better(rows):
    big, small = (value(rows=rows, method=method, metric="accuracy") for method in ("big", "small"))
    said = verdicts.UNDECIDED if abs(big - small) < 0.01 else verdicts.HOLDS if big > small else verdicts.FAILS
    return claims.Ruling(said, numbers=dict(big=big, small=small))


def row(method: str, number: float, lab: str = "98_big") -> Row:
    return Row(lab, method, "cifar10", "kNN", "accuracy", number, 0, None, None, "cpu", "a CPU", {})


def test_the_fourteen_claims_are_there_once_each_with_statement_source_and_lab():
    ids = """transfer-speed label-free pretext-depth views-matter bigger-and-distilled probes-disagree center-sharpen
             teacher-leads it-depends beats-supervised no-winner calibration task-dependent compute-optimal""".split()
    assert list(results.CLAIMS) == ids and len(claims._CLAIMS) == 14
    for id, claim in results.CLAIMS.items():
        assert claim.id == id and claim.statement.endswith(".") and claim.source.startswith("slide “")
        assert claim.labs and all(re.fullmatch(r"\d\d_\w+", lab) for lab in claim.labs)


@pytest.mark.parametrize("big, small, expected", [(0.6, 0.5, "holds here"), (0.5, 0.6, "does not hold here"),
                                                  (0.501, 0.5, "undecided")])
def test_the_verdict_and_its_numbers_follow_from_the_rows(measured, big, small, expected):
    measured += [row("big", big), row("small", small)]
    verdict = results.verdict("bigger-is-better")
    assert verdict == expected and verdict.numbers == {"big": big, "small": small}


def test_a_missing_number_or_one_from_another_lab_decides_nothing(measured):
    assert results.verdict("bigger-is-better") == "not measured yet"
    measured += [row("big", 0.6), row("small", 0.5, lab="97_other")]
    assert results.verdict("bigger-is-better") == "not measured yet"


def test_a_claim_without_a_rule_is_not_measured_yet():
    for id in set(results.CLAIMS) - set(claims.RULES):
        assert results.verdict(id) == "not measured yet" and results.verdict(id).numbers == {}


def test_every_rule_belongs_to_a_claim_and_gives_a_verdict_from_the_committed_rows():
    for id in claims.RULES:
        assert results.verdict(id).verdict in verdicts.VERDICTS and id in results.CLAIMS


def test_an_unknown_claim_or_verdict_names_the_near_one():
    with pytest.raises(ValueError, match="id: got 'no-winer'.*did you mean no-winner"):
        results.verdict("no-winer")
    with pytest.raises(ValueError, match="verdict: got 'holds'"):
        claims.Ruling("holds")


def test_a_claim_is_told_with_its_verdict_and_its_intervals(capsys, monkeypatch):
    monkeypatch.delitem(claims.RULES, "no-winner")
    results.conclude("views-matter", "no-winner")
    said, found = capsys.readouterr().out, results.verdict("views-matter")
    assert said.startswith(f"“{results.CLAIMS['views-matter'].statement}”\n{found}\n   ")
    assert said.count("\n   ") == len(found.settings) > 0 and said.rstrip().endswith("not measured yet")
