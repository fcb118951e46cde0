"""What a run left behind, step by step."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field


@dataclass
class History:
    """The loss and learning rate of every step, and the evaluations with the step they were made after.

    `seconds` is the training time, evaluations left out; `images` counts those that went through; `interrupted` says
    that an Interrupt ended the run early.
    """

    loss: list[float] = field(default_factory=list)
    lr: list[float] = field(default_factory=list)
    evaluations: list[dict[str, float]] = field(default_factory=list)
    seconds: float = 0.0
    images: int = 0
    interrupted: bool = False

    @property
    def steps(self) -> int:
        """How many steps were taken."""
        return len(self.loss)

    def add(self, loss: float, lr: float, images: int, seconds: float) -> None:
        """Note one step."""
        self.loss.append(loss)
        self.lr.append(lr)
        self.images += images
        self.seconds = seconds

    def recent(self, steps: int = 20) -> float:
        """The mean loss of the last `steps` steps: one batch alone says little."""
        last = self.loss[-steps:]
        return sum(last) / len(last) if last else float("nan")

    def to_dict(self) -> dict:
        """Everything, as plain numbers and lists."""
        return asdict(self)

    def __repr__(self) -> str:
        if not self.loss:
            return "History(no step taken)"
        end = ", interrupted" if self.interrupted else ""
        course = f"loss {self.loss[0]:.3f} → {self.recent():.3f}"
        return f"History({self.steps} steps in {self.seconds:.0f} s, {course}{end})"
