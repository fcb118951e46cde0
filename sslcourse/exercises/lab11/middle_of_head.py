"""Exercise `middle_of_head`: the encoder and the first layers of its projection head, as one network."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from ... import methods, models, runtime
from ..compare import close
from ..engine import Exercise, catches


def heads() -> dict[str, tuple]:
    return {
        "three layers, the first kept": (_method(3, hidden=10, seed=0), 1),
        "three layers, two kept": (_method(3, hidden=12, seed=1), 2),
        "four layers, the first kept": (_method(4, hidden=8, seed=2), 1),
        "a head as wide as the encoder": (_method(3, hidden=6, seed=3), 1),
        "no layer kept, as in SimCLR": (_method(3, hidden=10, seed=4), 0),
    }


@torch.no_grad()
def _method(head_layers: int, hidden: int, seed: int) -> methods.SimCLR:
    """A small SimCLR, with BatchNorm statistics of its own in every layer."""
    with runtime.seeded(seed):
        method = methods.SimCLR(models.ResNet(3, (1, 1)), hidden_dim=hidden, output_dim=7, head_layers=head_layers)
        for part in method.modules():
            if isinstance(part, nn.BatchNorm1d | nn.BatchNorm2d):
                part.running_var.copy_(0.5 + torch.rand_like(part.running_var))
                part.running_mean.copy_(torch.randn_like(part.running_mean) * 0.3)
    return method.eval()


def images() -> Tensor:
    """What every network is asked about."""
    return torch.rand(5, 3, 8, 8, generator=torch.Generator().manual_seed(0))


@torch.no_grad()
def features(function: Callable, method: nn.Module, layers: int) -> Tensor | None:
    """What the network that comes back makes of `images`, in evaluation mode."""
    net = function(method, layers)
    if net is None or isinstance(net, Tensor):
        return net
    if isinstance(net, nn.ModuleList):
        raise TypeError("a network should come back, and an nn.ModuleList is only a list: nn.Sequential calls each in turn")
    if not isinstance(net, nn.Module):
        raise TypeError(f"a network should come back, and this is a {type(net).__name__}")
    try:
        return net.eval()(images())
    except NotImplementedError as error:
        raise TypeError(f"a part of the network cannot be called on images: {error}") from error
    except RuntimeError as error:               # what the error itself does not say: where the encoder stands
        parts = [type(part) for part in net.modules() if isinstance(part, type(method.encoder) | nn.Linear)]
        error.place = parts.index(type(method.encoder)) if type(method.encoder) in parts else None
        raise


def _up_to(method: methods.SimCLR, parts: int) -> Tensor:
    """The features after so many of the head's modules."""
    with torch.no_grad():
        return method.head.layers[:parts](method.encoder(images()))


@catches("This is the encoder alone, as SimCLR has it. Put the first layers of the head behind it.")
def encoder_alone(got, method, layers):
    return layers > 0 and close(got, _up_to(method, 0))


@catches("This is the whole head. Its last map was trained to forget what the views do not share; stop after `layers` "
         "layers.")
def whole_head(got, method, layers):
    return close(got, _up_to(method, len(method.head.layers)))


@catches("BatchNorm and ReLU are missing. A layer is three modules of `head.layers`: linear, BatchNorm, ReLU. A bare "
         "linear map in front of a linear classifier would add nothing.")
def linear_only(got, method, layers):
    return layers > 0 and any(close(got, _up_to(method, parts)) for parts in (layers, 3 * layers - 2))


@catches("The ReLU is missing: the layer ends with it. Linear, BatchNorm, ReLU.")
def relu_missing(got, method, layers):
    return layers > 0 and close(got, _up_to(method, 3 * layers - 1))


@catches("One layer too many. With `layers` = 1 only the first one is kept.")
def one_too_many(got, method, layers):
    return close(got, _up_to(method, 3 * (layers + 1)))


@catches("That cuts from the end of the head. Keep its *first* layers, next to the encoder.")
def counted_from_the_end(got, method, layers):
    return any(close(got, _up_to(method, len(method.head.layers) - n)) for n in (layers, 3 * layers, 3 * layers - 1))


@catches("These are layers of the head without the encoder in front of them; images can't go into a linear map of features.")
def no_encoder(got, method, layers):
    return "shapes cannot be multiplied" in str(got) and got.place is None


@catches("The encoder stands behind the layers of the head. An image goes through the encoder first.")
def encoder_last(got, method, layers):
    return "shapes cannot be multiplied" in str(got) and got.place > 0


@catches("What comes after the encoder is not the first layer of the head, so its features do not fit in. Keep the *first* "
         "layers, in their order: a slice that begins at the start and ends at 3 · layers.")
def other_layers(got, method, layers):
    return "shapes cannot be multiplied" in str(got) and got.place == 0


@catches("The number of layers is fixed here. It comes in as an argument: `layers`.")
def layers_ignored(got, method, layers):
    return layers != 1 and close(got, _up_to(method, 3))


@catches("One module too many: the slice ends at 3 · layers, and that end itself does not belong to it.")
def one_module_too_many(got, method, layers):
    return close(got, _up_to(method, 3 * layers + 1))


@catches("BatchNorm has been left out, or made anew: the kept layers are those that pretraining made, all three modules of "
         "each, with their statistics.")
def no_batch_norm(got, method, layers):
    with torch.no_grad():
        x = method.encoder(images())
        for part in method.head.layers[:3 * layers]:
            x = x if isinstance(part, nn.BatchNorm1d) else part(x)
    return layers > 0 and close(got, x)


EXERCISE = Exercise(
    "middle_of_head", "11_simclr_v2", "An encoder that ends in the middle of the head", minutes=10, difficulty=2,
    importance=4, reference=methods.middle_of_head, returns=("network",), cases=heads, measure=features,
    used_in="in fine-tuning and distilling below",
    mistakes=(encoder_alone, no_encoder, encoder_last, other_layers, linear_only, relu_missing, one_module_too_many,
              one_too_many, whole_head, counted_from_the_end, no_batch_norm, layers_ignored),
    hints=("Which modules does an image go through, from the pixels to the end of the first hidden layer of the head?",
           "A hidden layer of the head is three modules of `method.head.layers`: linear, BatchNorm, ReLU. Take the first "
           "3 · layers of them, and put `method.encoder` in front.",
           "`nn.Sequential(method.encoder, *method.head.layers[:3 * layers])`."),
)
