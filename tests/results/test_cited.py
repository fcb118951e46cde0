"""What papers report: the lecture's two tables are whole, and every cited number has a complete reference."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

import sslcourse
from sslcourse import results
from sslcourse.slides import REFERENCES, reference, references

FILE = tomllib.loads((Path(sslcourse.__file__).parent / "results" / "cited.toml").read_text(encoding="utf-8"))
LECTURE = (  # what the source lecture cites; every one complete
    "ballard1987", "schmidhuber1990", "schroff2015", "larsson2016", "noroozi2016", "gidaris2018", "kolesnikov2019",
    "raghu2019", "devlin2019", "chen2020a", "chen2020b", "caron2021", "ericsson2021", "he2022", "hoffmann2022", "oquab2023",
)


def row(table: str, **where) -> dict:
    found, = [row for row in results.cited(table) if all(row[name] == value for name, value in where.items())]
    return found


def test_table_3_is_whole():
    rows = results.cited("simclrv2-table3")
    groups = ("supervised", "task-specific", "task-agnostic", "both")
    assert [sum(r["group"] == group for r in rows) for group in groups] == [1, 8, 9, 3]
    numbers = [r[name] for r in rows for name in ("top1_1", "top1_10", "top5_1", "top5_10")]
    assert sum(n is not None for n in numbers) == 60 and all(25 < n < 96 for n in numbers if n is not None)


@pytest.mark.parametrize(("where", "numbers"), [
    (dict(method="Supervised baseline"), (25.4, 56.4, 48.4, 80.4)),
    (dict(method="Mean teacher"), (None, None, None, 90.9)),
    (dict(method="CPC v2"), (52.7, 73.1, 77.9, 91.2)),
    (dict(method="BYOL", architecture="ResNet-200 (2×)"), (71.2, 77.7, 89.5, 93.7)),
    (dict(method="SimCLRv2 self-distilled"), (76.6, 80.9, 93.4, 95.5)),
])
def test_table_3(where, numbers):
    found = row("simclrv2-table3", **where)
    assert tuple(found[name] for name in ("top1_1", "top1_10", "top5_1", "top5_10")) == numbers


def test_table_4_is_whole():
    rows = results.cited("dinov2-table4")
    assert [sum(r["text"] is text for r in rows) for text in (True, False)] == [6, 11]
    assert all((r["group"] == "weakly supervised") is r["text"] for r in rows)
    assert sum(r[name] is None for r in rows for name in ("knn", "linear", "real", "v2")) == 3  # SEERv2


@pytest.mark.parametrize(("where", "numbers"), [
    (dict(method="CLIP", architecture="ViT-L/14"), (79.8, 84.3, 88.1, 75.3)),
    (dict(method="MAE"), (49.4, 76.6, 83.3, 64.8)),
    (dict(method="DINO"), (78.6, 79.2, 85.5, 68.2)),
    (dict(method="SEERv2"), (None, 79.8, None, None)),
    (dict(method="DINOv2", architecture="ViT-g/14"), (83.5, 86.5, 89.6, 78.4)),
])
def test_table_4(where, numbers):
    assert tuple(row("dinov2-table4", **where)[name] for name in ("knn", "linear", "real", "v2")) == numbers


def test_chinchillas_exponents_share_the_compute():
    for found in results.cited("chinchilla-exponents"):
        assert found["a"] + found["b"] == pytest.approx(1)


@pytest.mark.parametrize("name", FILE)
def test_every_cited_thing_has_its_source(name):
    key, place = results.cited_source(name).split(": ", 1)
    assert key in REFERENCES and place
    assert ("rows" in FILE[name]) != ("value" in FILE[name])
    for entries in FILE[name].get("rows", []):
        assert len(entries) == len(FILE[name]["columns"])


def test_what_is_not_cited_is_refused():
    with pytest.raises(ValueError, match="did you mean dinov2-table4"):
        results.cited("dinov2-table")
    with pytest.raises(ValueError, match="did you mean mae-mask-ratio"):
        results.cited_value("mae-mask")


def test_the_lectures_papers_are_there_and_complete():
    assert set(LECTURE) <= set(REFERENCES)
    for key in LECTURE:
        found = REFERENCES[key]
        assert found.arxiv or found.year < 1995, f"{key}: its arXiv number"


@pytest.mark.parametrize("key", REFERENCES)
def test_every_reference_is_complete(key):
    import re

    found = REFERENCES[key]
    assert len(found.authors) > 5 and found.title and found.venue and 1900 <= found.year <= 2026
    assert "et al" not in found.authors and re.fullmatch(r"(\d{4}\.\d{4,5})?", found.arxiv)
    assert re.fullmatch(r"[a-z]+\d{4}[ab]?", key) and key.rstrip("ab")[-4:] == str(found.year)
    assert found.venue != "arXiv" or found.arxiv
    text = reference(key)
    assert text.endswith(".") and ".." not in text and f"({found.year})" in text


def test_no_paper_stands_twice():
    assert len({r.title.lower() for r in REFERENCES.values()}) == len(REFERENCES)
    numbers = [r.arxiv for r in REFERENCES.values() if r.arxiv]
    assert len(set(numbers)) == len(numbers)


def test_references_are_shown_in_order_and_a_wrong_key_is_named(capsys):
    references("caron2021", "ballard1987")
    with pytest.raises(ValueError, match="did you mean ballard1987"):
        references("balard1987")
