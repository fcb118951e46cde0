"""Interactive figures that stay in a notebook for good: what JupyterLab drops when it saves is put back.

JupyterLab keeps the state of ipywidgets in the file's metadata, but saves that of the running kernel's widgets alone. A
notebook that is opened on another day shows the figures of the day before; the first save would lose them.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

VIEW, STATE = "application/vnd.jupyter.widget-view+json", "application/vnd.jupyter.widget-state+json"
_REFERENCE = re.compile(r"IPY_MODEL_(\w+)")


def keep(model: dict, path: str, contents_manager: object, **_: object) -> None:
    """Before a notebook is saved: add, from the file as it is, the widgets that outputs show and the new content lacks.

    A hook of Jupyter's contents manager; `model` is what will be written, and is changed in place.
    """
    if model.get("type") != "notebook" or not model.get("content"):
        return
    book = model["content"]
    missing = [name for name in shown(book) if name not in states(book)]
    file = Path(contents_manager.root_dir) / path
    if not missing or not file.is_file():
        return
    before, found = states(json.loads(file.read_text(encoding="utf-8"))), {}
    while missing:  # and what those are made of
        name = missing.pop()
        if name in before and name not in found:
            found[name] = before[name]
            missing += _REFERENCE.findall(json.dumps(before[name]["state"]))
    if found:
        kept = book["metadata"].setdefault("widgets", {}).setdefault(STATE, {"version_major": 2, "version_minor": 0})
        kept["state"] = {**found, **kept.get("state", {})}


def shown(book: dict) -> list[str]:
    """The names of the widgets that the cells' outputs show."""
    outputs = (output for cell in book["cells"] for output in cell.get("outputs", ()))
    return [output["data"][VIEW]["model_id"] for output in outputs if VIEW in output.get("data", {})]


def states(book: dict) -> dict[str, dict]:
    """The widgets that the notebook's metadata hold, by name."""
    return book.get("metadata", {}).get("widgets", {}).get(STATE, {}).get("state", {})
