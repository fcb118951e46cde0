"""The notebooks of a folder: whose each is, and of which lab."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import nbformat

from ..exercises import catalogue
from . import cells

LARGEST = 50_000_000        # bytes: what is larger is not read


@dataclass(frozen=True)
class Submission:
    """One notebook that came in."""

    student: str            # its folder's name, or its own where several lie in one folder
    path: Path
    lab: str                # "10_simclr"; "" where it could not be told
    fault: str = ""         # why it cannot be read at all


def found(folder: Path, lab: str | None = None) -> list[Submission]:
    """The notebooks below `folder`, in order of their students; what Jupyter keeps for itself is left out.

    A notebook that is alone in its folder belongs to the student that the folder is named after, as Moodle and others
    write them (``Ada Lovelace_1234_assignsubmission_file/10_simclr.ipynb``); otherwise to the one named like the file.

    Raises FileNotFoundError where there is none.
    """
    files = [path for path in sorted(folder.rglob("*.ipynb"))
             if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts)]
    if not files:
        raise FileNotFoundError(f"There is no notebook in {folder}.")
    alone = Counter(path.parent for path in files)
    return [_read(path, path.parent if alone[path.parent] == 1 and path.parent != folder else path, folder, lab)
            for path in files]


def _read(path: Path, named: Path, folder: Path, lab: str | None) -> Submission:
    named = named.relative_to(folder)
    student = (named.with_suffix("") if named.suffix == ".ipynb" else named).as_posix().split("_assignsubmission_")[0]
    try:
        if path.stat().st_size > LARGEST:
            raise ValueError(f"larger than {LARGEST // 10**6} MB")
        sources = code(path)
    except Exception as error:              # whatever a stranger's file does to the reader
        return Submission(student, path, lab or "", f"no notebook: {type(error).__name__}: {error}"[:200])
    return Submission(student, path, lab or lab_of(sources))


def code(path: Path) -> dict[str, str]:
    """{a name for the cell: its source} of a notebook's cells of code, as plain Python: magics and ! lines are taken out."""
    from IPython.core.inputtransformer2 import TransformerManager

    found = {}
    for place, cell in enumerate(nbformat.read(path, as_version=4).cells):
        if cell.cell_type == "code":
            found[f"cell-{place:03}"] = TransformerManager().transform_cell(cell.source)
    return found


def lab_of(sources: dict[str, str]) -> str:
    """The lab of whose exercises these cells define most; "" if they define none."""
    text = list(sources.values())
    count = Counter(exercise.lab for exercise in catalogue.every()
                    if any(cells.defines(source, exercise.name) for source in text))
    return count.most_common(1)[0][0] if count else ""
