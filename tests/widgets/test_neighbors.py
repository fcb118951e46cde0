"""The watch over neighbors: who is nearest, a map that moves little, a curve, and what is drawn and said of it."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from sslcourse import data, plots, training, widgets
from sslcourse.widgets import neighbors as watched


class Map(nn.Module):
    def __init__(self):
        super().__init__()
        with torch.random.fork_rng():
            torch.manual_seed(0)
            self.map = nn.Linear(12, 5)

    def loss(self, batch):
        return self.encode(batch[0]).square().mean()

    def encode(self, images):
        return self.map(images.float().flatten(1))


def pool(n=20):
    images = torch.randint(256, (n, 3, 2, 2), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    return data.ImageSet(images=images, labels=torch.arange(n) % 2, classes=["cat", "dog"], name="noise")


def test_nearest_are_the_nearest_without_the_image_itself():
    Z = torch.tensor([[1.0, 0.0], [0.9, 0.5], [0.0, 1.0], [-0.9, 0.4]]).repeat_interleave(5, dim=0)
    Z = Z + 1e-4 * torch.randn(20, 2, generator=torch.Generator().manual_seed(0))
    found = watched.neighbors(Z, 4)
    assert (found // 5 == torch.arange(20)[:, None] // 5).all() and not (found == torch.arange(20)[:, None]).any()
    assert watched.neighbors(torch.ones(20, 2), 4).shape == (20, 4), "where all rows are equal, as after a collapse"


def test_a_map_turns_as_little_as_it_can():
    Z = torch.randn(20, 5, generator=torch.Generator().manual_seed(0)) * torch.tensor([4.0, 2.0, 0.3, 0.2, 0.1])
    first = watched.places(Z)
    assert torch.allclose(watched.places(Z * torch.tensor([-1.0, -1, 1, 1, 1]), first), first, atol=1e-6)
    assert float((first.norm(dim=1) <= 1).float().mean()) >= 0.9


@pytest.mark.slow
def test_it_watches_a_training_and_plays_it_afterwards():
    watch = widgets.watch_neighbors(pool(), k=3, also=lambda method: {"bias": float(method.map.bias[0])})
    training.train(Map(), pool(), steps=10, every=4, batch_size=10, evaluate=watch, bfloat16=False, desc="a map")
    looks = watch.runs["a map"]
    assert list(looks) == [0, 4, 8, 10]
    labels, kept = pool().labels, looks[8].kept
    assert kept["alike"] == pytest.approx(float((labels[kept["nearest"]] == labels[:, None]).float().mean()))
    assert looks[0].kept["bias"] != looks[10].kept["bias"], "what else was to be kept, as it was at that step"
    panel = watch.player("after step")
    for state in panel.states():
        panel.set(**state)
        assert len(plots.to_png(panel.figure, dpi=20)) > 500
        assert f"after {state['step']} steps" in panel.alt and "3 nearest neighbors of 20 images" in panel.alt
    panel.set(step=0)
    assert "untrained" in panel.alt
    panel.set(step=8)
    left = panel.figure.axes[0]
    assert [len(line.get_xdata()) for line in left.lines] == [10, 8, 1], "the whole run palely, this far, and a dot"


def test_the_mean_of_the_last_losses():
    assert watched.recent([4.0, 2.0, 0.0], steps=2) == 1.0


def test_more_neighbors_than_images_are_refused():
    with pytest.raises(ValueError, match="k"):
        widgets.watch_neighbors(pool(), k=20)
