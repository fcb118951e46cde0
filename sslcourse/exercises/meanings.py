"""What the most frequent messages of Python and PyTorch mean, in words that say what to do."""

from __future__ import annotations

# the exception, words in its message, the hint
MEANINGS = (
    ("RecursionError", "", "Your function calls itself without end. Where should it stop?"),
    ("RuntimeError", "shapes cannot be multiplied",
     "The inner sizes of a matrix product must agree: (a, b) @ (b, c). Does one side need a `.T`, or should the two "
     "change places?"),
    ("RuntimeError", "must match the size of tensor",
     "Two shapes that do not fit entry by entry. Sizes are lined up from the right, and an axis of size 1 fits any: "
     "`v[:, None]` makes a column of `v`."),
    ("RuntimeError", "same dtype",
     "Two dtypes met in one product. Make new tensors from the input (`X.new_zeros`, `dtype=X.dtype`) and they share "
     "its dtype."),
    ("RuntimeError", "Can't call numpy() on Tensor that requires grad",
     "NumPy keeps no gradient, and this is to be trained with: stay in PyTorch."),
    ("RuntimeError", "Expected all tensors to be on the same device",
     "Two devices met. Make new tensors where the input lives, `device=X.device`, or from it: `X.new_zeros(...)`."),
    ("RuntimeError", "Boolean value of Tensor with more than one value is ambiguous",
     "`and`, `or`, `not` and `if` want one truth value. Between tensors it is `&`, `|` and `~`, with brackets around "
     "each comparison."),
    ("RuntimeError", "expected scalar type",
     "Two dtypes met. Make new tensors from the input (`X.new_zeros`, `dtype=X.dtype`) and they share its dtype."),
    *[("RuntimeError", words, "What is written into a table has another dtype than the table. Make the table from the "
       "input, `X.new_zeros(…)`, and they share its dtype.")
      for words in ("source and destination dtypes match", "same scalar type", "self.dtype to be equal to src.dtype")],
    ("RuntimeError", "is invalid for input of size",
     "A `reshape` keeps the number of entries, and these sizes hold another number. Is a size written in that the input "
     "should tell?"),
    ("RuntimeError", "must match the existing size",
     "What is written here does not fit its place. Does a slice run over an edge, or is a size written in that the input "
     "should tell?"),
    ("RuntimeError", "in state_dict",
     "`load_state_dict` wants something for every weight of the network, and nothing else. Load each block's part into that "
     "block alone, or change the entries of `net.state_dict()` and load all of it."),
    ("RuntimeError", "leaf Variable", "A tensor that is trained cannot be changed in place: make a new one from it."),
    ("RuntimeError", "you can only change requires_grad flags of leaf variables",
     "What was computed from something that is trained cannot be switched off. `.detach()` gives a copy that is cut off."),
    ("ValueError", "to satisfy the constraint",
     "A distribution was given a number that it cannot take: a width has to be above 0, a probability between 0 and 1."),
    ("NotImplementedError", "", "PyTorch has no such operation for these inputs; what it says is below. Between tensors, "
     "comparisons need brackets: `(a > 0) & (b < 1)`."),
    ("TypeError", "must be Tensor", "A PyTorch function was given something that is not a tensor."),
    ("UnboundLocalError", "", "A name is used before it has a value. Does every path through your function set it?"),
    ("NameError", "", "Python does not know this name: a typo, or an import or an earlier cell that has not been run?"),
    ("AttributeError", "", "This object has nothing of that name. Is it what you think it is?"),
    ("IndexError", "", "An index beyond the end. Remember that counting starts at 0."),
)


def of(name: str, message: str) -> str:
    """The hint for an exception by its name and its message; "" where there is none."""
    return next((hint for kind, words, hint in MEANINGS if kind == name and words in message), "")
