"""Open a lab: fetch the data that it needs, then start JupyterLab on the student's own copy of it.

JupyterLab is bound to localhost and asks for a token, whatever the person's own Jupyter settings say, and neither asks
for news nor looks for updates: nothing leaves this machine but the fetching of data.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import sys
import tempfile
from pathlib import Path

from .. import expect, labs, runtime
from ..classroom import own_copies
from . import widget_state


def main(argv: list[str]) -> int:
    """``python -m sslcourse lab [NAME]``: runs until JupyterLab is stopped."""
    parser = argparse.ArgumentParser(
        prog="python -m sslcourse lab",
        description="Fetch a lab's data and open your copy of it (in my-labs/) in JupyterLab, on this machine only. "
                    "Ctrl-C stops it.",
    )
    parser.add_argument("name", nargs="?", metavar="NAME", help="01, pca or 01_pca_tsne_umap; else the first")
    parser.add_argument("--list", action="store_true", help="list the labs, their minutes and their data")
    add_options(parser)
    options = parser.parse_args(argv)
    try:
        if options.list:
            print("\n".join(map(describe, map(labs.notebook, labs.names()))))
            return 0
        notebook = labs.notebook(labs.find(options.name))
        expect.integer(options.port, "--port", at_least=1, at_most=65535)
    except (ValueError, FileNotFoundError) as error:
        print(error, file=sys.stderr)
        return 2
    if not fetch(notebook):
        print("The lab opens without it: its first cells say what works and what to do.", file=sys.stderr)
    mine, said = own_copies.opened(notebook)
    print(said, end="\n" if said else "")
    return start(mine, port=options.port, browser=not options.no_browser)


def add_options(parser: argparse.ArgumentParser) -> None:
    """What `lab` and `lecture` both take."""
    parser.add_argument("--no-browser", action="store_true", help="only print the address, open no browser window")
    parser.add_argument("--port", type=int, default=8888, help="the port, or the next free one if taken (%(default)s)")


def describe(notebook: Path) -> str:
    """One line about a lab, for ``--list``."""
    minutes = labs.header(notebook)["minutes"]
    return f"{notebook.stem:<32}{f'{minutes} min' if minutes else '':>8}   {', '.join(labs.data(notebook))}".rstrip()


def fetch(notebook: Path) -> bool:
    """Fetch the lab's data sets into the cache; False if one of them could not be fetched (the reason has been printed)."""
    from . import data

    names = labs.data(notebook)
    return not names or data.main(names) == 0


def arguments(notebook: Path, *, port: int, browser: bool, token: str) -> list[str]:
    """JupyterLab's arguments: they overrule the person's own configuration files."""
    root, own = notebook.parent.parent, runtime.home() / "jupyterlab"
    found = [
        f"--ServerApp.root_dir={root}",
        f"--FileContentsManager.preferred_dir={notebook.parent}",
        f"--LabApp.default_url=/lab/tree/{notebook.relative_to(root).as_posix()}",
        f"--ServerApp.open_browser={browser}",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=50",
        # On this machine only, and only with the token.
        "--ServerApp.ip=localhost",
        f"--IdentityProvider.token={token}",
        "--ServerApp.allow_remote_access=False",
        "--KernelManager.transport_encryption=auto",
        # A place of the course's own for JupyterLab's settings and open tabs: a person's are neither read nor changed.
        f"--LabApp.app_settings_dir={own / 'settings'}",
        f"--LabApp.workspaces_dir={own / 'workspaces'}",
        # No request leaves localhost: no news, no look for updates, no catalogue of extensions.
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate",
        "--LabApp.extension_manager=readonly",
        # Errors and the address still show; what Jupyter says about its own parts does not.
        "--Application.log_level=ERROR",
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        found.append("--allow-root")  # a container's only user; Jupyter would refuse to start
    return found


def prepare(folder: Path) -> None:
    """Lay out JupyterLab for reading: the sidebar shut, so that lines of code have the width; widgets kept in saved files."""
    settings, workspaces = folder / "settings", folder / "workspaces"
    settings.mkdir(parents=True, exist_ok=True)
    keep = {"@jupyter-widgets/jupyterlab-manager:plugin": {"saveState": True}}
    (settings / "overrides.json").write_text(json.dumps(keep), encoding="utf-8")
    from jupyterlab_server.workspaces_handler import WorkspacesManager

    side = {"collapsed": True, "visible": True, "widgets": []}
    layout = {"left": {**side, "widgets": ["filebrowser"]}, "right": side, "relativeSizes": [0, 1, 0]}
    workspace = {"data": {"layout-restorer:data": layout}, "metadata": {"id": "default"}}
    WorkspacesManager(str(workspaces)).save("default", json.dumps(workspace))


def start(notebook: Path, *, port: int, browser: bool) -> int:
    """Start JupyterLab in this process, and return when it is stopped."""
    try:
        from jupyter_core.paths import jupyter_runtime_dir
        from jupyterlab.labapp import LabApp
    except ImportError:
        print("JupyterLab is not installed. In the course's folder: make setup, or\n"
              "pip install --constraint requirements.lock --editable .", file=sys.stderr)
        return 1
    if refused := _unwritable(Path(jupyter_runtime_dir())):
        print(f"{refused} cannot be written to, and JupyterLab keeps its open notebooks there. Set JUPYTER_RUNTIME_DIR to a "
              "folder where you may write, and run this again.", file=sys.stderr)
        return 1
    try:
        prepare(runtime.home() / "jupyterlab")
    except OSError:
        pass  # a home that can't be written to: JupyterLab then opens as it does by itself
    print(f"Opening {notebook.stem} in JupyterLab; Ctrl-C here stops it.", flush=True)
    app = LabApp.initialize_server(argv=arguments(notebook, port=port, browser=browser, token=secrets.token_hex(24)))
    app.identity_provider.token_generated = True  # made for this run, not chosen: Jupyter may print it in the address
    app.web_app.settings["page_config_hook"] = without_announcements
    app.contents_manager.register_pre_save_hook(widget_state.keep)
    app.start()
    return 0


def _unwritable(folder: Path) -> Path | None:
    """The folder, where it can be neither made nor written to."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return None
    except OSError:
        return folder


def without_announcements(handler: object, page_config: dict) -> dict:
    """The page's settings, with the plugin switched off that would ask the student about news from the internet."""
    disabled = list(page_config.get("disabledExtensions", []))
    return {**page_config, "disabledExtensions": [*disabled, "@jupyterlab/apputils-extension:announcements"]}
