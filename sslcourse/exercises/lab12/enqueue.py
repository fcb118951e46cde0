"""Exercise `enqueue`: MoCo's queue, a ring buffer."""

from __future__ import annotations

import torch
from torch import Tensor

from ... import methods
from ..compare import close
from ..engine import Exercise, catches


def enqueue_cases() -> dict[str, tuple]:
    def some(k: int, n: int, d: int, pointer: int, seed: int, dtype: torch.dtype = torch.float32) -> tuple:
        generator = torch.Generator().manual_seed(seed)
        drawn = torch.randn(k + n, d, generator=generator, dtype=torch.float64).to(dtype)
        return drawn[:k].clone(), drawn[k:].clone(), pointer

    return {
        "room before the end": some(10, 3, 4, pointer=2, seed=0),
        "past the end": some(8, 3, 2, pointer=6, seed=1),
        "exactly to the end": some(9, 3, 3, pointer=6, seed=2),
        "as many keys as places": some(5, 5, 2, pointer=3, seed=3),
        "one key, in the last place": some(4, 1, 3, pointer=3, seed=4),
        "double precision, past the end": some(7, 4, 2, pointer=5, seed=5, dtype=torch.float64),
    }


def _places(queue: Tensor, keys: Tensor, pointer: int) -> Tensor:
    return (pointer + torch.arange(len(keys))) % len(queue)


@catches("The keys do not fit between the pointer and the end. The queue is a ring: after its last row comes its first. "
         "(MoCo's own code asks that N divide K, and so never gets there.)")
def end_of_the_queue(got, queue, keys, pointer):
    return isinstance(got, (RuntimeError, IndexError)) and pointer + len(keys) > len(queue)


@catches("Keys that did not fit before the end are lost. They belong at the beginning, in the places of the next oldest: "
         "the queue is a ring.")
def lost_at_the_end(got, queue, keys, pointer):
    room = len(queue) - pointer
    kept = torch.cat([queue[:pointer], keys[:room], queue[pointer + len(keys):]])
    return len(keys) > room and close(got[0], kept)


@catches("The queue has grown. Its size is fixed: for each key that comes in, the oldest one goes.")
def grows(got, queue, keys, pointer):
    return len(got[0]) == len(queue) + len(keys)


@catches("All rows have been moved along. Nothing is lost that way, but nothing needs to move either: write the keys "
         "over the oldest rows, from `pointer` on, and leave the others where they are.")
def shifted_along(got, queue, keys, pointer):
    N = len(keys)
    return close(got[0], torch.cat([queue[N:], keys])) or close(got[0], torch.cat([keys, queue[:-N or None]]))


@catches("The keys have gone to the beginning. The oldest rows lie from `pointer` on.")
def at_the_beginning(got, queue, keys, pointer):
    return close(got[0], torch.cat([keys, queue[len(keys):]]))


@catches("The keys stand *before* the pointer: those are the newest rows, not the oldest.")
def before_the_pointer(got, queue, keys, pointer):
    places = (pointer - len(keys) + torch.arange(len(keys))) % len(queue)
    return close(got[0], queue.index_copy(0, places, keys))


@catches("The keys stand one place too late. `pointer` is itself the first place to be written.")
def one_place_on(got, queue, keys, pointer):
    places = (_places(queue, keys, pointer) + 1) % len(queue)
    return len(keys) < len(queue) and close(got[0], queue.index_copy(0, places, keys))


@catches("The keys are added to the numbers that stood there. They replace them.")
def added(got, queue, keys, pointer):
    return close(got[0], queue.index_add(0, _places(queue, keys, pointer), keys))


@catches("When the keys do not all fit before the end, all of them are written at the beginning, and the rows at the end "
         "stay old. Only those that do not fit go to the beginning.")
def starts_over(got, queue, keys, pointer):
    return pointer + len(keys) > len(queue) and close(got[0], torch.cat([keys, queue[len(keys):]]))


@catches("The places at the beginning hold the wrong keys. Keys go in one after the other: those at the beginning are the "
         "*last* ones, which did not fit before the end.")
def first_keys_again(got, queue, keys, pointer):
    room = len(queue) - pointer
    rest = len(keys) - room
    return rest > 0 and close(got[0], torch.cat([keys[:rest], queue[rest:pointer], keys[:room]]))


@catches("The keys stand in the last rows of the queue, wherever the pointer is. The oldest rows lie from `pointer` on.")
def at_the_end(got, queue, keys, pointer):
    return pointer + len(keys) != len(queue) and close(got[0], torch.cat([queue[:-len(keys)], keys]))


@catches("The pointer stops at the last row. The queue is a ring: after row K − 1 comes row 0, `% len(queue)`.")
def stops_at_the_end(got, queue, keys, pointer):
    end, K = pointer + len(keys), len(queue)
    return end >= K and end % K != K - 1 and int(got[1]) == K - 1


@catches("The pointer has moved by one. It moves by N, one place for each key.")
def pointer_by_one(got, queue, keys, pointer):
    return len(keys) > 1 and int(got[1]) == (pointer + 1) % len(queue)


@catches("The pointer has gone back. It goes forward by N, to the oldest row that is left.")
def pointer_back(got, queue, keys, pointer):
    return int(got[1]) == (pointer - len(keys)) % len(queue) and 2 * len(keys) % len(queue) != 0


@catches("The pointer has not moved. Next time the keys just put in would be taken for the oldest.")
def pointer_stays(got, queue, keys, pointer):
    return len(keys) < len(queue) and int(got[1]) == pointer


@catches("The pointer has run out of the queue: after row K − 1 comes row 0. `% len(queue)`.")
def pointer_runs_out(got, queue, keys, pointer):
    return int(got[1]) == pointer + len(keys) and pointer + len(keys) >= len(queue)


@catches("Past the end the pointer is set to 0, although some keys stand there already. It goes on behind the last one: "
         "(pointer + N) modulo K.")
def pointer_to_zero(got, queue, keys, pointer):
    return pointer + len(keys) > len(queue) and int(got[1]) == 0


@catches("The keys go backwards from the pointer. The first stands at `pointer`, the next one place further on.")
def backwards(got, queue, keys, pointer):
    places = (pointer - torch.arange(len(keys))) % len(queue)
    return len(keys) > 1 and close(got[0], queue.index_copy(0, places, keys))


@catches("Places past the end are set to the last row, so that keys overwrite each other there. The queue is a ring: take "
         "the places modulo K.")
def piled_up_at_the_end(got, queue, keys, pointer):
    last, full = len(queue) - 1, pointer + len(keys) > len(queue)
    kept = torch.cat([queue[:pointer], keys[:last - pointer]])
    return full and close(got[0][:last], kept) and any(close(got[0][last], key) for key in keys)


@catches("The pointer is taken modulo the number of keys, N. The ring has K places: `% len(queue)`.")
def modulo_the_keys(got, queue, keys, pointer):
    return len(keys) < len(queue) and close(int(got[1]), (pointer + len(keys)) % len(keys))


@catches("The pointer stands on the newest key. It points at the oldest row, which is one place further on.")
def at_the_newest(got, queue, keys, pointer):
    return len(keys) > 1 and close(int(got[1]), (pointer + len(keys) - 1) % len(queue))


EXERCISE = Exercise(
    "enqueue", "12_without_negatives", "MoCo's queue", minutes=10, difficulty=2, importance=3,
    reference=methods.enqueue, returns=("queue", "pointer"), cases=enqueue_cases,
    used_in="in the figure of the queue below",
    mistakes=(end_of_the_queue, grows, lost_at_the_end, starts_over, first_keys_again, shifted_along, at_the_beginning,
              at_the_end, before_the_pointer, one_place_on, added, pointer_stays, pointer_to_zero, pointer_runs_out,
              stops_at_the_end, pointer_by_one, pointer_back, backwards, piled_up_at_the_end, modulo_the_keys,
              at_the_newest),
    hints=("Think of a clock face with K places. Where does the hand point after the new keys are in, and which places "
           "did they take?",
           "The places are pointer, pointer + 1, and so on, all taken modulo K. Write the keys there into a copy of the "
           "queue, and move the pointer on by N, modulo K.",
           "`places = (pointer + torch.arange(len(keys))) % len(queue)`, then `queue.index_copy(0, places, keys)` "
           "and `(pointer + len(keys)) % len(queue)`."),
)
