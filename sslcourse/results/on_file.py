"""The committed numbers: labs/results/cpu.json and gpu.json, sorted, rounded, one row a line, for readable diffs.

A row does not repeat its device and versions: it names a run, and `runs` holds them once. schema.json says the rest.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path

from .. import expect, labs, runtime
from .row import Row, sort_key

SYSTEMS = "00_systems"  # the lab under which those rows stand
FIELDS = ("lab", "method", "data", "protocol", "metric", "size", "seed", "value", "seconds", "run")


def committed(machine: str | None = None) -> list[Row]:
    """The numbers that the course has on file for this machine kind (or for `machine`, "cpu" or "gpu"), sorted.

    None at all where the package was installed without the course.
    """
    return _rows_in(results_file(machine)) if runtime.course_root() else []


def results_file(machine: str | None = None) -> Path:
    """labs/results/cpu.json or gpu.json of the course."""
    machine = machine or runtime.machine()
    expect.one_of(machine, "machine", ("cpu", "gpu"))
    return labs.root() / "labs" / "results" / f"{machine}.json"


def systems(machine: str | None = None) -> list[Row]:
    """The numbers of the lecture's two tables, every system at equal training: what ``results systems`` has measured."""
    return _rows_in(systems_file(machine)) if runtime.course_root() else []


def _rows_in(path: Path) -> list[Row]:
    """The rows of a file, which is read again only where it has changed: a lab asks a dozen times for thousands of rows."""
    try:
        file = path.stat()
    except FileNotFoundError:
        return []
    return list(_rows_as_of(path, file.st_mtime_ns, file.st_size, file.st_ino))


@functools.lru_cache(maxsize=8)
def _rows_as_of(path: Path, *stamp: int) -> tuple[Row, ...]:
    return tuple(rows(read(path)))


def systems_file(machine: str | None = None) -> Path:
    """labs/results/systems/cpu.json or gpu.json: no notebook measures these, so they stand apart from the labs' own."""
    return results_file(machine).parent / "systems" / results_file(machine).name


def read(path: Path) -> dict:
    """What the file holds; an empty document where there is no file. A damaged file is a ValueError that names it."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        rows(document)
    except FileNotFoundError:
        return {"schema": 1, "machine": path.stem, "labs": {}, "runs": {}, "rows": []}
    except (ValueError, TypeError, KeyError) as error:
        advice = "restore it from git, or delete it and measure again"
        raise ValueError(f"{path}: not a results file ({error!r}); {advice}") from error
    return document


def write(path: Path, document: dict) -> None:
    """Check the document against schema.json, then write all of it or nothing."""
    for error in _validator().iter_errors(document):
        raise ValueError(f"{path.name}: {error.json_path}: {error.message}")
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_text(text(document), encoding="utf-8", newline="\n")
    os.replace(part, path)


def rows(document: dict) -> list[Row]:
    """The document's rows, each with its device and versions again."""
    found = []
    for entry in document["rows"]:
        run = document["runs"][entry["run"]]
        fields = {name: entry[name] for name in FIELDS if name != "run"}
        found.append(Row(**fields, machine=document["machine"], device=run["device"], versions=run["versions"]))
    return found


def of_fingerprint(document: dict, lab: str, fingerprint: str) -> list[Row]:
    """The rows of `lab` that were measured by exactly this code."""
    runs = {name for name, run in document["runs"].items() if run["fingerprint"] == fingerprint}
    return rows(document | {"rows": [e for e in document["rows"] if e["lab"] == lab and e["run"] in runs]})


def merge(document: dict, lab: str, measured: Iterable[Row], fingerprint: str, *, complete: bool) -> dict:
    """The document with what `lab` measured: after a complete run in place of all its old rows, else beside them."""
    held = {row.key: (row, entry["run"]) for row, entry in zip(rows(document), document["rows"])
            if not (complete and row.lab == lab)}
    runs = dict(document["runs"])
    for row in measured:
        expect.that(row.lab == lab, "lab", row.lab, f"{lab}, the notebook that measured it")
        expect.that(row.machine == document["machine"], "machine", row.machine, f"{document['machine']}, the file's")
        run = {"fingerprint": fingerprint, "device": row.device, "versions": dict(sorted(row.versions.items()))}
        name = short_hash(run)
        runs[name], held[row.key] = run, (row, name)
    entries = []
    for row, name in sorted(held.values(), key=lambda pair: sort_key(pair[0])):
        entry = {f: getattr(row, f) for f in FIELDS if f != "run"} | {"run": name}
        entries.append(entry | {"value": rounded(row.value), "seconds": rounded(row.seconds)})
    used = sorted({entry["run"] for entry in entries})
    return document | {"rows": entries, "runs": {name: runs[name] for name in used}}


def finished(document: dict, lab: str, which: str, fingerprint: str, seconds: float) -> dict:
    """The document with a note that this pass of `lab` ("full" or "live") ran to its end."""
    passes = document["labs"].get(lab, {}) | {which: {"fingerprint": fingerprint, "seconds": rounded(seconds)}}
    return document | {"labs": dict(sorted((document["labs"] | {lab: dict(sorted(passes.items()))}).items()))}


def unfinished(document: dict, lab: str) -> dict:
    """The document without the note that `lab` ran to its end in full; its rows stay."""
    passes = {name: note for name, note in document["labs"].get(lab, {}).items() if name != "full"}
    return document | {"labs": document["labs"] | {lab: passes}} if lab in document["labs"] else document


def short_hash(run: dict) -> str:
    """A name for the circumstances of a measurement, eight letters."""
    return hashlib.sha256(json.dumps(run, sort_keys=True).encode()).hexdigest()[:8]


def rounded(number: float | int | None) -> float | int | None:
    """Four significant decimals: more would only be noise in a diff. Whole numbers stay exact."""
    return float(f"{number:.4g}") if isinstance(number, float) else number


def text(document: dict) -> str:
    """The document as JSON, one lab, one run and one row a line."""
    def line(value: object) -> str:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)

    def block(opening: str, lines: Iterable[str], closing: str) -> str:
        inner = ",\n".join(f"    {each}" for each in lines)
        return f"{opening}\n{inner}\n  {closing}" if inner else opening + closing

    parts = [f'"schema": {line(document["schema"])}', f'"machine": {line(document["machine"])}']
    parts += [f'"{name}": ' + block("{", (f"{line(k)}: {line(v)}" for k, v in document[name].items()), "}")
              for name in ("labs", "runs")]
    parts.append('"rows": ' + block("[", map(line, document["rows"]), "]"))
    return "{\n  " + ",\n  ".join(parts) + "\n}\n"


@functools.cache
def _validator():
    import jsonschema

    schema = json.loads((Path(__file__).parent / "schema.json").read_text(encoding="utf-8"))
    return jsonschema.Draft202012Validator(schema)
