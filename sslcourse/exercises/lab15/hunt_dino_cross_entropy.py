"""Bug hunt in lab 15: a center that hardly does anything."""

from __future__ import annotations

import torch

from .. import engine
from .dino_cross_entropy import EXERCISE as DINO_CROSS_ENTROPY


def hunt_dino_cross_entropy(teacher_out, student_out, center, teacher_temp=0.04, student_temp=0.1):
    p = torch.softmax(teacher_out.detach() / teacher_temp - center, dim=1)
    log_q = torch.log_softmax(student_out / student_temp, dim=1)
    return -(p * log_q).sum(dim=1).mean()


EXERCISE = engine.hunt(
    DINO_CROSS_ENTROPY, hunt_dino_cross_entropy, title="A center that hardly does anything",
    hints=("Let all images have the same logits, equal to the center. What should the teacher say, and what does it say?",
           "The center is a mean of logits. On what scale are the numbers that it is taken off here?",
           "`(teacher_out.detach() - center) / teacher_temp`: first off with the center, then over the temperature."),
)
