"""Who calls the student's answers? A start-up file for a lab's kernel that counts, while a browser test runs the lab.

Every check still says what it says, but hands back its answer in a wrapper that notes the cell it is called from, and whether
a training is under way. A network that an answer returns is marked, and counts when it, or a copy of it, is trained.
"""

from __future__ import annotations

import json
from pathlib import Path

STARTUP = '''
import collections, functools, json

from torch import nn

from sslcourse import training
from sslcourse.exercises.engine import Exercise

calls = collections.defaultdict(lambda: {"cells": [], "training": 0})
now = {"cell": 0, "training": 0}
own_check, own_train = Exercise.check, training.train

def check(exercise, answer):
    result, found = own_check(exercise, answer), calls[exercise.name]
    @functools.wraps(result)
    def counted(*args, **kwargs):
        if now["cell"] not in found["cells"]:
            found["cells"].append(now["cell"])
        found["training"] += bool(now["training"])
        value = result(*args, **kwargs)
        if isinstance(value, nn.Module):
            value.made_by = exercise.name
        return value
    return counted

@functools.wraps(own_train)
def train(method, *args, **kwargs):
    for part in method.modules():
        if part.__dict__.get("made_by") in calls:
            calls[part.made_by]["training"] += 1
    now["training"] += 1
    try:
        return own_train(method, *args, **kwargs)
    finally:
        now["training"] -= 1

def before(info):
    now["cell"] += 1

def after(result):
    with open(FILE, "w") as file:
        json.dump(calls, file)

Exercise.check, training.train = check, train
get_ipython().events.register("pre_run_cell", before)
get_ipython().events.register("post_run_cell", after)
'''


def install(folder: Path) -> dict[str, str]:
    """Put the start-up file under `folder`; the environment that a kernel needs to find it."""
    startup = folder / "ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "count.py").write_text(f"FILE = {str(folder / 'calls.json')!r}\n{STARTUP}", encoding="utf-8")
    return {"IPYTHONDIR": str(folder / "ipython")}


def read(folder: Path) -> dict[str, dict]:
    """{exercise: {"cells": numbers of the cells that called its answer, "training": calls while a training ran, and networks
    of its making that were trained}}."""
    return json.loads((folder / "calls.json").read_text(encoding="utf-8"))
