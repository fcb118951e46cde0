"""A command that measures for long and ends early says why, and gives back the right status."""

from __future__ import annotations

import signal

import pytest

from sslcourse.commands.resumable import resumable


@pytest.fixture(autouse=True)
def as_before():
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.mark.parametrize("end, status, said", [
    (KeyboardInterrupt(), 130, "What was measured is kept"), (ValueError("arm: got 'BYLO'"), 2, "arm: got 'BYLO'"),
    (OSError("the disk is full"), 2, "the disk is full"),
])
def test_how_it_ends(end, status, said, capsys):
    @resumable
    def main(argv=None):
        raise end

    assert main([]) == status and said in capsys.readouterr().err


def test_a_polite_kill_is_an_interrupt_and_what_went_well_stays(capsys):
    @resumable
    def main(argv=None):
        if argv:
            signal.raise_signal(signal.SIGTERM)
        return 0

    assert main([]) == 0 and main(["go"]) == 130 and "goes on from there" in capsys.readouterr().err
