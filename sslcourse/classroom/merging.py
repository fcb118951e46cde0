"""Two versions of one notebook made one: the course's new text and cells, and all that is the student's own.

A cell is the student's own when the course never had its text. Cells are matched by the exercise that they answer,
then by their id, then by their text, so that a notebook whose ids were lost, or whose cells were moved, is brought up
to date as well.
"""

from __future__ import annotations

import copy
import difflib
from dataclasses import dataclass, field

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell

from . import cells

NOTE = "course-version"         # the tag of a cell that shows the course's version below the student's
ALIKE = 0.6                     # two texts that agree in so much are two versions of one


@dataclass
class Merge:
    """The notebook that comes out, and what became of its cells."""

    notebook: NotebookNode
    answers: list[str] = field(default_factory=list)    # the exercises whose answers were kept
    kept: int = 0               # other cells of the student's own
    new: int = 0                # cells that the course did not have before
    renewed: int = 0            # cells whose text the course has changed
    both: list[str] = field(default_factory=list)       # cells that both have changed: both versions stand there now

    def __str__(self) -> str:
        parts = [f"{self.new} new and {self.renewed} changed cells from the course" if self.new + self.renewed else
                 "nothing new from the course"]
        parts += [f"your answers to {', '.join(self.answers)}"] if self.answers else []
        parts += [f"{self.kept} other cell{'s' * (self.kept != 1)} of your own"] if self.kept else []
        parts += [f"changed by both, look at {', '.join(self.both)}"] if self.both else []
        return "; ".join(parts)


def merge(mine: NotebookNode, course: NotebookNode, base: NotebookNode | None = None,
          known: frozenset[str] = frozenset()) -> Merge:
    """The student's notebook `mine`, brought to the `course`'s new version.

    mine     the student's notebook; it is not changed
    course   the course's new version
    base     the course's version that `mine` was made from, where it is known
    known    texts that the course's cells had at any time: what is among them is not the student's own

    Without `base` and `known`, a text that differs from the course's counts as an older one, but for answers to exercises
    and for cells that the course does not have at all. Returns a Merge.
    """
    old = [cell for cell in mine.cells if NOTE not in cell.metadata.get("tags", [])]
    before = [] if base is None else base.cells
    known = known | {_text(cell) for cell in [*before, *course.cells]} | {""}
    sure = base is not None or len(known) > len({_text(cell) for cell in course.cells}) + 1
    matched = match(old, course.cells)
    done = Merge(copy.deepcopy(course))
    done.notebook.cells = []
    follows: dict[int, list[NotebookNode]] = {}     # the student's own cells, by the place of the matched cell before them
    place = -1
    for i, cell in enumerate(old):
        if i in matched.values():
            place = i
        elif _text(cell) not in known:
            follows.setdefault(place, []).append(copy.deepcopy(cell))
            done.kept += 1
    done.notebook.cells += follows.get(-1, [])
    was = {_text(cell) for cell in before}
    for j, theirs in enumerate(course.cells):
        i = matched.get(j)
        if i is None:
            if not (_text(theirs) in was and not cells.asked(theirs.source)):     # else the student took it out
                done.notebook.cells.append(copy.deepcopy(theirs))
                done.new += _text(theirs) not in was
            continue
        done.notebook.cells += _one(old[i], theirs, _text(old[i]) not in known, _text(theirs) in was, sure, done)
        done.notebook.cells += follows.get(i, [])
    _own_ids(done.notebook.cells)
    return done


def match(old: list[NotebookNode], new: list[NotebookNode]) -> dict[int, int]:
    """{place among the new cells: place among the old ones}, each old cell once."""
    found: dict[int, int] = {}

    def take(fits) -> None:
        for j, cell in enumerate(new):
            free = [i for i in range(len(old)) if i not in found.values() and old[i].cell_type == cell.cell_type]
            fitting = [i for i in free if fits(old[i], cell)] if j not in found else []
            if fitting:
                found[j] = next((i for i in fitting if old[i].get("id") == cell.get("id")), fitting[-1])

    def answers(mine: NotebookNode, theirs: NotebookNode) -> bool:
        name = cells.asked(theirs.source)
        return bool(name) and cells.defines(mine.source, name)

    def may(mine: NotebookNode, theirs: NotebookNode) -> bool:
        return not cells.asked(theirs.source) or not cells.asked(mine.source)    # no answer to one exercise for another

    take(answers)
    take(lambda mine, theirs: bool(mine.get("id")) and mine.get("id") == theirs.get("id") and may(mine, theirs))
    take(lambda mine, theirs: _text(mine) == _text(theirs))
    take(lambda mine, theirs: may(mine, theirs) and _alike(_text(mine), _text(theirs)))
    return found


def _one(mine: NotebookNode, theirs: NotebookNode, own: bool, unchanged: bool, sure: bool, done: Merge) -> list[NotebookNode]:
    """What stands in the place of a cell that both versions have."""
    result = copy.deepcopy(theirs)
    name = cells.asked(theirs.source)
    if _text(mine) == _text(theirs):
        return [_with_outputs(result, mine)]
    if name and own and not _is_empty(mine.source, name):
        done.answers.append(name)
        result.source = mine.source if unchanged else grafted(mine.source, theirs.source, name)
        return [_with_outputs(result, mine) if result.source == mine.source else result]
    if name or not own or not sure:
        done.renewed += 1
        return [result]
    done.kept += 1
    result.source = mine.source
    kept = _with_outputs(result, mine)
    if unchanged:
        return [kept]
    done.both.append(theirs.id)
    fence = f"```python\n{theirs.source}\n```" if theirs.cell_type == "code" else theirs.source
    note = new_markdown_cell(f"*You have changed the cell above. In the course it now reads:*\n\n{fence}")
    note.metadata["tags"] = [NOTE]
    note.id = f"{theirs.id}-course"
    return [kept, note]


def grafted(mine: str, theirs: str, name: str) -> str:
    """The student's cell with the course's new docstring and check; its lines, helpers and comments stay.

    Where the function takes other arguments now, a comment says so. A cell that is no Python stays as it is.
    """
    answer, stub = cells.functions(mine).get(name), cells.functions(theirs).get(name)
    if answer is None or stub is None:
        return mine
    lines, new = mine.splitlines(), theirs.splitlines()
    said, says = cells.docstring_lines(answer), cells.docstring_lines(stub)
    if says:
        put = new[says[0] - 1:says[1]]
        first, last = said or (answer.body[0].lineno, answer.body[0].lineno - 1)
        lines[first - 1:last] = put if first > answer.lineno else lines[first - 1:last]   # not into a function of one line
    wanted = new[stub.lineno - 1].strip()
    if [a.arg for a in answer.args.args] != [a.arg for a in stub.args.args]:
        lines.insert(answer.lineno - 1, f"# The course now asks for: {wanted}")
    text, line = "\n".join(lines), cells.check_line(mine)
    if not line:
        return f"{text.rstrip()}\n\n\n{cells.check_line(theirs)}"
    return text.replace(line, cells.check_line(theirs))


def _is_empty(source: str, name: str) -> bool:
    function = cells.functions(source).get(name)
    return function is not None and cells.is_stub(function)


def _with_outputs(result: NotebookNode, mine: NotebookNode) -> NotebookNode:
    if result.cell_type == "code" and mine.cell_type == "code":
        result.outputs, result.execution_count = copy.deepcopy(mine.outputs), mine.execution_count
    return result


def _alike(a: str, b: str) -> bool:
    matcher = difflib.SequenceMatcher(None, a, b, autojunk=False)
    return matcher.real_quick_ratio() > ALIKE and matcher.quick_ratio() > ALIKE and matcher.ratio() > ALIKE


def _text(cell: NotebookNode) -> str:
    return cell.source.strip()


def _own_ids(cells_: list[NotebookNode]) -> None:
    """No two cells of one notebook may have one id: a copy that the student made of a cell gets another."""
    seen: set[str] = set()
    for cell in cells_:
        number, wanted = 2, cell.get("id") or "own"
        cell.id = wanted
        while cell.id in seen:
            cell.id, number = f"{wanted[:58]}-{number}", number + 1
        seen.add(cell.id)
