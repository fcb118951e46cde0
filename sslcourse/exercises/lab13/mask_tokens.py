"""Exercise `mask_tokens`: BERT's question, 80/10/10, and its answer."""

from __future__ import annotations

import torch

from ... import methods
from ..chance import about
from ..engine import Exercise, catches
from .masked_text import judged, mask_tokens_cases


@catches("It is all there, in another order. Return `(inputs, labels)`.")
def the_two_exchanged(got, tokens, mask_id, vocab_size, specials, share):
    return 0 < share < 1 and bool((got[0] == -100).any()) and not bool((got[1] == -100).any())


@catches("The labels hold every token, so the loss would ask for all of them, most of which the model can see. "
         "Keep the chosen ones, and write −100 everywhere else.")
def labels_everywhere(got, tokens, mask_id, vocab_size, specials, share):
    return share < 1 and (torch.equal(got[1], tokens) or bool((got[1][tokens >= specials] != -100).all()) and bool(
        (got[1] == tokens)[tokens >= specials].all()))


@catches("Where nothing is asked, the label is −100: that is the value which PyTorch's cross-entropy leaves out. "
         "Anything else counts as a class, or is an error.")
def another_value_elsewhere(got, tokens, mask_id, vocab_size, specials, share):
    odd = got[1][got[1] != tokens]
    return odd.numel() > 0 and -100 not in odd and odd.unique().numel() == 1


@catches("The labels were taken after the masking: they ask for [MASK]. The answer is what stood there *before*.")
def labels_of_the_masked_text(got, tokens, mask_id, vocab_size, specials, share):
    chosen = got[1] != -100
    return bool((got[1][chosen] == mask_id).any()) and torch.equal(got[1][chosen], got[0][chosen])


@catches("The labels are the wrong way round: −100 stands at the chosen tokens, and the others are asked for. Keep the token "
         "where it was chosen: `tokens.masked_fill(~chosen, -100)`.")
def labels_inverted(got, tokens, mask_id, vocab_size, specials, share):
    changed, quiet = got[0] != tokens, got[1] == -100
    return bool(changed.any()) and bool(quiet[changed].all()) and about(quiet[tokens >= specials], share)


@catches("Special tokens were chosen. [PAD] stands for no text, and there is nothing to learn from hiding it: only "
         "tokens ≥ `specials` may be chosen.")
def specials_chosen(got, tokens, mask_id, vocab_size, specials, share):
    return bool((got[1][tokens < specials] != -100).any())


@catches("Only the tokens that became [MASK] have a label. The random ones and those that stayed were chosen as well, "
         "and are asked for: that is what they are there for. The labels come from `chosen`, not from the inputs.")
def only_the_masked_are_asked(got, tokens, mask_id, vocab_size, specials, share):
    chosen = got[1] != -100
    changed = (got[0] != tokens)[~chosen]
    return bool(chosen.any()) and bool((got[0][chosen] == mask_id).all()) and bool(changed.any())


@catches("Tokens that were chosen and stayed have no label. They are asked for too: the labels come from `chosen`, not "
         "from what has changed.")
def those_that_stay_not_asked(got, tokens, mask_id, vocab_size, specials, share):
    chosen, words = got[1] != -100, tokens >= specials
    fewer = share * (0.9 - 0.1 / (vocab_size - specials))
    found = chosen[words].double().mean().item()
    return (bool((got[0] != tokens)[chosen].all()) and about(chosen[words], fewer)
            and abs(found - fewer) < abs(found - share))


@catches("The text is changed in places that were not chosen. All three fates, [MASK], a random token and staying, "
         "are for the chosen tokens only.")
def changed_elsewhere(got, tokens, mask_id, vocab_size, specials, share):
    quiet = got[1] == -100
    return bool((got[0] != tokens)[quiet].any()) and bool((got[0] != tokens)[~quiet].any())


@catches("Every row hides the same places. Draw for each token of each row by itself: the draw has the shape of "
         "`tokens`.")
def the_same_places_in_every_row(got, tokens, mask_id, vocab_size, specials, share):
    chosen, words = got[1] != -100, tokens >= specials
    return 0 < share < 1 and bool(chosen.any()) and bool((chosen.any(dim=0)[None] == chosen)[words].all())


@catches("`share` of the tokens are left alone, and the others are chosen: it should be the other way round.")
def the_others_chosen(got, tokens, mask_id, vocab_size, specials, share):
    chosen = (got[1] != -100)[tokens >= specials]
    return share < 1 and abs(share - 0.5) > 0.05 and about(chosen, 1 - share) and not about(chosen, share)


@catches("All the chosen tokens become [MASK]. But downstream there is no [MASK], so BERT leaves 10% of them as "
         "they are and replaces 10% by a random token: the model can never be sure that what it reads is true.")
def all_masked(got, tokens, mask_id, vocab_size, specials, share):
    chosen = got[1] != -100
    return bool(chosen.any()) and bool((got[0][chosen] == mask_id).all())


@catches("Among the random tokens are special ones. Draw from the words alone: `torch.randint(specials, "
         "vocab_size, …)`.")
def specials_drawn(got, tokens, mask_id, vocab_size, specials, share):
    inputs, chosen = got[0], got[1] != -100
    drawn = inputs[chosen & (inputs != mask_id) & (inputs != tokens)]
    return bool((drawn < specials).any())


@catches("Every random token is the same one. Draw a new one for each place.")
def one_random_token(got, tokens, mask_id, vocab_size, specials, share):
    inputs, chosen = got[0], got[1] != -100
    drawn = inputs[chosen & (inputs != mask_id) & (inputs != tokens)]
    return drawn.numel() > 3 and drawn.unique().numel() == 1


@catches("One of the words never comes as a random token, the first one or the last. `torch.randint(low, high, …)` "
         "draws from low up to high − 1, so it is `torch.randint(specials, vocab_size, …)`.")
def an_end_is_never_drawn(got, tokens, mask_id, vocab_size, specials, share):
    inputs, chosen = got[0], got[1] != -100
    drawn = inputs[chosen & (inputs != mask_id) & (inputs != tokens)]
    inside = drawn.numel() > 6 * (vocab_size - specials) and bool((drawn >= specials).all() and (drawn < vocab_size).all())
    return inside and bool((drawn > specials).all() or (drawn < vocab_size - 1).all())


@catches("The shares do not come out at 80, 10 and 10% of the chosen tokens. One draw per token decides it: below "
         "0.8 [MASK], below 0.9 a random token, else it stays. (Two draws one after the other multiply.)")
def other_shares(got, tokens, mask_id, vocab_size, specials, share):
    inputs, chosen = got[0], got[1] != -100
    asked, answer = inputs[chosen], tokens[chosen]
    alike = 0.1 / (vocab_size - specials)
    return bool(chosen.any()) and not (about(asked == mask_id, 0.8) and about(asked == answer, 0.1 + alike))


@catches("The share of chosen tokens is a number of your own here. It comes in as an argument: `share`.")
def share_typed(got, tokens, mask_id, vocab_size, specials, share):
    chosen = (got[1] != -100)[tokens >= specials]
    return abs(share - 0.15) > 0.05 and about(chosen, 0.15) and not about(chosen, share)


@catches("The first word, whose id is `specials`, is never chosen. Only the ids *below* `specials` are special: "
         "`tokens >= specials`.")
def first_word_never_chosen(got, tokens, mask_id, vocab_size, specials, share):
    first = tokens == specials
    return share * int(first.sum()) > 20 and not bool((got[1] != -100)[first].any())


@catches("A random token is not in the vocabulary: ids go up to `vocab_size - 1`. `torch.randint(low, high, …)` draws up to "
         "high − 1 by itself.")
def beyond_the_vocabulary(got, tokens, mask_id, vocab_size, specials, share):
    return bool((got[0] >= vocab_size).any())


EXERCISE = Exercise(
    "mask_tokens", "13_bert_and_gpt", "Hide 15%: 80/10/10", minutes=20, difficulty=3, importance=4,
    reference=methods.mask_tokens, returns=("inputs", "labels"), cases=mask_tokens_cases, measure=judged,
    random=True, used_in="in the training of BERT below",
    mistakes=(beyond_the_vocabulary, first_word_never_chosen, share_typed, the_two_exchanged, labels_inverted,
              labels_everywhere, another_value_elsewhere, labels_of_the_masked_text, specials_chosen,
              only_the_masked_are_asked, those_that_stay_not_asked, changed_elsewhere, the_same_places_in_every_row,
              the_others_chosen, all_masked, specials_drawn, one_random_token, other_shares, an_end_is_never_drawn),
    hints=("Two questions for each token, each answered by a draw of its own: is it chosen? And if so, which of "
           "three things happens to it?",
           "`torch.rand(tokens.shape) < share` chooses; leave the special tokens out. The labels are the tokens "
           "where chosen, and −100 elsewhere. A second draw says the fate: below 0.8 [MASK], from 0.8 to 0.9 a "
           "random token.",
           "`labels = tokens.masked_fill(~chosen, -100)`, `inputs = tokens.masked_fill(chosen & (fate < 0.8), "
           "mask_id)`, and `torch.where(chosen & (fate >= 0.8) & (fate < 0.9), torch.randint(specials, vocab_size, "
           "tokens.shape), inputs)`."),
)
