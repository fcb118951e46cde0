"""What came of a class's submissions: a table for a spreadsheet, and a page of which mistakes were made, and by whom."""

from __future__ import annotations

import csv
import html
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import astuple, fields
from pathlib import Path

from ..exercises.panel import SIGNS
from .grading import ERROR, STATES, Grade

_HERE = Path(__file__).parent
_SIGNS = SIGNS | {ERROR: "!"}


def write_csv(grades: Sequence[Grade], path: Path) -> None:
    """A row for each exercise of each submission: student, file, lab, exercise, state, mistake, detail, passed, total."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:      # the mark by which Excel knows UTF-8
        table = csv.writer(file)
        table.writerow([field.name for field in fields(Grade)])
        table.writerows([_harmless(value) for value in astuple(grade)] for grade in grades)


def _harmless(value: object) -> object:
    """What begins like a formula would be carried out by a spreadsheet: a student's folder may be called =HYPERLINK(…)."""
    return f"'{value}" if isinstance(value, str) and value[:1] in tuple("=+-@\t\r") else value


def write_page(grades: Sequence[Grade], path: Path, about: str = "") -> None:
    """One HTML file without scripts: for each lab a table of students, then each exercise's mistakes, most frequent first.

    about   what stands below the title: when, and what the system kept the submissions from
    """
    labs: dict[str, list[Grade]] = defaultdict(list)
    for grade in grades:
        labs[grade.lab if grade.exercise else ""].append(grade)
    body = [f"<h1>The class’s map of mistakes</h1><p>{html.escape(about)}</p>"]
    body += [_lab(lab, labs[lab]) for lab in sorted(labs) if lab]
    body += [_unread(labs[""])] if labs[""] else []
    style = (_HERE / "class_map.css").read_text(encoding="utf-8")
    path.write_text(
        '<!doctype html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">\n'
        "<title>The class’s map of mistakes</title>\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<style>\n{style}</style>\n</head>\n<body>\n<main>"
        + "\n".join(body) + "\n</main>\n</body>\n</html>\n", encoding="utf-8")


def _lab(lab: str, grades: list[Grade]) -> str:
    exercises = list(dict.fromkeys(grade.exercise for grade in grades))
    students = list(dict.fromkeys((grade.student, grade.file) for grade in grades))
    found = {(grade.student, grade.file, grade.exercise): grade for grade in grades}
    head = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in exercises)
    rows = []
    for student, file in students:
        cells = "".join(_cell(found[student, file, name]) for name in exercises)
        rows.append(f'<tr><th scope="row" title="{html.escape(file)}">{html.escape(student)}</th>{cells}</tr>')
    table = (f'<div class="wide"><table><caption>{len(students)} submissions</caption>'
             f'<thead><tr><th scope="col">student</th>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>')
    maps = "".join(_exercise(name, [grade for grade in grades if grade.exercise == name]) for name in exercises)
    return f"<section><h2>Lab {html.escape(lab)}</h2>{table}{maps}</section>"


def _cell(grade: Grade) -> str:
    state = grade.state.replace(" ", "-")
    more = f"<br><small>{html.escape(_words(grade.mistake))}</small>" if grade.mistake else ""
    return f'<td class="{state}" title="{html.escape(grade.detail)}">{_SIGNS[grade.state]} {grade.state}{more}</td>'


def _exercise(name: str, grades: list[Grade]) -> str:
    """How many stand where, and the mistakes: each with its number, who made it, and what they would be told."""
    counts = {state: sum(grade.state == state for grade in grades) for state in STATES}
    bar = "".join(f'<span class="{state.replace(" ", "-")}" style="flex:{count}">{count} {state}</span>'
                  for state, count in counts.items() if count)
    mistakes: dict[tuple[str, str], list[Grade]] = defaultdict(list)
    for grade in grades:
        if grade.mistake:
            mistakes[grade.state, grade.mistake].append(grade)
    items = []
    for (state, mistake), made in sorted(mistakes.items(), key=lambda item: (-len(item[1]), item[0])):
        who = ", ".join(grade.student for grade in made)
        items.append(f"<li><b>{len(made)} × {html.escape(_words(mistake))}</b> ({state}): {html.escape(who)}"
                     f"<p>{html.escape(made[0].detail)}</p></li>")
    mistaken = f"<ul>{''.join(items)}</ul>" if items else ""
    return f'<h3>{html.escape(name)}</h3><div class="bar">{bar}</div>{mistaken}'


def _unread(grades: list[Grade]) -> str:
    items = "".join(f"<li>{html.escape(f'{grade.student} ({grade.file}): {grade.mistake}')}</li>" for grade in grades)
    return f"<section><h2>Not read</h2><ul>{items}</ul></section>"


def _words(mistake: str) -> str:
    return mistake.replace("_", " ")
