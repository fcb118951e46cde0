"""The command line: its verbs, how a lab is found and fetched, and how JupyterLab is started."""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
import types
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import psutil
import pytest

from sslcourse import __main__ as command
from sslcourse import __version__, labs, runtime
from sslcourse.commands import lab


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course of three labs, which need nothing, `mnist` and `cifar10`, and both."""
    (tmp_path / "labs").mkdir()
    for name, data in {"01_pca_tsne_umap": [], "10_simclr": ["mnist", "cifar10"], "11_simclr_v2": ["cifar10"]}.items():
        metadata = {"sslcourse": {"data": data, "minutes": 60}}
        notebook = {"cells": [], "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
        (tmp_path / "labs" / f"{name}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    monkeypatch.setattr(runtime, "course_root", lambda: tmp_path)
    return tmp_path


@pytest.fixture
def fetched(monkeypatch):
    """What the `data` verb was asked for, in place of fetching it; and no JupyterLab, unless a test puts one there."""
    monkeypatch.setattr(lab, "start", lambda notebook, **how: pytest.fail("JupyterLab was started"))
    asked = types.SimpleNamespace(names=[], code=0)
    stand_in = types.ModuleType("sslcourse.commands.data")
    stand_in.main = lambda argv: asked.names.append(list(argv)) or asked.code
    monkeypatch.setitem(sys.modules, "sslcourse.commands.data", stand_in)
    monkeypatch.setattr("sslcourse.commands.data", stand_in, raising=False)
    return asked


def test_help_names_every_verb():
    told = subprocess.run([sys.executable, "-m", "sslcourse", "--help"], capture_output=True, text=True, timeout=120)
    assert told.returncode == 0
    assert re.findall(r"^    (\w+) ", told.stdout, re.M) == list(command.VERBS)


@pytest.mark.parametrize("verb", command.VERBS)
def test_each_verb_is_there_and_explains_itself(verb, capsys):
    try:
        code = command.main([verb, "--help"])
    except SystemExit as left:
        code = left.code
    assert code == 0
    said = capsys.readouterr().out
    assert said.startswith("usage: ") and verb in said


def test_commands_that_make_no_sense(capsys):
    assert command.main([]) == 2
    assert "VERB" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="2"):
        command.main(["labs"])
    assert "labs" in capsys.readouterr().err


def test_the_version(capsys):
    with pytest.raises(SystemExit, match="0"):
        command.main(["--version"])
    assert __version__ in capsys.readouterr().out


def test_the_words_after_a_verb_are_the_verbs_own(monkeypatch):
    heard = []
    monkeypatch.setattr(command, "_command", lambda verb: lambda argv: heard.append((verb, argv)) or 7)
    assert command.main(["data", "--all", "mnist", "--version"]) == 7
    assert heard == [("data", ["--all", "mnist", "--version"])]


def test_an_interrupt_ends_quietly(monkeypatch, capsys):
    def interrupted(argv):
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "_command", lambda verb: interrupted)
    assert command.main(["lab"]) == 130
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize(("name", "found"), [
    (None, "01_pca_tsne_umap"), ("1", "01_pca_tsne_umap"), ("01", "01_pca_tsne_umap"), ("10", "10_simclr"),
    ("umap", "01_pca_tsne_umap"), ("10_simclr", "10_simclr"), ("labs/10_simclr.ipynb", "10_simclr"),
    ("V2", "11_simclr_v2"),
])
def test_a_lab_is_found_by_number_name_or_part(course, name, found):
    assert labs.find(name) == found


@pytest.mark.parametrize(("name", "said"), [
    ("simclr", "10_simclr and 11_simclr_v2"), ("99", "wanted one of 01_pca_tsne_umap"),
    ("10_simlcr", "did you mean 10_simclr"),
])
def test_a_lab_that_is_not_found(course, fetched, capsys, name, said):
    assert lab.main([name]) == 2
    assert said in capsys.readouterr().err
    assert fetched.names == []


def test_outside_the_course(fetched, monkeypatch, capsys):
    monkeypatch.setattr(runtime, "course_root", lambda: None)
    assert lab.main([]) == 2
    assert "cloned" in capsys.readouterr().err


def test_the_list(course, capsys):
    assert lab.main(["--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["01_pca_tsne_umap", "10_simclr", "11_simclr_v2"]
    assert "60 min" in lines[1] and lines[1].endswith("mnist, cifar10")


def test_the_data_comes_before_jupyterlab(course, fetched, monkeypatch):
    started = []

    def start(notebook, **how):
        started.append((notebook.stem, how, list(fetched.names)))
        return 0

    monkeypatch.setattr(lab, "start", start)
    assert lab.main(["10", "--no-browser", "--port", "9001"]) == 0
    assert started == [("10_simclr", {"port": 9001, "browser": False}, [["mnist", "cifar10"]])]
    lab.main([])
    assert started[1][:2] == ("01_pca_tsne_umap", {"port": 8888, "browser": True})
    assert len(fetched.names) == 1, "a lab that needs no data asked for some"


def test_without_its_data_a_lab_still_opens(course, fetched, monkeypatch, capsys):
    fetched.code = 1
    monkeypatch.setattr(lab, "start", lambda notebook, **how: 0)
    assert lab.main(["10"]) == 0
    assert "without" in capsys.readouterr().err


def test_a_port_that_cannot_be(course, fetched, capsys):
    assert lab.main(["--port", "70000"]) == 2
    assert "--port: got 70000" in capsys.readouterr().err


@pytest.fixture
def server(course, tmp_path_factory):
    """A lab, opened for real by a person whose own Jupyter settings are careless: its process, and its address."""
    settings = tmp_path_factory.mktemp("jupyter")
    careless = "c.ServerApp.ip = '0.0.0.0'\nc.IdentityProvider.token = ''\nc.ServerApp.open_browser = True\n"
    careless += "c.LabApp.extension_manager = 'pypi'\n"
    (settings / "jupyter_server_config.py").write_text(careless, encoding="utf-8")
    code = "from pathlib import Path; from sslcourse import runtime; from sslcourse.commands import lab\n"
    code += f"runtime.course_root = lambda: Path({str(course)!r})\n"
    code += "raise SystemExit(lab.main(['1', '--no-browser', '--port', '8765']))"
    environment = {**os.environ, "JUPYTER_CONFIG_DIR": str(settings), "JUPYTER_RUNTIME_DIR": str(settings)}
    process = subprocess.Popen([sys.executable, "-c", code], env=environment, text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    patience = threading.Timer(90, process.kill)  # then its output ends, and so does the reading of it
    patience.start()
    try:
        address = next((m for m in (re.search(r"http://127.0.0.1:\S+", line) for line in process.stdout) if m), None)
        assert address, "JupyterLab printed no address"
        until_it_listens(urllib.parse.urlsplit(address.group()).port, process)
        yield process, address.group()
    finally:
        patience.cancel()
        process.terminate()
        process.communicate(timeout=60)


def until_it_listens(port: int, process: subprocess.Popen) -> None:
    """JupyterLab prints its address a moment before it listens: ask until it does, or until it has ended."""
    while process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=60).close()
            return
        except ConnectionRefusedError:
            time.sleep(0.05)
    raise AssertionError(f"JupyterLab ended with {process.returncode}")


def get(url: str) -> tuple[int, str, str]:
    """Status, final address and text of a page, asked for directly, whatever proxy is set."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=60) as page:
            return page.status, page.url, page.read().decode("utf-8")
    except urllib.error.HTTPError as refused:
        return refused.code, url, ""


@pytest.mark.slow
def test_jupyterlab_stays_on_this_machine_whatever_the_persons_settings(server):
    process, address = server
    start, token = re.fullmatch(r"(http://127.0.0.1:\d+)/lab/tree/.*\?token=(\w+)", address).groups()
    assert len(token) >= 32
    assert address.startswith(f"{start}/lab/tree/my-labs/01_pca_tsne_umap.ipynb?")
    connections = psutil.Process(process.pid).net_connections("inet")
    listening = {c.laddr.ip for c in connections if c.status == psutil.CONN_LISTEN}
    assert listening and listening <= {"127.0.0.1", "::1"}
    # The token is asked for ...
    assert get(f"{start}/api/contents")[0] == 403
    assert "/login" in get(address.split("?")[0])[1]
    assert get(f"{start}/api/contents?token={token}")[0] == 200
    # ... and the page asks nobody else: no announcements, no update, no catalogue of extensions.
    status, _, page = get(address)
    settings = json.loads(re.search(r'id="jupyter-config-data"[^>]*>(.*?)</script>', page, re.S).group(1))
    assert status == 200
    assert "@jupyterlab/apputils-extension:announcements" in settings["disabledExtensions"]
    assert settings["news"] == {"disabled": True} and settings["extensionManager"]["can_install"] is False
    assert json.loads(get(f"{start}/lab/api/update?token={token}")[2]) == {"notification": None}


def test_jupyterlab_is_laid_out_for_reading_in_a_place_of_the_course_s_own(course, tmp_path, monkeypatch):
    monkeypatch.setenv("SSLCOURSE_HOME", str(tmp_path / "home"))
    lab.prepare(tmp_path / "home" / "jupyterlab"), lab.prepare(tmp_path / "home" / "jupyterlab")
    arguments = lab.arguments(labs.notebook(labs.find()), port=1, browser=False, token="")
    told = dict(word.split("=", 1) for word in arguments if "=" in word)
    settings, workspaces = (Path(told[f"--LabApp.{name}"]) for name in ("app_settings_dir", "workspaces_dir"))
    assert tmp_path / "home" in settings.parents and tmp_path / "home" in workspaces.parents
    overrides = json.loads((settings / "overrides.json").read_text())
    assert overrides["@jupyter-widgets/jupyterlab-manager:plugin"]["saveState"] is True
    (workspace,) = workspaces.iterdir()
    layout = json.loads(workspace.read_text())["data"]["layout-restorer:data"]
    assert layout["left"]["collapsed"] is layout["right"]["collapsed"] is True


def test_the_class_that_never_looks_for_updates_is_there(course):
    arguments = lab.arguments(labs.notebook(labs.find()), port=1, browser=False, token="")
    told = dict(word.split("=", 1) for word in arguments if "=" in word)
    module, _, name = told["--LabApp.check_for_updates_class"].rpartition(".")
    checker = getattr(importlib.import_module(module), name)("4.0.0")
    assert asyncio.run(checker()) is None and not hasattr(checker, "http_client")


def test_the_page_asks_for_no_news():
    page = lab.without_announcements(None, {"disabledExtensions": ["another"], "baseUrl": "/"})
    assert page["disabledExtensions"] == ["another", "@jupyterlab/apputils-extension:announcements"]
    assert page["baseUrl"] == "/"


def test_a_jupyter_folder_that_cannot_be_written_to_is_named(monkeypatch, tmp_path, capsys):
    """A read-only home: Jupyter's own traceback would say nothing of what to do."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "file" / "runtime"))
    assert lab.start(Path("labs/01_pca_tsne_umap.ipynb"), port=8888, browser=False) == 1
    said = capsys.readouterr().err
    assert "runtime cannot be written to" in said and "Set JUPYTER_RUNTIME_DIR" in said
