"""The faults that any exercise can meet, each with a hint in words: no answer, a wrong type or shape, an exception, …

What only one exercise can tell (a missing mean, a forgotten square) is in that exercise's own file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from . import compare, meanings, places
from .calling import Outcome
from .lines import Line, students_line

STOPPED = {"time", "busy", "interrupt", "exit", "changes", "cut", "patched"}    # nothing else matters before this is mended
FINAL = STOPPED | {"unfinished", "none", "order"}               # no exercise's own hint can know better
OF_THE_NUMBERS = {"order", "shape", "dtype", "nan", "different"}    # tensors did come back


@dataclass
class Finding:
    """What is wrong with an answer: `kind` for the machine, the rest for the student."""

    kind: str
    hint: str
    facts: list[str] = field(default_factory=list)
    line: Line | None = None
    error: str = ""
    printed: str = ""


def read(outcome: Outcome, want: object, returns: tuple[str, ...], arguments: list[str]
         ) -> tuple[Finding | None, list[bool]]:
    """The fault in one outcome, if any; and for each of the things to be returned, whether it is right."""
    several = len(returns) > 1
    wants = list(want) if several else [want]
    finding = _of_the_call(outcome, arguments) or _of_the_type(outcome.value, wants, returns)
    if finding:
        return replace(finding, printed=outcome.printed), [False] * len(returns)
    parts = list(outcome.value) if several else [outcome.value]
    faults = [_of_the_part(part, wanted, name) for part, wanted, name in zip(parts, wants, returns)]
    finding = next((fault for fault in faults if fault), None)
    return finding and replace(finding, printed=outcome.printed), [fault is None for fault in faults]


def _of_the_call(outcome: Outcome, arguments: list[str]) -> Finding | None:
    if outcome.stopped == "interrupt":
        return Finding("interrupt", "You interrupted the check, so nothing was judged. Run the cell again any time.")
    if outcome.stopped == "busy":
        return Finding("busy", "This computer is so busy with other things that your function hardly had its turn. Nothing "
                       "was found wrong with it: run the cell again when there is less to do.", line=outcome.line)
    if outcome.stopped:
        hint = ("It was still running when its time was up, and was stopped. Is there a loop that never reaches its "
                "end, or one over every entry where a single tensor operation would do?")
        if outcome.abandoned:
            hint += (" It sits in one long call that cannot be stopped from here, and goes on behind your notebook: "
                     "once you have found it, restart the kernel.")
        return Finding("time", hint, line=outcome.line)
    if outcome.replaced:
        names = " and ".join(f"`{name}`" for name in outcome.replaced[:3])
        return Finding("patched", f"Your function puts something of its own in the place of {names}, which every other "
                       "function uses as well. It was put back. Give what you write a name of its own.")
    if outcome.changed:
        names = " and ".join(f"`{arguments[i]}`" for i in outcome.changed)
        instead = (f"Work on a copy: `copy.deepcopy({arguments[outcome.changed[0]]})`." if outcome.of_a_network else
                   "`X -= m`, `X[...] = m` and methods that end in `_` write into X; `X - m` makes a new tensor.")
        return Finding("changes", f"Your function changes its input {names} in place, which whoever called it may "
                       f"still need. {instead}")
    if outcome.cut:
        names = " and ".join(f"`{arguments[i]}`" for i in outcome.cut)
        return Finding("cut", f"Your function cuts {names} out of the graph in place, for whoever called it as well: in "
                       "training, nothing before it would learn, or PyTorch refuses. Without the `_` at its end, "
                       f"`{arguments[outcome.cut[0]]}.detach()` gives a copy that is cut off, and leaves the input alone.")
    return _of_the_error(outcome.error) if outcome.error is not None else None


def _of_the_error(error: BaseException) -> Finding:
    line, name = students_line(error), type(error).__name__
    if isinstance(error, (SystemExit, KeyboardInterrupt, GeneratorExit)):
        hint = f"Your code raises {name}, which would have ended your notebook here. Let it `return` instead."
        return Finding("exit", hint, line=line)
    if isinstance(error, NotImplementedError) and _is_theirs_to_write(error, line):
        return Finding("unfinished", "What comes after this line is still to be written.", line=line)
    try:
        message = str(error).strip()
    except Exception:
        message = "(its message could not be printed)"
    message = message if len(message) <= 400 else message[:400] + " …"
    hint = meanings.of(name, message)
    hint = hint or ("Python could not get past this line of yours." if line else
                    "Your function ran to its end, and what it returned could not be worked with.")
    return Finding("error", hint, line=line, error=f"{name}: {message}" if message else name)


def _is_theirs_to_write(error: NotImplementedError, line: Line | None) -> bool:
    """They raised it themselves. PyTorch raises it as well, with a message that helps."""
    return bool(re.match(r"raise\b", line.text)) if line is not None and line.text else not error.args


def _of_the_type(value: object, wants: list, returns: tuple[str, ...]) -> Finding | None:
    several = len(returns) > 1
    wanted = f"`({', '.join(returns)})`" if several else f"`{returns[0]}`"
    if value is None:
        return Finding("none", f"Your function returns nothing. Did you forget `return`? Wanted is {wanted}.")
    if several and not (isinstance(value, (tuple, list)) and len(value) == len(returns)):
        return Finding("count", f"{len(returns)} things should come back: {wanted}.", [f"Got {compare.kind(value)}."])
    if not several and isinstance(value, (tuple, list)) and isinstance(wants[0], Tensor):
        comma = " Is there a comma at the end of the `return` line?" if len(value) == 1 else ""
        return Finding("count", f"One thing should come back: {wanted}.{comma}", [f"Got {compare.kind(value)}."])
    for part, want, name in zip(value if several else [value], wants, returns):
        if isinstance(want, Tensor) and isinstance(part, Tensor):
            strange = _strange(part, want)
            if strange:
                return Finding("type", f"`{name}` should be a plain tensor, {strange}")
        elif isinstance(want, Tensor):
            found = compare.kind(part)
            why = " Stay in PyTorch throughout, so that it also runs on a GPU." if found == "a NumPy array" else ""
            return Finding("type", f"`{name}` should be a torch tensor.{why}", [f"Got {found}."])
    return None


def _strange(part: Tensor, want: Tensor) -> str:
    """What keeps `part` from being looked at as any tensor is, if anything does."""
    if type(part) not in (type(want), Tensor, torch.nn.Parameter):
        return f"and this is a `{type(part).__name__}`, a class derived from it."
    if part.is_meta:
        return "and this one holds no numbers: it is on the device `meta`."
    return "" if part.layout == torch.strided else "and this one is sparse: `.to_dense()`."


def _of_the_part(got: object, want: object, name: str) -> Finding | None:
    if not isinstance(want, Tensor):
        if compare.close(got, want):
            return None
        got = got.item() if isinstance(got, Tensor) and got.numel() == 1 else got
        both = isinstance(got, (int, float)) and isinstance(want, (int, float))
        words = compare.in_digits(got, want) if both else (f"{got!r:.80}", f"{want!r:.80}")
        return Finding("different", f"`{name}` is not right yet.", ["Got {}, wanted {}.".format(*words)])
    if got.shape != want.shape:
        facts = [f"Got {tuple(got.shape)}, wanted {tuple(want.shape)}."]
        return Finding("shape", f"The shape of `{name}` is not right yet.", facts)
    if got.dtype != want.dtype:
        return _of_the_dtype(got, want, name)
    if bool(want.isfinite().all()) and not bool(got.isfinite().all()):
        bad, of = ("NaN", "0 / 0, the root or the logarithm of a negative number") if bool(got.isnan().any()) else (
            "infinity", "a division by 0")
        where = places.where(got, want)
        return Finding("nan", f"There is {bad} in `{name}`: {of}, the logarithm of 0, or a number too large for its "
                       "dtype?", [f"{where}."] if where else [])
    if not compare.close(got, want):
        hint = f"`{name}` has the right shape, but not the right numbers yet."
        where = places.where(got, want)
        return Finding("different", hint, [f"{where}: {compare.worst(got, want)}." if where else
                                           f"{compare.worst(got, want)}."])
    return None


def _of_the_dtype(got: Tensor, want: Tensor, name: str) -> Finding:
    numbers = " The numbers are right." if compare.close(got.to(want.dtype), want) else ""
    words = {torch.int64: "hold whole numbers, as an index or a class is (`.long()`)", torch.bool: "hold True and False"}
    should = words.get(want.dtype, f"be {want.dtype}" if got.is_floating_point() else "hold floating-point numbers")
    if want.is_floating_point() and got.is_floating_point():
        should = ("have the dtype of the input. A tensor made on the way is float32 unless it is told otherwise, "
                  "`torch.eye(N, dtype=X.dtype)`")
    return Finding("dtype", f"`{name}` should {should}.{numbers}", [f"Got {got.dtype}, wanted {want.dtype}."])
