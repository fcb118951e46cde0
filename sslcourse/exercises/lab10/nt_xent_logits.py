"""Exercise `nt_xent_logits`: everybody against everybody, and who is the right answer."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from ... import methods
from ..compare import close
from ..engine import Exercise, catches
from .pairs import cases, masked, partners, table


@catches("The diagonal is not masked. Each view is most similar to itself, so it would pick itself, and learn nothing "
         "from it. Put −∞ on the diagonal.")
def itself_not_masked(got, z0, z1, temperature):
    return close(got[0], table(z0, z1, temperature))


@catches("A number like 0 or −1 on the diagonal is no mask: the softmax makes something above 0 of it, exp(0) = 1 for "
         "example, and the row itself still counts. What must not be chosen gets −∞.")
def masked_with_zero(got, z0, z1, temperature):
    on = got[0].diagonal()
    return bool((on.abs() < 1e4).all() and (on == on[0]).all()) and close(masked(got[0]), masked(table(z0, z1, temperature)))


@catches("The partner is masked as well as the row itself. But the partner is the right answer: it has to stay in the "
         "table. Only the diagonal goes.")
def partner_masked(got, z0, z1, temperature):
    both = masked(table(z0, z1, temperature)).scatter(1, partners(z0)[:, None], -torch.inf)
    return close(got[0], both)


@catches("This table has too few rows or columns. All 2N views ask, and each looks at all 2N, of its own side as well as "
         "of the other: begin with `torch.cat([z0, z1])`.")
def only_n_rows(got, z0, z1, temperature):
    return got[0].shape in ((len(z0), len(z0)), (len(z0), 2 * len(z0)), (2 * len(z0), len(z0)))


@catches("The rows are in another order: the two views of one image stand next to each other here. Wanted are the N first "
         "views, then the N second ones, as `torch.cat` puts them.")
def views_side_by_side(got, z0, z1, temperature):
    order = torch.arange(2 * len(z0)).reshape(2, -1).T.flatten()
    return close(got[0], masked(table(z0, z1, temperature)[order][:, order]))


@catches("The views of one's own side are forbidden too. They are other photographs, and so they are negatives like all the "
         "rest: only the diagonal goes.")
def own_side_masked(got, z0, z1, temperature):
    side = torch.arange(2 * len(z0)) // len(z0)
    return close(got[0], table(z0, z1, temperature).masked_fill(side[:, None] == side, -torch.inf))


@catches("These are distances. The table wants similarities: cosines, which are products of vectors of length 1.")
def distances(got, z0, z1, temperature):
    z = torch.cat([z0, z1])
    gaps = [torch.cdist(x, x) for x in (z, F.normalize(z, dim=1))]
    return any(close(got[0], masked(sign * gap**power / temperature)) for gap in gaps for sign in (1, -1) for power in (1, 2))


@catches("A logarithm of the softmax has been taken already. The table holds logits; the cross-entropy does the rest.")
def log_softmax_taken(got, z0, z1, temperature):
    return close(got[0], masked(table(z0, z1, temperature)).log_softmax(dim=1))


@catches("These are plain dot products, so long vectors count for more. The cosine similarity comes from vectors of length "
         "1: `F.normalize(z, dim=1)` for each row, before the product.")
def not_normalised(got, z0, z1, temperature):
    dots = table(z0, z1, temperature, normalise=False)
    return close(got[0], dots) or close(got[0], masked(dots))


@catches("Something has been scaled, and it is not each row by its own length. The cosine similarity comes from rows of "
         "length 1, where the squares of a row add up to 1: `F.normalize(z, dim=1)`.")
def scaled_another_way(got, z0, z1, temperature):
    z = torch.cat([z0, z1])
    ways = (F.normalize(z, dim=0), z / z.norm(), z / z.norm(dim=1).max(), F.normalize(z, p=1, dim=1),
            z / z.square().sum(dim=1, keepdim=True), torch.cat([F.normalize(z0, dim=1), z1]),
            torch.cat([z0, F.normalize(z1, dim=1)]), torch.cat([F.normalize(z0, dim=0), F.normalize(z1, dim=0)]))
    return any(close(got[0], f(way @ way.T / temperature)) for way in ways for f in (masked, lambda t: t))


@catches("The temperature is not where it belongs: each similarity is divided by τ, once. A low temperature makes "
         "differences larger.")
def temperature_astray(got, z0, z1, temperature):
    plain = table(z0, z1, 1.0)
    return any(close(got[0], f(plain * factor)) for factor in (1.0, temperature, temperature**-2)
               for f in (masked, lambda t: t))


@catches("`positive` is a table that marks the partners. Wanted is the number of the column, one for each row: 2N whole "
         "numbers.")
def marked_and_not_numbered(got, z0, z1, temperature):
    return close(got[1].double(), F.one_hot(partners(z0), 2 * len(z0)).double())


@catches("`positive` holds the partners' similarities. Wanted is where they stand: for each row the number of a column.")
def similarities_of_the_partners(got, z0, z1, temperature):
    own = table(z0, z1, temperature).gather(1, partners(z0)[:, None])
    return close(got[1], own) or close(got[1], own[:, 0])


@catches("`positive` points at the wrong columns. Row i of the first N has its partner at i + N, and row i of the last N "
         "has it at i − N: N, N + 1, …, 2N − 1, and then 0, 1, …, N − 1.")
def wrong_partner(got, z0, z1, temperature):
    numbers = isinstance(got[1], Tensor) and got[1].shape == (2 * len(z0),) and not got[1].is_floating_point()
    return numbers and not close(got[1], partners(z0)) and close(got[0], masked(table(z0, z1, temperature)))


def as_minus_infinity(got: tuple, want: tuple) -> tuple:
    """A very large negative number masks as well as −∞ does."""
    logits, positive = got
    return (logits.masked_fill(logits < -1e4, -torch.inf) if isinstance(logits, Tensor) else logits), positive


@catches("0 · ∞ is not a number. A table of zeros and ones times an infinity is NaN wherever the zero stands: write −∞ where "
         "it belongs, with `fill_diagonal_` or `masked_fill`.")
def zero_times_infinity(got, z0, z1, temperature):
    return bool(got[0].isnan().any()) and bool(table(z0, z1, temperature).isfinite().all())


@catches("The mask is turned round: the diagonal is all that may be chosen. It is the diagonal that is forbidden, and the "
         "rest that stays.")
def mask_inverted(got, z0, z1, temperature):
    logits = table(z0, z1, temperature)
    return close(got[0], torch.full_like(logits, -torch.inf).diagonal_scatter(logits.diagonal()))


@catches("This table compares the numbers with each other, over all views, zᵀz. Wanted are the views with each other: z zᵀ.")
def features_compared(got, z0, z1, temperature):
    z = F.normalize(torch.cat([z0, z1]), dim=1)
    return any(close(got[0], f(z.T @ z / temperature)) for f in (masked, lambda t: t))


@catches("The second views come first here. Rows and columns are the N first views, then the N second ones: "
         "`torch.cat([z0, z1])`.")
def second_views_first(got, z0, z1, temperature):
    return close(got[0], masked(table(z1, z0, temperature)))


@catches("The temperature is a number of your own here. It comes in as an argument: `temperature`.")
def temperature_typed(got, z0, z1, temperature):
    return close(got[0], masked(table(z0, z1, 0.5)))


EXERCISE = Exercise(
    "nt_xent_logits", "10_simclr", "Everybody against everybody: the table of NT-Xent", minutes=15, difficulty=2,
    importance=5, reference=methods.nt_xent_logits, returns=("logits", "positive"), cases=cases, align=as_minus_infinity,
    trains_on=("z0", "z1"),
    used_in="for the table below",
    mistakes=(zero_times_infinity, mask_inverted, features_compared, second_views_first, only_n_rows, itself_not_masked,
              masked_with_zero, partner_masked, own_side_masked, temperature_astray, not_normalised, scaled_another_way,
              distances, log_softmax_taken, views_side_by_side, marked_and_not_numbered, similarities_of_the_partners,
              wrong_partner, temperature_typed),
    hints=("Put both views under each other first. Then one matrix product holds every similarity that you need.",
           "Scale the 2N rows to length 1, multiply the matrix by its own transpose, divide by τ, and forbid the diagonal. "
           "The partner of row i is N rows further on, and past the end it goes on from the start.",
           "`z = F.normalize(torch.cat([z0, z1]), dim=1)`, then `(z @ z.T / temperature).fill_diagonal_(-torch.inf)`, and "
           "`torch.arange(2 * N).roll(N)` for the partners."),
)
