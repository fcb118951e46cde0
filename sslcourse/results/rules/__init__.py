"""How a claim gets its verdict: for each, one plain function of the numbers on file.

A rule takes contrasts from the rows (`arms.py`), so that a missing one is "not measured yet", and hands them to
`deciding.decide`, which knows no claim: what is compared, and by how much it has to differ, is all that stands here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..row import Row
from ..verdicts import Ruling
from .bench import beats_supervised, it_depends, no_winner, task_dependent
from .features import calibration, label_free, pretext_depth, probes_disagree
from .scaling import compute_optimal
from .teachers import center_sharpen, teacher_leads
from .transfer import transfer_speed
from .views import bigger_and_distilled, views_matter

#: claim id -> rule, given the committed rows of the claim's labs
RULES: dict[str, Callable[[Sequence[Row]], Ruling]] = {
    "transfer-speed": transfer_speed,
    "label-free": label_free,
    "pretext-depth": pretext_depth,
    "views-matter": views_matter,
    "bigger-and-distilled": bigger_and_distilled,
    "probes-disagree": probes_disagree,
    "center-sharpen": center_sharpen,
    "teacher-leads": teacher_leads,
    "it-depends": it_depends,
    "beats-supervised": beats_supervised,
    "no-winner": no_winner,
    "calibration": calibration,
    "task-dependent": task_dependent,
    "compute-optimal": compute_optimal,
}
