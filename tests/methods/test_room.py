"""What every method of the room must bring, and every function: found by looking, so that nothing can be forgotten.

A new method fails here until it has all of it; the messages say what is missing and where to write it.
"""

from __future__ import annotations

import doctest
import inspect
import re
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from sslcourse import methods, runtime, training
from tests.methods.bad_input import BAD_INPUT
from tests.methods.small import SMALL, Small

HERE = Path(__file__).resolve().parent
PAPER = re.compile(r"arXiv:\d{4}\.\d{4,5}|[A-Z][\w’'.-]+(?: et al\.,| &| \(|,)[^\n]{0,40}\b(?:17|19|20)\d\d")


def trained(room=methods) -> list[str]:
    """The public classes with a `loss`."""
    public = {name: getattr(room, name) for name in room.__all__}
    return sorted(name for name, thing in public.items() if inspect.isclass(thing) and hasattr(thing, "loss"))


def others(room=methods) -> list[str]:
    """Everything else that is public and can be called: functions, and classes that are no trained method."""
    return sorted(name for name in room.__all__ if callable(getattr(room, name)) and name not in trained(room))


def file_of(thing: object) -> str:
    return sys.modules[thing.__module__].__file__.split("sslcourse/")[-1]


def small(name: str) -> Small:
    if name not in SMALL:
        pytest.fail(f"{name} has no small instance. Add a line to SMALL in tests/methods/small.py:\n"
                    f'    "{name}": Small(lambda c: methods.{name}(net(c))),')
    return SMALL[name]


def born(name: str, channels: int = 3, seed: int = 0) -> nn.Module:
    with runtime.seeded(seed):
        return small(name).make(channels)


def loss_of(method: nn.Module, batch: object, seed: int = 0) -> torch.Tensor:
    with runtime.seeded(seed):
        return method.loss(batch)


def run(name: str, steps: int, n: int = 24, *, target_moves: bool = True) -> tuple[nn.Module, list[float]]:
    """A method trained for some steps, and the losses on the way.

    target_moves=False: no `after_step`, so that a teacher stays where it is, and a center that is subtracted from it too.
    """
    method, batch, losses = born(name), small(name).batch(n), []
    for part in method.modules():
        if not target_moves and hasattr(part, "center_momentum"):
            part.center_momentum = 1.0
    optimizer = torch.optim.AdamW([p for p in method.parameters() if p.requires_grad], lr=small(name).lr)
    with runtime.seeded(1):
        for step in range(steps):
            loss = method.loss(batch)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            if target_moves and hasattr(method, "after_step"):
                method.after_step((step + 1) / steps)
            losses.append(loss.item())
    return method, losses


# --- what is written down ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", trained())
def test_a_method_has_a_test_file_of_its_own(name):
    file = HERE / f"test_{Path(file_of(getattr(methods, name))).name}"
    assert file.exists() and name in file.read_text(encoding="utf-8"), \
        f"{name} is not tested: write tests/methods/{file.name}, which compares its loss with the paper's equation"


@pytest.mark.parametrize("name", trained())
def test_a_method_s_docstring_has_its_paper_and_its_equation(name):
    thing = getattr(methods, name)
    text, where = inspect.getdoc(thing) or "", f"the docstring of {name} in sslcourse/{file_of(thing)}"
    assert PAPER.search(text + (sys.modules[thing.__module__].__doc__ or "")), \
        f"no paper: {where} does not say where the method comes from, such as (Chen et al., 2020, arXiv:2002.05709)"
    shown = [line for line in text.splitlines() if re.match(r" {4,}\S", line) and ">>>" not in line]
    assert any(re.search(r"\bloss\b|=", line) for line in shown), \
        f"no equation: {where} needs an indented line 'loss   …' with what the method minimizes"
    table = [line for line in text.splitlines() if re.match(r"\w[\w, ]*(?: {2,}|\)?: )\S", line)]
    assert table, f"no table of arguments: {where} needs a line 'encoder   images -> (N, encoder.num_features)'"


@pytest.mark.parametrize("name", [*trained(), *others()])
def test_the_example_runs_and_computes_something(name):
    thing = getattr(methods, name)
    where = f"the docstring of {name} in sslcourse/{file_of(thing)}"
    module = sys.modules[thing.__module__]
    found = [test for test in doctest.DocTestFinder(recurse=False).find(thing, name, module=module) if test.examples]
    assert any(example.want for test in found for example in test.examples), f"no example: write one into {where}: >>> …"
    for test in found:
        result = doctest.DocTestRunner().run(test)
        assert result.failed == 0, f"{result.failed} of {result.attempted} lines differ in {where}"


@pytest.mark.parametrize("name", [*trained(), *others()])
def test_bad_input_is_refused(name):
    if name not in BAD_INPUT:
        pytest.fail(f"{name} has no row of bad input. Add one to BAD_INPUT in tests/methods/bad_input.py:\n"
                    f'    "{name}": [(lambda: methods.{name}(…), "the argument that the message names")],')
    for call, argument in BAD_INPUT[name]:
        with pytest.raises(ValueError) as refusal:
            call()
        subject, _, rest = str(refusal.value).partition(": got ")
        assert argument in subject and ", wanted " in rest, f"{name}: {refusal.value}"


def test_no_small_instance_and_no_row_is_left_over():
    left = [name for name in (*SMALL, *BAD_INPUT) if not hasattr(methods, name)]
    assert not left, f"small.py or bad_input.py speaks of {left}, which methods does not have"


# --- what a method does -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", trained())
def test_loss_is_a_finite_scalar_and_encode_gives_a_row_for_each_image(name):
    method = born(name)
    for n in (8, 5):                                                       # 5: an odd last batch
        loss = loss_of(method, small(name).batch(n))
        assert loss.shape == () and torch.isfinite(loss) and loss.requires_grad, f"{name}.loss gives {loss!r} for {n}"
    method.eval()
    rows = [method.encode(small(name).encode(n)) for n in (8, 5)]
    assert [len(z) for z in rows] == [8, 5] and all(z.ndim == 2 and z.isfinite().all() for z in rows), \
        f"{name}.encode gives {[tuple(z.shape) for z in rows]}, wanted (N, D)"


@pytest.mark.parametrize("name", trained())
def test_images_of_one_channel_work_or_are_refused_in_words(name):
    """Not every method can do without color; one that cannot must say so, and not in the words of a convolution."""
    try:
        loss = loss_of(born(name, channels=1), small(name).batch(6, gray=True))
    except ValueError as refusal:
        assert re.match(r"images: got .*, wanted ", str(refusal)), f"{name} on one channel: {refusal}"
    else:
        assert loss.shape == () and torch.isfinite(loss)


@pytest.mark.parametrize("name", trained())
def test_no_gradient_reaches_a_teacher_or_a_bank(name):
    """Not even where a teacher's parameters would take one: the loss itself has to stop it."""
    method = born(name)
    teachers = {part: module for part, module in method.named_children()
                if any(True for _ in module.parameters()) and not any(p.requires_grad for p in module.parameters())}
    named = {part for part, _ in method.named_children() if "teacher" in part}
    assert named <= set(teachers), f"{name}.{named - set(teachers)} takes gradients: methods.teacher.slow_copy makes one"
    for module in teachers.values():
        module.requires_grad_(True)
    loss_of(method, small(name).batch(8)).backward()
    reached = [part for part, module in teachers.items() if any(p.grad is not None for p in module.parameters())]
    assert not reached, f"{name}: a gradient reaches {reached}; compute what it says under torch.no_grad()"
    for part, b in method.named_buffers():
        assert not b.requires_grad, f"{name}: the buffer {part} drags the graph of its step along; detach what it keeps"
    for part, p in method.named_parameters():
        in_teacher = part.split(".")[0] in teachers
        assert in_teacher or p.requires_grad or p.grad is None, f"{name}: {part} is frozen and has a gradient"


@pytest.mark.parametrize("name", trained())
def test_the_same_seed_gives_the_same_run(name):
    first, second = run(name, steps=2, n=8), run(name, steps=2, n=8)
    assert first[1] == second[1], f"{name}: two runs from one seed differ; draw from torch's generators alone"
    for (part, ours), theirs in zip(first[0].state_dict().items(), second[0].state_dict().values()):
        assert torch.equal(ours, theirs), f"{name}: {part} differs between two runs from one seed"


@pytest.mark.parametrize("name", trained())
def test_a_state_dict_holds_all_that_was_learned(name):
    method, _ = run(name, steps=1, n=8)
    other = born(name, seed=1)
    other.load_state_dict(method.state_dict())
    losses = [loss_of(each.eval(), small(name).batch(8)).detach() for each in (method, other)]
    assert torch.equal(*losses), f"{name}: what it learned is not in its state dict; register a buffer for it"
    assert torch.equal(*(each.encode(small(name).encode(4)) for each in (method, other)))


class Stopped(Exception):
    pass


@pytest.mark.parametrize("name", trained())
def test_a_run_that_was_stopped_goes_on_bit_for_bit(name, tmp_path):
    """With its teacher, its queue, its bank, its prototypes, and whatever it draws: two steps and two more are four."""
    def four_steps(die: bool = False, **settings):
        method = born(name)

        def evaluate(method, step):
            if die and step == 3:
                raise Stopped
            return {}

        training.train(method, small(name).batch(12), steps=4, batch_size=8, lr=1e-3, bfloat16=False, every=1,
                       evaluate=evaluate, **settings)
        return method.state_dict()

    whole = four_steps()
    with pytest.raises(Stopped):
        four_steps(die=True, checkpoint=tmp_path / "run")
    resumed = four_steps(checkpoint=tmp_path / "run")
    differ = [part for part in whole if not torch.equal(whole[part], resumed[part])]
    assert not differ, f"{name}: {differ} is not as it was; what a step keeps for the next one must be a buffer"


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in trained() if name not in SMALL or SMALL[name].falls])
def test_the_loss_falls_within_thirty_steps(name):
    """Towards a target that stands still: what a teacher says, or how much an answer counts, does not move here."""
    early, late = run(name, small(name).warm, target_moves=False)[0], run(name, 30, target_moves=False)
    same = [loss_of(method, small(name).batch(24), seed=7).item() for method in (early, late[0])]
    losses = late[1][small(name).warm:]
    assert sum(losses[-8:]) < sum(losses[:8]), f"{name}: the loss does not fall: {[round(x, 3) for x in losses]}"
    assert same[1] < same[0], f"{name}: with one and the same draw the loss goes from {same[0]} to {same[1]}"


@pytest.mark.gpu
@pytest.mark.parametrize("name", trained())
def test_it_runs_on_a_second_device(name):
    def there(batch):
        return batch.cuda() if isinstance(batch, torch.Tensor) else tuple(map(there, batch))

    method = born(name).cuda()
    loss = loss_of(method, there(small(name).batch(8)))
    loss.backward()
    if hasattr(method, "after_step"):
        method.after_step(0.5)
    assert loss.is_cuda and torch.isfinite(loss)
    assert method.eval().encode(there(small(name).encode(5))).is_cuda
