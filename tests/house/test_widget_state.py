"""What a save would drop is put back: the widgets that outputs show, with all that they are made of, and no others."""

from __future__ import annotations

import copy
import json
from types import SimpleNamespace

import pytest

from sslcourse.commands import widget_state
from sslcourse.commands.widget_state import STATE, VIEW


def widget(**state):
    return {"model_name": "M", "model_module": "m", "model_module_version": "1", "state": state}


def notebook(shown, held):
    output = [{"output_type": "display_data", "data": {VIEW: {"model_id": name}}, "metadata": {}} for name in shown]
    cell = {"cell_type": "code", "source": "", "metadata": {}, "execution_count": 1, "outputs": output}
    metadata = {"widgets": {STATE: {"version_major": 2, "version_minor": 0, "state": held}}}
    return {"cells": [cell], "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


HELD = {"box": widget(children=["IPY_MODEL_slider"]), "slider": widget(value=1), "gone": widget(value=2)}


@pytest.fixture
def save(tmp_path):
    (tmp_path / "labs").mkdir()
    (tmp_path / "labs" / "a.ipynb").write_text(json.dumps(notebook(["box", "gone"], HELD)), encoding="utf-8")

    def save(book, path="labs/a.ipynb"):
        model = {"type": "notebook", "content": copy.deepcopy(book)}
        widget_state.keep(model=model, path=path, contents_manager=SimpleNamespace(root_dir=str(tmp_path)))
        return model["content"]
    return save


def test_what_is_shown_stays_with_what_it_is_made_of(save):
    live = {"new": widget(value=3)}
    kept = widget_state.states(save(notebook(["box", "new"], live)))
    assert kept == {"box": HELD["box"], "slider": HELD["slider"], **live}, "what no output shows any more is dropped"


def test_where_the_metadata_is_empty_it_is_made(save):
    book = notebook(["box"], {})
    del book["metadata"]["widgets"]
    assert set(widget_state.states(save(book))) == {"box", "slider"}


@pytest.mark.parametrize("book, path", [
    (notebook(["box"], HELD), "labs/a.ipynb"), (notebook(["unknown"], {}), "labs/a.ipynb"),
    (notebook(["box"], {}), "labs/b.ipynb"),
], ids=["all there", "never seen", "a new file"])
def test_otherwise_nothing_is_changed(save, book, path):
    assert save(book, path) == book


def test_other_files_are_left_alone():
    model = {"type": "file", "content": "text"}
    widget_state.keep(model=model, path="a.txt", contents_manager=None)
    assert model == {"type": "file", "content": "text"}
