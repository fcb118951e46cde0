"""GPT and BERT on old books, one network and two pretext tasks: what lab 13 writes with, fills in and fine-tunes.

BERT begins with the GPT's weights. From random ones it stood, after 1,000 steps, hardly below a model that knows no more
than how frequent each token is: at a [MASK] all that it can know has to come through attention, which must first learn
where to look. It also hides 30% of the tokens rather than 15%, for more to learn from in a step (arXiv:2202.08005).
"""

from __future__ import annotations

from functools import cache, partial
from pathlib import Path

from torch import Tensor

from .. import data, methods, models, runtime, training
from . import weights
from .recipe import Recipe

VOCABULARY, LENGTH = 2_000, 128
STEPS, BERT_STEPS = 1_300, 1_000


@cache
def tokenizer():
    """The byte-pair tokenizer of the books that both networks read; a FileNotFoundError where it has not been made.

    It lies beside the weights, labs/weights/bpe_books.json, because weights and vocabulary belong together.
    """
    from tokenizers import Tokenizer

    file = weights.path("bpe_books").with_suffix(".json")
    if not file.exists():
        raise FileNotFoundError("there is no tokenizer yet: `python -m sslcourse weights gpt_books` makes it")
    return Tokenizer.from_str(file.read_text(encoding="utf-8"))


def books(split: str) -> data.TextSet:
    """The books to learn from: fifteen, since one book of each author who has several is held out altogether."""
    return data.hold_out_books(data.load("gutenberg", split=split))[0]


def windows(stream: Tensor, length: int = LENGTH) -> Tensor:
    """A stream of tokens in overlapping rows, (N, length): each begins half a row after the one before it."""
    return stream.unfold(0, length, length // 2)


def unread(characters: int = 20_000) -> list[str]:
    """The beginning of each book's held-out tenth: at most so many characters of each, or the longest book would decide."""
    return [text[:characters] for text in books("test").texts]


def build(causal: bool) -> methods.CausalLM | methods.MaskedLM:
    """Three blocks of width 128; the mask over the attention and the loss are all that differs."""
    with runtime.seeded(0):
        model = models.TextTransformer(VOCABULARY, LENGTH, width=128, depth=3, heads=4, causal=causal)
    return methods.CausalLM(model) if causal else methods.MaskedLM(model, share=0.3)


def train(
    name: str, method: methods.CausalLM | methods.MaskedLM, checkpoint: Path, steps: int, lr: float
) -> None:
    """Batches of 32 rows of 128 tokens: the fifteen books hold 3 million."""
    if name == "bert_books":
        weights.read("gpt_books", method)
    rows = windows(methods.token_stream(_tokenizer_made(), books("train").texts))
    training.train(
        method, rows, steps=steps, batch_size=32, lr=lr, weight_decay=0.05, clip=1.0, seed=0, desc=name,
        checkpoint=checkpoint, every=50,
    )


def score_gpt(gpt: methods.CausalLM) -> dict[str, float]:
    """Bits per character of the held-out tenths."""
    texts = unread()
    log_probs = methods.token_log_probs(gpt, methods.token_stream(tokenizer(), texts))
    return {"bits per character": methods.bits_per_character(log_probs, sum(map(len, texts)))}


def score_bert(bert: methods.MaskedLM) -> dict[str, float]:
    """How often the hidden middle token of 64 is found, on the held-out tenths."""
    return {"hidden token found": found(bert, methods.token_stream(tokenizer(), unread()))}


def found(lm: methods.CausalLM | methods.MaskedLM, stream: Tensor, length: int = 64) -> float:
    """The share of rows of `length` tokens whose middle one is the model's likeliest guess."""
    return float(hits(lm, stream, length).float().mean())


def hits(lm: methods.CausalLM | methods.MaskedLM, stream: Tensor, length: int = 64) -> Tensor:
    """Of which rows of `length` tokens the middle one is the model's likeliest guess: bool, one per row."""
    rows = stream.unfold(0, length, length // 2)
    return methods.guess_hidden(lm, rows, length // 2).argmax(dim=1) == rows[:, length // 2]


def _tokenizer_made():
    file = weights.path("bpe_books").with_suffix(".json")
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(methods.train_bpe(books("train").texts, VOCABULARY).to_str(), encoding="utf-8")
        tokenizer.cache_clear()
    return tokenizer()


RECIPES = {
    "gpt_books": Recipe(
        "GPT, width 128, 3 blocks, fifteen old books, 1,300 steps of 32 rows of 128 tokens", partial(build, True),
        partial(train, "gpt_books", steps=STEPS, lr=3e-3), score_gpt,
    ),
    "bert_books": Recipe(
        "BERT, from the weights of GPT, the same books, 1,000 steps of 32 rows of 128 tokens", partial(build, False),
        partial(train, "bert_books", steps=BERT_STEPS, lr=2e-3), score_bert,
    ),
}
