"""The references of the course, complete, from one file: references.toml."""

from __future__ import annotations

import html
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path

from .. import expect


@dataclass(frozen=True)
class Reference:
    """One paper; `arxiv` is its number there, or ""."""

    key: str
    authors: str
    year: int
    title: str
    venue: str
    arxiv: str = ""

    def __str__(self) -> str:
        """Authors (year). Title. Venue, arXiv number."""
        number = f"arXiv:{self.arxiv}" if self.arxiv else ""
        venue = "" if self.venue == "arXiv" else self.venue[:1].upper() + self.venue[1:]
        place = ", ".join(filter(None, (venue, number)))
        stop = "" if self.title.endswith("?") else "."
        return f"{self.authors} ({self.year}). {self.title}{stop} {place}."

    def html(self) -> str:
        """The same with its title in italics; of more than eight authors six and the last, all of them where one points."""
        people = self.authors.split("., ")
        first, last = ", ".join(f"{name}." for name in people[:6]), people[-1].removeprefix("& ")
        shown = f"{first}, … {last}" if len(people) > 8 else self.authors
        title = html.escape(self.title, quote=False)
        text = html.escape(str(replace(self, authors=shown)), quote=False).replace(title, f"<i>{title}</i>", 1)
        return f'<span title="{html.escape(self.authors)}">{text}</span>' if shown != self.authors else text


def _read() -> dict[str, Reference]:
    entries = tomllib.loads((Path(__file__).parent / "references.toml").read_text(encoding="utf-8"))
    return {key: Reference(key, **entry) for key, entry in entries.items()}


REFERENCES = _read()


def reference(key: str) -> str:
    """One complete reference as a line of text.

    >>> reference("ballard1987")[:49]
    'Ballard, D. H. (1987). Modular learning in neural'
    """
    expect.one_of(key, "key", REFERENCES)
    return str(REFERENCES[key])


def references(*keys: str, long: bool = False) -> None:
    """Show these references in small type, in the order given; `long` for a slide of nothing else, in two columns."""
    from IPython.display import display

    expect.that(bool(keys), "keys", keys, "one key or more, such as 'ballard1987'")
    for key in keys:
        expect.one_of(key, "key", REFERENCES)
    lines = "".join(f"<p>{REFERENCES[key].html()}</p>" for key in keys)
    text = "\n".join(map(reference, keys))
    page = f'<div class="ssl-references{" long" if long else ""}">{lines}</div>'
    display({"text/html": page, "text/plain": text}, raw=True)
