"""What the doctor looks at: one function for each thing that a lab depends on.

Every check returns findings. What it judges by comes in as arguments, with this machine as the default.
"""

from .finding import Finding
from .hardware import bfloat16, busy, device, memory, threads
from .software import controls, course, kernel, packages, python
from .storage import chromium, data, folders, npm

CHECKS = (
    python, course, packages, kernel, controls, device, bfloat16, threads, busy, memory, folders, data, npm, chromium,
)

__all__ = ["CHECKS", "Finding", *(check.__name__ for check in CHECKS)]
