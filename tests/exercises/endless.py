"""Answers that swallow every attempt to stop them; they end with the test that called them."""

import threading

over = threading.Event()


def loop_that_swallows(X, n):
    while not over.is_set():
        try:
            X.sum()
        except:  # noqa: E722  (what a student may write)
            pass


def loop_in_a_loop_that_swallows(X, n):
    while not over.is_set():
        try:
            while not over.is_set():
                X.sum()
        except BaseException:
            continue
