"""The labs of the course as files: which there are, how one is found, what it asks and needs, and what its code is.

    names, notebook   the labs that are there, in order; the notebook of one
    find              a lab by its number, its name or a part of it
    header, data      a lab's title, question and minutes; the data sets that it needs
    code              the source of its code cells; `fingerprint`, what of it can change a number, in twelve letters
"""

from __future__ import annotations

import ast
import hashlib
import io
import json
import re
import tokenize
from pathlib import Path

from . import __version__, expect, runtime

# Calls, each a statement of its own, after which every name holds what it held before, and no row is recorded.
_ONLY_SHOWS = r"print|results\.(table|say|conclude)|exercises\.recall|\w+\.(answer|player)"


def root() -> Path:
    """The folder of the course; FileNotFoundError where the package was installed without it."""
    found = runtime.course_root()
    if found is None:
        raise FileNotFoundError("No labs beside this package: run this in the folder that the course was cloned to.")
    return found


def names() -> list[str]:
    """The labs that are there, in order: the names of the notebooks NN_topic.ipynb in labs/."""
    return sorted(path.stem for path in (root() / "labs").glob("[0-9][0-9]_*.ipynb"))


def notebook(lab: str) -> Path:
    """The notebook of the lab called `lab`, such as 10_simclr."""
    return root() / "labs" / f"{lab}.ipynb"


def find(name: str | None = None) -> str:
    """The lab that `name` means: its number, its file name or a part of it; the first lab for None.

    Raises ValueError, naming the labs, if none or several fit; FileNotFoundError where there is no lab at all.
    """
    known = names()
    if not known:
        raise FileNotFoundError(f"There are no labs in {root() / 'labs'}.")
    if name is None:
        return known[0]
    wanted = Path(name).name.removesuffix(".ipynb").lower()
    if wanted in known:
        return wanted
    wanted = f"{int(wanted):02d}_" if wanted.isdecimal() else wanted
    fitting = [lab for lab in known if lab.startswith(wanted)] or [lab for lab in known if wanted in lab]
    if len(fitting) > 1:
        raise ValueError(f"lab: got {name!r}, which fits {' and '.join(fitting)}")
    if not fitting:
        expect.one_of(name, "lab", known)
    return fitting[0]


def data(path: Path) -> list[str]:
    """The names of the data sets that a lab uses, from its notebook's metadata: {"sslcourse": {"data": ["mnist"]}}."""
    return list(_metadata(path).get("data", []))


def header(path: Path) -> dict[str, object]:
    """A lab's title, the question that it answers, and a student's minutes (None where the notebook does not say).

    From the notebook's metadata ({"sslcourse": {"title": …, "question": …, "minutes": …}}), else from its first
    Markdown cell: its heading, and the first sentence that ends in a question mark.
    """
    first = next((source for kind, source in _cells(path) if kind == "markdown"), "")
    heading = re.search(r"^#+ +(.+)$", first, re.M)
    asked = re.search(r"([^.?!\n][^.?!]*\?)", re.sub(r"[*_`]", "", first[heading.end():] if heading else first))
    found = {"title": heading.group(1).strip() if heading else path.stem,
             "question": " ".join(asked.group(1).split()) if asked else "", "minutes": None}
    said = _metadata(path)
    return found | {name: said[name] for name in found if name in said}


def code(path: Path) -> list[str]:
    """The source of each code cell."""
    return [source for kind, source in _cells(path) if kind == "code"]


def fingerprint(path: Path) -> str:
    """What a lab's numbers depend on, in twelve letters: the package's version, and the code that can change a number.

    Prose, outputs and tags do not change it. Neither do comments, and statements that only show what is there (`only_shows`):
    a table with a row less is not measured anew. Neither do other libraries' versions: they stand beside every row. So a
    change of the package that changes numbers takes a new version of it, or ``--force``.
    """
    return hashlib.sha256("\0".join([__version__, *filter(None, map(_that_counts, code(path)))]).encode()).hexdigest()[:12]


def _that_counts(source: str) -> str:
    """The lines of a cell without comments, blank lines and what is only shown; all of it where it is no plain Python."""
    try:
        statements = ast.parse(source).body
        comments = {token.start for token in tokenize.generate_tokens(io.StringIO(source).readline)
                    if token.type == tokenize.COMMENT}
    except (SyntaxError, tokenize.TokenError):
        return source  # a line for the shell, say
    # from the text and not from its tree, whose written form is another one in each version of Python
    lines = source.split("\n")
    for row, column in comments:
        lines[row - 1] = lines[row - 1][:column]
    kept = {row for statement in statements if not only_shows(statement) for row in _rows(statement)}
    shown = {row for statement in statements if only_shows(statement) for row in _rows(statement)}
    return "\n".join(line.rstrip() for row, line in enumerate(lines, 1) if line.strip() and (row in kept or row not in shown))


def _rows(statement: ast.stmt) -> range:
    return range(statement.lineno, statement.end_lineno + 1)


def only_shows(statement: ast.stmt) -> bool:
    """Whether a cell's statement does no more than show what is there: without it, the lab would record the same numbers."""
    if not isinstance(statement, ast.Expr):
        return False
    if isinstance(statement.value, ast.Call):
        return re.fullmatch(_ONLY_SHOWS, ast.unparse(statement.value.func)) is not None
    return isinstance(statement.value, ast.Name)


def _metadata(path: Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8")).get("metadata", {}).get("sslcourse", {})


def _cells(path: Path) -> list[tuple[str, str]]:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [(cell["cell_type"], "".join(cell["source"]).strip()) for cell in cells]
