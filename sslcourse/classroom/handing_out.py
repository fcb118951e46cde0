"""A lab as an instructor hands it out: the stubs, the text and the checks, and neither hints nor solutions."""

from __future__ import annotations

import ast
import copy
import re

from nbformat import NotebookNode

from .. import __version__

_HELP = re.compile(r"exercises\.\w+\.(hint|solution)\(\)")
_DETAILS = re.compile(r"\n*<details>.*?</details>\n*", re.S)
_STUB = re.compile(r"^( *\.\.\.) *#.*$", re.M)
_RECALL = re.compile(r"^\s*exercises\.recall\(", re.M)


def handout(lab: NotebookNode) -> NotebookNode:
    """The lab without what gives an answer away; `lab` itself is not changed.

    Out go: words beside a stub, sentences about ``hint()`` and ``solution()``, model answers that unfold, and the
    questions to answer from memory, whose options say which one is right. The cell that imports `exercises` closes
    hints and solutions.
    """
    made = copy.deepcopy(lab)
    kept: list[NotebookNode] = []
    for cell in made.cells:
        if cell.cell_type == "markdown":
            cell.source = _text(cell.source)
        elif _RECALL.search(cell.source):
            if kept and kept[-1].cell_type == "markdown" and kept[-1].id.startswith("recall"):
                kept.pop()
            continue
        else:
            cell.source = "\n".join(line for line in _STUB.sub(r"\1", cell.source).splitlines() if not _HELP.search(line))
            cell.outputs, cell.execution_count = [], None
        if cell.source.strip():
            kept.append(cell)
    made.cells = kept
    first = next((cell for cell in kept if cell.cell_type == "code" and _imports_exercises(cell.source)), None)
    if first is not None:
        first.source += "\nexercises.close_hints();"
    made.metadata.setdefault("sslcourse", {})["handout"] = __version__
    return made


def _imports_exercises(source: str) -> bool:
    return any(isinstance(node, ast.ImportFrom) and "exercises" in {alias.name for alias in node.names}
               for node in ast.walk(ast.parse(source)))


def _text(source: str) -> str:
    """Text without model answers and without sentences that point to help."""
    paragraphs = _DETAILS.sub("\n\n", source).split("\n\n")
    return "\n\n".join(filter(None, map(_without_help, paragraphs))).strip()


def _without_help(paragraph: str) -> str:
    if not _HELP.search(paragraph):
        return paragraph
    sentences = re.split(r"(?<=[.?!])\s+", paragraph)
    kept = [sentence for sentence in sentences if not _HELP.search(sentence)]
    return " ".join(sentence for sentence in kept if not sentence.startswith("Stuck?"))
