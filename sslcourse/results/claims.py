"""The lecture's claims, and what the measured numbers say of each.

A claim gets its verdict from its rule, a function in rules/ that `rules.RULES` names. Without a rule, or without the numbers
that it asks for, the verdict is "not measured yet".
"""

from __future__ import annotations

from dataclasses import dataclass

from .. import expect
from . import cells
from .lookup import NotMeasured, select
from .on_file import committed
from .rules import RULES
from .verdicts import NOT_MEASURED, Ruling


@dataclass(frozen=True)
class Claim:
    """What the lecture says, in our words; where it says so; and the labs that measure it."""

    id: str
    statement: str
    source: str
    labs: tuple[str, ...]


_CLAIMS = (
    Claim("transfer-speed", "Starting from trained weights makes learning faster, the final accuracy hardly better.",
          "slide “Transfer learning”; Raghu et al. (2019)", ("05_transfer_learning",)),
    Claim("label-free", "Features learned without a label serve better than raw pixels and than a random network.",
          "slide “Introduction to Representation Learning”",
          ("02_autoencoders", "04_evaluating_representations", "07_jigsaw", "10_simclr")),
    Claim("pretext-depth", "Which convolutional block gives the best features depends on the pretext task.",
          "slide “Rotation Prediction”; Gidaris et al. (2018)", ("08_rotation",)),
    Claim("views-matter", "Agreement between augmented views teaches; crop and colour together beat either alone.",
          "slide “Contrastive learning”; Chen et al. (2020a)", ("10_simclr",)),
    Claim("bigger-and-distilled", "Bigger models and distillation help most where labels are few.",
          "slide “Version v2 in the same year”, Table 3; Chen et al. (2020b)", ("11_simclr_v2",)),
    Claim("probes-disagree", "Nearest neighbours and a linear probe are far apart for MAE, close for DINO.",
          "slide “Do we reached the end of the road?”, Table 4; Oquab et al. (2023)",
          ("14_masked_autoencoders", "15_dino")),
    Claim("center-sharpen", "Centring alone collapses to uniform, sharpening alone to one dimension; both, to neither.",
          "slide “Distillation: student and teacher relation”; Caron et al. (2021)", ("15_dino",)),
    Claim("teacher-leads", "The moving average of the student, the teacher, is ahead of it throughout training.",
          "slide “Distillation: student and teacher relation”; Caron et al. (2021)", ("15_dino",)),
    Claim("it-depends", "The ranking of methods changes from one architecture to another.",
          "slide “Is SSL really so good in transfer learning?”; Kolesnikov et al. (2019)", ("19_which_method_wins",)),
    Claim("beats-supervised", "The best self-supervised models transfer better than supervised ones.",
          "slide “What about now?”; Ericsson et al. (2021)", ("19_which_method_wins",)),
    Claim("no-winner", "No self-supervised method is the best everywhere.",
          "slide “What about now?”; Ericsson et al. (2021)", ("19_which_method_wins",)),
    Claim("calibration", "Classifiers on self-supervised features are better calibrated.",
          "slide “What about now?”; Ericsson et al. (2021)", ("04_evaluating_representations", "19_which_method_wins")),
    Claim("task-dependent", "How good a representation is depends on the downstream task.",
          "slide “Closing Thoughts”", ("19_which_method_wins",)),
    Claim("compute-optimal", "As compute grows, the model and its data should grow together.",
          "slide “Closing Thoughts”; Hoffmann et al. (2022)", ("20_scaling",)),
)
CLAIMS = {claim.id: claim for claim in _CLAIMS}


def verdict(id: str, *, machine: str | None = None) -> Ruling:
    """What the committed numbers of this machine kind (or of `machine`) say of a claim: one of VERDICTS."""
    expect.one_of(id, "id", CLAIMS)
    if id not in RULES:
        return Ruling(NOT_MEASURED)
    try:
        bench = cells.rows(machine) if cells.LAB in CLAIMS[id].labs else []
        return RULES[id](select([*committed(machine), *bench], lab=CLAIMS[id].labs))
    except NotMeasured:
        return Ruling(NOT_MEASURED)


def conclude(*ids: str) -> None:
    """Print each claim, the verdict on it, and for every setting the contrast on which it stands or falls, with its interval.

    Raises ValueError for an id that is no claim's.
    """
    for id in ids:
        found = verdict(id)
        print(f"“{CLAIMS[id].statement}”\n{found}")
        for setting in found.settings:
            print(f"   {found.weakest(setting)}")
