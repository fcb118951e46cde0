"""Lab 17's panels in each state, its drawings, its rival and how it counts, of a handful of generated pictures."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from sslcourse import plots, results, widgets
from sslcourse.figures import lab17 as figures

NAMES = [f"thing {n}" for n in range(12)]


def pictures(n=12, side=32):
    return torch.rand(n, 3, side, side, generator=torch.Generator().manual_seed(0))


def rows(n, d=6, seed=0):
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed))


def drawn(panel, **state):
    panel.set(**state)
    assert len(plots.to_png(panel._draw(panel.data), dpi=20)) > 500
    return panel._alt(panel.data, **panel.state)


def test_a_concept_is_shown_by_each_designer_with_its_words():
    panel = figures.pairs(pictures(6).unflatten(0, (2, 3)), ["pear; fruit, green", "car; red"], ["A", "B", "C"])
    assert drawn(panel, concept="car") == "car, drawn by A, B, C. Its words: red."
    assert "fruit, green" in drawn(panel, concept="pear")


def test_the_drawings_say_what_was_measured(shown):
    figures.table(pictures(3), NAMES[:3], torch.tensor([[0.9, 0, 0], [0.5, 0.1, 0], [0, 0, 0.3]]))
    figures.recall({"guessing": {1: 0.1, 10: 1.0}, "CLIP": {1: 0.25, 10: 0.625}}, 10)
    figures.prompts({"one prompt each": 0.25, "an ensemble of prompts": 0.375}, chance=0.2)
    curves = {"CLIP": {1: [0.25, 0.75], 2: [0.5, 0.75]}, "untrained": {1: [0.1, 0.2], 2: [0.2, 0.2]}}
    figures.shots(curves, 0.4, {"CLIP": 0.875, "untrained": 0.3})
    figures.by_cue({"as it is": pictures(4), "gray": pictures(4)}, {"as it is": 0.5, "gray": 0.25})
    figures.mistakes(pictures(), NAMES, torch.eye(12).roll(1, dims=1), count=3)
    table, recall, prompts, shots, cues, mistakes = shown
    assert "For 2 of the pictures" in table and "CLIP, 25.0% first and 62.5% among ten" in recall
    assert "ensemble of prompts 37.5%" in prompts and "1 per class 50.0%, 2 per class 62.5%; all labels 87.5%" in shots
    assert "gray 25%" in cues and mistakes.count("taken for") == 3


def test_a_typed_phrase_finds_the_nearest_and_unknown_words_are_refused():
    Z = F.normalize(rows(12), dim=1)
    encode = {"three": Z[3:4], "nonsense": Z[:1] * 0}.__getitem__
    box = figures.type_a_phrase("three", encode, {"new": (pictures(), Z, NAMES), "some": (pictures(), Z[:10], NAMES)})
    assert drawn(box, among="some").startswith("“three” finds, some: thing 3,")
    box.type("nonsense")
    assert "try others" in box.message and box.text == "three"


def test_the_watch_plays_what_each_phrase_finds():
    kept = (0.25, {"red fruit": [4, 1, 2, 0, 3, 5, 6, 7]})
    watch = figures.watch(lambda method: kept, pictures(), NAMES)
    seen = widgets.Seen("CLIP", 40, [1.0], kept)
    assert len(plots.to_png(watch._draw(seen), dpi=20)) > 500
    assert watch._alt(seen) == "CLIP, step 40: recall@10 25%. “red fruit” finds thing 4, thing 1, thing 2, thing 0."


def test_ridge_is_scikit_learn_s_and_finds_words_that_colors_give_away():
    from sklearn.linear_model import Ridge

    colors = {"red": (1, 0, 0), "green": (0, 1, 0), "blue": (0, 0, 1)}
    noise = torch.Generator().manual_seed(0)
    X = torch.stack([torch.tensor(c).view(3, 1, 1).expand(3, 8, 8).float() for c in colors.values() for _ in range(5)])
    X = X + 0.1 * torch.randn(X.shape, generator=noise)
    texts = [f"{name} thing" for name in colors for _ in range(5)]
    I, T = figures.ridge(X, texts, X[::5], texts[::5], side=4, alpha=2.0)
    assert (F.normalize(I, dim=1) @ F.normalize(T, dim=1).T).argmax(dim=1).tolist() == [0, 1, 2]
    flat = F.interpolate(X, size=(4, 4), mode="area").flatten(1).numpy()
    from sklearn.feature_extraction.text import TfidfVectorizer

    counts = TfidfVectorizer(sublinear_tf=True).fit_transform(texts).toarray()
    theirs = Ridge(alpha=2.0).fit(flat, counts).predict(flat[::5])
    torch.testing.assert_close(I, torch.from_numpy(theirs - counts.mean(axis=0)).float(), atol=1e-4, rtol=1e-3)


def test_kernel_ridge_is_scikit_learn_s_and_knows_the_pictures_that_it_saw():
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.kernel_ridge import KernelRidge

    X, texts = pictures(10, side=8), [f"thing {'even' if n % 2 == 0 else 'odd'} no{n}" for n in range(10)]
    I, T = figures.kernel_ridge(X[:8], texts[:8], X[6:], texts[6:], side=4, alpha=0.1)
    flat = F.interpolate(X, size=(4, 4), mode="area").flatten(1).double()
    width = torch.cdist(flat[:8], flat[:8]).square().median()
    words = TfidfVectorizer(sublinear_tf=True)
    counts = words.fit_transform(texts[:8]).toarray()
    model = KernelRidge(alpha=0.1, kernel="rbf", gamma=1 / float(width)).fit(flat[:8].numpy(), counts - counts.mean(axis=0))
    torch.testing.assert_close(I, torch.from_numpy(model.predict(flat[6:].numpy())).float(), atol=1e-4, rtol=1e-3)
    wanted = words.transform(texts[6:]).toarray() - counts.mean(axis=0)
    torch.testing.assert_close(T, torch.from_numpy(wanted).float())
    assert (F.normalize(I[:2], dim=1) @ F.normalize(T, dim=1).T).argmax(dim=1).tolist() == [0, 1]


def test_two_judges_together_have_the_mean_of_their_cosines():
    pair = rows(8, seed=1).unflatten(0, (4, 2)), rows(4, seed=2)
    other = 9 * rows(8, 3, seed=3).unflatten(0, (4, 2)), rows(4, 3, seed=4)
    judges = pair, other, figures.together(*pair, *other)
    cosines = [F.normalize(I, dim=2) @ F.normalize(T, dim=1).T for I, T in judges]
    torch.testing.assert_close(cosines[2], (cosines[0] + cosines[1]) / 2)


def test_ties_are_shared_out_and_no_tie_is_plain_recall():
    I, T = rows(40, seed=1).unflatten(0, (20, 2)), rows(20, seed=2)
    similarity = F.normalize(I, dim=2) @ F.normalize(T, dim=1).T
    for k in (1, 5, 20):
        wanted = [sum(n in similarity[n, j].topk(k).indices for j in range(2)) / 2 for n in range(20)]
        assert figures.found(I, T, k) == pytest.approx(wanted)
    alike = torch.ones(20, 6)  # a text encoder that knows no word
    assert figures.found(I, alike, 1) == pytest.approx([1 / 20] * 20)
    assert figures.found(I, alike, 10) == pytest.approx([0.5] * 20)


def test_cues_take_away_what_they_say():
    x = torch.ones(1, 3, 32, 32)
    x[:, 0, 8:24, 4:12] = 0.0  # a cyan bar on white
    left = {name: change(x) for name, change in figures.cues().items()}
    assert all(part.shape == x.shape for part in left.values()) and torch.equal(left["as it is"], x)
    assert torch.equal(left["gray"][:, 0], left["gray"][:, 2])
    assert left["outline alone"].unique().tolist() == [0.0, 1.0]
    assert float(left["outline alone"][0, 1, 10, 6]) == 0 and float(left["outline alone"][0, 1, 0, 0]) == 1
    assert torch.equal(left["upside down"].flip(2), x)
    assert torch.allclose(left["colors alone"].mean(), x.mean()) and float(left["colors alone"].unique().numel()) <= 8


def test_sentences_follow_the_numbers(monkeypatch):
    assert "“gray”: from 50% to 20%" in figures.worst_of({"as it is": 0.5, "gray": 0.2, "other hues": 0.4})
    assert "did not fall" in figures.worst_of({"as it is": 0.5, "gray": 0.5})
    assert figures.goal({1: 0.31, 10: 0.5}) == "recall@1 31.0%, goal 30%: reached; recall@10 50.0%, goal 60%: not reached."
    right = {"one prompt each": torch.tensor([0.0, 1.0]), "an ensemble of prompts": torch.tensor([1.0, 1.0])}
    assert "“an ensemble of prompts” is ahead" in figures.better("an ensemble of prompts", right)
    assert figures.better("no difference that this can see", right).endswith("no difference that this can see.")
    kept = []
    monkeypatch.setattr(results, "record", lambda **row: kept.append(row))
    figures.recorded("17_clip_zero_shot", {"guessing": {1: 0.1}, "CLIP": {1: 0.2, 10: 0.4}}, "300 unseen concepts", 9)
    assert [row["metric"] for row in kept] == ["recall@1", "recall@10"] and {row["method"] for row in kept} == {"CLIP"}
