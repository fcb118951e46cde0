"""Two gloo processes, half of the batch on each, give the single process's loss, gradient and centre."""

from __future__ import annotations

import pytest
import torch
import torch.distributed as dist
from torch import nn

from sslcourse import losses

pytestmark = pytest.mark.slow  # each process imports torch
PROCESSES, ROWS, COLUMNS = 2, 6, 8

GATHERED = {  # two views in; the loss over the gathered batch
    "nt_xent": losses.NTXentLoss(0.2, gather_distributed=True),
    "barlow_twins": losses.BarlowTwinsLoss(gather_distributed=True),
    "vicreg": losses.VICRegLoss(gather_distributed=True),
    "swav": lambda a, b: losses.SwAVLoss(epsilon=0.5, gather_distributed=True)([a, b]),
    "msn": lambda a, b: losses.MSNLoss(0.5, 0.5, gather_distributed=True)([a, b], a),
    "clip": lambda a, b: losses.CLIPLoss(gather_distributed=True)(a, b, 5.0),
    "siglip": lambda a, b: losses.SigLIPLoss(gather_distributed=True)(a, b, 5.0, -2.0),
}


def batch(seed=0):
    """Two views of all rows, and a mask of which the first half has other counts than the second."""
    z0, z1 = torch.randn(2, PROCESSES * ROWS, COLUMNS, generator=torch.Generator().manual_seed(seed))
    return z0, z0 + 0.5 * z1


def encoder():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return nn.Linear(COLUMNS, COLUMNS)


def centres_and_targets(z0, z1, patches):
    """What self-distillation keeps or balances over the whole batch."""
    dino, ibot = losses.DINOLoss(COLUMNS), losses.IBOTPatchLoss(COLUMNS)
    balance = losses.DINOLoss(COLUMNS, centering="sinkhorn")
    loss = dino(teacher_out=[z0, z1], student_out=[z1, z0])
    ibot(teacher_out=patches, student_out=patches, mask=torch.ones(1, len(patches), dtype=torch.bool))
    return {
        "dino": loss.detach(),
        "dino centre": dino.center,
        "ibot centre": ibot.center,
        "sinkhorn": balance.targets(z0, teacher_temp=0.5),
    }


def worker(rank: int, folder: str) -> None:
    dist.init_process_group("gloo", init_method=f"file://{folder}/meeting", rank=rank, world_size=PROCESSES)
    torch.set_num_threads(1)
    z0, z1 = (z.chunk(PROCESSES)[rank] for z in batch())
    results = {}
    for name, loss in GATHERED.items():
        model = nn.parallel.DistributedDataParallel(encoder())
        value = loss(*model(torch.cat([z0, z1])).chunk(2))
        value.backward()
        results[name] = value.detach(), model.module.weight.grad, model.module.bias.grad
    patches = batch()[0][:3] if rank == 0 else batch()[0][3:]  # 3 rows here, 9 there: each row counts once
    results |= centres_and_targets(z0, z1, patches)
    results["local"] = losses.nt_xent(z0, z1, 0.2)
    try:
        losses.gather_rows(z0[: 3 + rank])
    except ValueError as error:
        results["unequal"] = str(error)
    torch.save(results, f"{folder}/{rank}.pt")
    dist.barrier()
    dist.destroy_process_group()


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = str(tmp_path_factory.mktemp("gloo"))
    torch.multiprocessing.spawn(worker, args=(folder,), nprocs=PROCESSES)
    return [torch.load(f"{folder}/{rank}.pt") for rank in range(PROCESSES)]


@pytest.mark.parametrize("name", GATHERED)
def test_loss_and_gradient_are_the_single_process_s(results, name):
    """Catches negatives gathered without their gradients: the loss would still agree, the gradient would not."""
    model = encoder()
    value = GATHERED[name](*model(torch.cat(batch())).chunk(2))
    value.backward()
    mean = torch.stack([result[name][0] for result in results]).mean()
    torch.testing.assert_close(mean, value.detach(), rtol=1e-5, atol=0)
    for result in results:  # DistributedDataParallel has averaged them, so each process has the whole gradient
        torch.testing.assert_close(result[name][1], model.weight.grad, rtol=1e-5, atol=1e-6)
        torch.testing.assert_close(result[name][2], model.bias.grad, rtol=1e-5, atol=1e-6)


def test_without_gathering_the_negatives_are_fewer(results):
    whole = losses.nt_xent(*batch(), 0.2)
    assert all(result["local"] < 0.9 * whole for result in results)


@pytest.mark.parametrize("name", ("dino centre", "ibot centre"))
def test_the_centre_is_the_whole_batch_s_on_every_process(results, name):
    z0, z1 = batch()
    expected = centres_and_targets(z0, z1, z0)[name]
    for result in results:
        torch.testing.assert_close(result[name], expected, rtol=1e-5, atol=1e-7)


def test_dino_s_mean_over_processes(results):
    z0, z1 = batch()
    mean = torch.stack([result["dino"] for result in results]).mean()
    torch.testing.assert_close(mean, centres_and_targets(z0, z1, z0)["dino"], rtol=1e-5, atol=0)


def test_sinkhorn_balances_over_all_processes(results):
    z0, z1 = batch()
    together = torch.cat([result["sinkhorn"] for result in results])
    torch.testing.assert_close(together, centres_and_targets(z0, z1, z0)["sinkhorn"], rtol=1e-5, atol=1e-7)


def test_unequal_batches_are_refused_on_every_process(results):
    """all_gather would hang, or mix up the rows."""
    assert all("rows: got" in result["unequal"] and "[3, 4]" in result["unequal"] for result in results)
