"""Running a notebook to its end in a kernel of this interpreter."""

from __future__ import annotations

import asyncio
import re
import time
from pathlib import Path

from .. import runtime


class LabFailed(Exception):
    """A lab did not reach its end; the text says in which cell, and why."""


def execute(notebook: Path, environment: dict[str, str], desc: str = "") -> float:
    """Run every cell, in the notebook's folder and without a time limit, and return the seconds that it took.

    The kernel is this interpreter's, whatever kernels the machine has registered. Raises LabFailed when a cell raises
    an error or the kernel dies; an interrupt ends the kernel before it passes on. The notebook on disk is not touched.
    """
    import nbformat
    from jupyter_client.kernelspec import KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, DeadKernelError

    book = nbformat.read(notebook, as_version=4)
    ours = KernelSpecManager(kernel_dirs=[])  # looks up no registered kernel: what remains is that of sys.executable
    client = NotebookClient(book, km=AsyncKernelManager(kernel_name="python3", kernel_spec_manager=ours), timeout=None,
                            extra_arguments=["--log-level=CRITICAL"])  # the kernel's own talk is not the lab's
    start = time.perf_counter()
    with client.setup_kernel(cleanup_kc=True, env=environment, cwd=str(notebook.parent)):
        for index, cell in enumerate(runtime.progress(book.cells, desc=desc, unit="cell")):
            try:
                client.execute_cell(cell, index)
            except CellExecutionError as error:
                trace = re.sub(r"\x1b\[[0-9;]*m", "", str(error)).strip()
                raise LabFailed(f"{_name(cell, index)}: {error.ename}: {error.evalue}\n{trace}") from error
            except DeadKernelError as error:
                raise LabFailed(f"{_name(cell, index)}: the kernel died (out of memory?)") from error
            except KeyboardInterrupt:
                _abandon_waiting()
                raise
    return time.perf_counter() - start


def _abandon_waiting() -> None:
    """End the tasks that wait for the interrupted cell: they would report the kernel's end as an error of their own."""
    from jupyter_core.utils import ensure_event_loop

    loop = ensure_event_loop()  # the one that nbclient's synchronous calls run on
    waiting = asyncio.all_tasks(loop)
    for task in waiting:
        task.cancel()
    loop.run_until_complete(asyncio.gather(*waiting, return_exceptions=True))


def _name(cell, index: int) -> str:
    return f"cell {cell.get('id', index)} (number {index})"
