"""The package's docstrings as reStructuredText: what a house style means to a reader is told to autodoc in its language.

    `name`              code
    name   what it is   in an indented block: a list of definitions
    other indented text set as it stands: equations, drawings
    >>> lines           examples, as they are
"""

from __future__ import annotations

import re

from sphinx.application import Sphinx

_TERM = re.compile(r"(\S.*?) {2,}(\S.*)")


def to_rst(lines: list[str]) -> list[str]:
    """The docstring's lines, indented blocks and prose told apart."""
    out: list[str] = []
    for prose, block in _blocks(lines):
        text = block[0].lstrip()
        if prose and text.startswith(">>>"):
            out += [*block, ""]
        elif text.startswith(">>>"):
            out += [*_dedented(block), ""]
        elif terms := _terms(block):
            for term, told in terms:
                out += [f"``{term}``", *(f"    {_escaped(line)}" for line in told)]
            out += [""]
        elif prose:
            out += [*map(_escaped, block), ""]
        else:
            out += ["::", "", *block, ""]
    return out


def _blocks(lines: list[str]) -> list[tuple[bool, list[str]]]:
    """(whether it begins flush left, its lines) of each block.

    An example is a block; an indented text holds together across empty lines, and a term with the lines that go on under it.
    """
    found: list[tuple[bool, list[str]]] = []
    fresh = True
    for line in lines:
        if not line.strip():
            fresh = True
            continue
        prose, last = not line.startswith("    "), found[-1] if found else (True, [""])
        example = last[1][0].lstrip().startswith(">>>")
        begins = line.lstrip().startswith(">>>") and not (example and not fresh)
        if begins or not found or (fresh and (prose or last[0] or example or _terms(last[1]))):
            found.append((prose, [line]))
        elif fresh:
            last[1].extend(["", line])
        elif prose == last[0] or example or _terms(last[1]):
            last[1].append(line)
        else:
            found.append((prose, [line]))
        fresh = False
    return found


def _terms(block: list[str]) -> list[tuple[str, list[str]]]:
    """The pairs of a table `name   what it is`; [] where the block is something else."""
    block = _dedented(block)
    found: list[tuple[str, list[str]]] = []
    for line in block:
        term = _TERM.fullmatch(line)
        if line.startswith("  ") and found:
            found[-1][1].append(line.strip())
        elif term and "`" not in term[1]:
            found.append((term[1], [term[2]]))
        else:
            return []
    return found


def _dedented(block: list[str]) -> list[str]:
    least = min((len(line) - len(line.lstrip()) for line in block if line.strip()), default=0)
    return [line[least:] for line in block]


def _escaped(line: str) -> str:
    """Prose in which only `code` and ``code`` mean something."""
    parts = re.split(r"(``.+?``|`[^`]+`)", line)
    said = [f"``{part.strip('`')}``" if part.startswith("`") else re.sub(r"([*|_\\`])", r"\\\1", part) for part in parts]
    text = said[0]
    for before, after in zip(said, said[1:]):
        # Inline code that touches a letter is code all the same.
        touching = after[:1].isalnum() if before.startswith("``") else before[-1:].isalnum()
        text += ("\\ " if touching else "") + after
    return re.sub(r"^(\s*)([-+•]) ", r"\1\\\2 ", text) if not re.match(r"\s*- ", text) else text


def _process(app, what, name, thing, options, lines) -> None:
    lines[:] = to_rst(lines)


def setup(app: Sphinx) -> dict:
    """Listen to autodoc."""
    app.connect("autodoc-process-docstring", _process)
    return {"parallel_read_safe": True}
