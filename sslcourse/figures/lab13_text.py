"""Lab 13's panels: a text that grows, a gap that is filled, tables of attention."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import torch

from .. import methods, plots, runtime, widgets
from .lab13_tokens import as_read, looks, token


def writing(writer, tokenizer, prompts: Sequence[str], seed: int = 1) -> widgets.Panel:
    """A text that `writer` goes on with, token by token, and the likeliest next tokens beside it."""
    @functools.cache
    def written(prompt: str, temperature: float, top_k: int):
        with runtime.seeded(seed):
            start = torch.tensor([methods.bpe.START, *tokenizer.encode(prompt).ids])
            return methods.sample(writer, start, 60, temperature=temperature, top_k=top_k)

    def grow(prompt: str, temperature: float, top_k: int, length: int):
        begun = 1 + len(tokenizer.encode(prompt).ids)
        ids = written(prompt, temperature, top_k)[:begun + length]
        with torch.no_grad():
            likely = methods.next_token(writer.model(ids[None])[0, -1], temperature, top_k)
        top = likely.topk(8)
        shown = [as_read(tokenizer.id_to_token(i)) for i in ids[1:].tolist()]
        fills = ["#cfe2f3"] * (begun - 1) + [("#f3f1ea", "#e9eef0")[i % 2] for i in range(length)]
        return shown, fills, {token(tokenizer, i): p for i, p in zip(top.indices.tolist(), top.values.tolist())}

    def draw(grown):
        shown, fills, next_ones = grown
        figure, (left, right) = plots.new_figure(1, 2, width=10, height=3.3, width_ratios=[1, 0.42])
        plots.draw_words(left, shown, fills, columns=64, rows=8)
        plots.bars(right, next_ones, x="probability", title="Next token")
        right.set_xlim(0, 1.15)
        return figure

    return widgets.Panel(
        {"prompt": list(prompts), "temperature": [0.3, 0.6, 0.8, 1.0, 1.5], "top_k": [1, 5, 40, 2000],
         "length": [1, 2, 4, 8, 16, 32, 60]},
        grow, draw, start={"prompt": prompts[0], "temperature": 0.8, "top_k": 40, "length": 60},
        labels={"prompt": "", "top_k": "top-k", "length": "new tokens"},
        alt=lambda grown, **state: (
            f"A text of {state['length']} new tokens after “{state['prompt']}”: {''.join(grown[0])} "
            f"Likeliest next: {', '.join(list(grown[2])[:3])}."
        ),
    )


def fill(readers: dict, tokenizer, sentence: str) -> widgets.TypingBox:
    """A line with a gap, ___, and what each of the `readers` would put there."""
    def guesses(text: str, model: str):
        left, gap, right = text.partition("___")
        if not gap or "___" in right:
            raise ValueError("Write exactly one gap, ___ (three underscores), and words around it.")
        before = [methods.bpe.START, *tokenizer.encode(left.rstrip()).ids]
        ids = torch.tensor([before + [methods.bpe.MASK] + tokenizer.encode(right).ids])
        if ids.shape[1] > 128:
            raise ValueError("That is too long: the networks read 128 tokens.")
        p = methods.guess_hidden(readers[model], ids, len(before))[0].exp()
        p[:3] = 0  # a special token is no answer
        top = p.topk(6)
        found = {token(tokenizer, i): q for i, q in zip(top.indices.tolist(), top.values.tolist())}
        return text, model, found

    def draw(filled):
        text, model, found = filled
        figure, axis = plots.new_figure(width=8.4, height=2.9)
        plots.bars(axis, found, x="probability", title=f"{model}: “{text if len(text) < 70 else text[:67] + '…'}”")
        axis.set_xlim(0, max(0.5, 1.2 * max(found.values())))
        return figure

    return widgets.TypingBox(
        sentence, {"model": list(readers)}, guesses, draw, start={"model": next(iter(readers))}, labels={"model": ""},
        prompt="a sentence with ___",
        alt=lambda filled, model: f"For the gap in “{filled[0]}”, {model} suggests "
        + ", ".join(f"{token} ({p:.0%})" for token, p in filled[2].items()) + ".",
    )


def attention(readers: dict, tokenizer, sentence: str) -> widgets.TypingBox:
    """Who looks at whom in each block and head, as a table; its darkest cell is the strongest look of the table."""

    def table(text: str, model: str, block: int, head: int):
        ids = torch.tensor([[methods.bpe.START, *tokenizer.encode(text).ids]])
        if ids.shape[1] > 32:
            raise ValueError("At most 31 tokens, please, or nobody can read the table.")
        with torch.no_grad():
            maps = readers[model].model.attention_maps(ids)[0]              # (blocks, heads, T, T)
        names = [token(tokenizer, i) for i in ids[0].tolist()]
        return names, maps[block - 1, head - 1], f"{model}: block {block}, head {head}"

    def draw(looked):
        names, weights, title = looked
        figure, axis = plots.new_figure(width=6.6, height=5.8)
        cells = looks(axis, weights, names, title, vmax=float(weights.max()))
        figure.colorbar(cells, ax=axis, shrink=0.7, label="attention", format=lambda value, _: f"{value:.0%}")
        return figure

    def strongest(looked, **state) -> str:
        names, weights, title = looked
        pairs = [f"{names[row]} at {names[int(weights[row].argmax())]}" for row in range(1, len(names))]
        return f"A table of attention, {title}. Each token looks most: {'; '.join(pairs)}."

    return widgets.TypingBox(
        sentence, {"model": list(readers), "block": [1, 2, 3], "head": [1, 2, 3, 4]}, table, draw, strongest,
        start={"model": next(iter(readers)), "block": 2, "head": 1}, labels={"model": ""}, prompt="your sentence",
    )
