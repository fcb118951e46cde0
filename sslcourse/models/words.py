"""A bag of words: the mean of the words' vectors, whatever their order (CBOW: Mikolov et al., 2013, arXiv:1301.3781)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .. import expect
from . import inputs


def _check_mean_of_words(vectors, tokens):
    expect.tensor(vectors, "vectors", ("N", "T", "D"))
    expect.that(vectors.is_floating_point(), "vectors", vectors, "floating point")
    expect.tensor(tokens, "tokens", tuple(vectors.shape[:2]))
    expect.that(tokens.dtype == torch.int64, "tokens", tokens, "int64")


@expect.checked(_check_mean_of_words)
def mean_of_words(vectors: Tensor, tokens: Tensor) -> Tensor:
    """The mean of the vectors of each row's words, (N, D); places that hold no word, where the token is 0, do not count.

    Mikolov et al., "Efficient estimation of word representations in vector space", 2013 (arXiv:1301.3781), section 3.1: the
    order of the words does not matter. A row without any word gives zeros.

    vectors   (N, T, D), one for each place
    tokens    (N, T), int64: the words' numbers, and 0 where a row has no more words

    Raises ValueError for other shapes or types.

    >>> vectors = torch.tensor([[[2.0, 0.0], [0.0, 4.0], [9.0, 9.0]]])
    >>> mean_of_words(vectors, torch.tensor([[5, 7, 0]])).tolist()
    [[1.0, 2.0]]
    """
    word = (tokens != 0).unsqueeze(2)  # (N, T, 1)
    return (vectors * word).sum(dim=1) / word.sum(dim=1).clamp_min(1)


def _check_drop_words(tokens, share):
    expect.tensor(tokens, "tokens", ("N", "T"))
    expect.that(tokens.dtype == torch.int64, "tokens", tokens, "int64")
    expect.number(share, "share", at_least=0, at_most=1)


@expect.checked(_check_drop_words)
def drop_words(tokens: Tensor, share: float) -> Tensor:
    """A view of each text: every word goes with probability `share`, but one of each row always stays; (N, T) again.

    tokens   (N, T), int64: the words' numbers, and 0 where there is none; a word that goes becomes 0
    share    in [0, 1]; draws come from torch's global generator

    Raises ValueError for another rank or type, a share outside [0, 1].

    >>> drop_words(torch.tensor([[5, 0, 0], [0, 0, 0]]), 1.0).tolist()
    [[5, 0, 0], [0, 0, 0]]
    """
    noise = torch.rand(tokens.shape, device=tokens.device).masked_fill(tokens == 0, -1.0)
    stays = (noise >= share) | (noise == noise.amax(dim=1, keepdim=True))
    return tokens.masked_fill(~stays, 0)


class BagOfWords(nn.Module):
    """Tokens (N, T) -> (N, D): each word has a vector, and a text is their mean.

    vocab_size   how many words there are, with the 0 that stands for none
    width        D

    Raises ValueError for sizes below 1, tokens of another rank or type or outside [0, vocab_size).

    Attributes: `num_features` (D).

    >>> text = BagOfWords(vocab_size=10, width=4)
    >>> long, short = torch.tensor([[3, 7, 0, 0]]), torch.tensor([[7, 3]])
    >>> bool(torch.allclose(text(long), text(short)))
    True
    """

    def __init__(self, vocab_size: int, width: int):
        super().__init__()
        inputs.sizes(vocab_size=vocab_size, width=width)
        self.num_features = width
        self.embedding = nn.Embedding(vocab_size, width)

    def forward(self, tokens: Tensor) -> Tensor:
        inputs.indices(tokens, "tokens", ("N", "T"), self.embedding.num_embeddings)
        return mean_of_words(self.embedding(tokens), tokens)
