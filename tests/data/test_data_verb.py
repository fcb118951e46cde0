"""`python -m sslcourse data`: what it prints, and its exit status."""

from __future__ import annotations

import pytest

from sslcourse.commands import data as command
from sslcourse.data import fetch
from tests.data import server as data_server


@pytest.fixture
def server(tmp_path, monkeypatch):
    """A course with one data set, `toy`, which is not cached yet."""
    monkeypatch.setenv("SSLCOURSE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("SSLCOURSE_QUIET", "1")
    with data_server.serving() as server:
        server.answers["/Toy"] = data_server.whole(data_server.ARCHIVE)
        data_server.furnish(monkeypatch.setattr, data_server.toy(), server.url(""))
        yield server


def test_without_words_it_lists_and_fetches_nothing(server, capsys, tmp_path):
    assert command.main([]) == 0
    head, row, *_ = capsys.readouterr().out.splitlines()
    assert head.split()[:2] == ["name", "cached"]
    assert row.split()[:2] == ["toy", "no"]
    assert server.requests == []
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("words", [["toy"], ["--all"]])
def test_it_fetches_what_is_named(server, capsys, tmp_path, words):
    assert command.main(words) == 0
    assert f"toy: {tmp_path / 'data' / 'toy'} (from torchvision Toy)" in capsys.readouterr().out
    assert command.main([]) == 0
    assert capsys.readouterr().out.splitlines()[1].split()[:2] == ["toy", "yes"]


def test_a_cached_set_is_fetched_again_only_on_request(server):
    command.main(["toy"])
    command.main(["toy"])
    assert len(server.requests) == 1
    command.main(["toy", "--again"])
    assert len(server.requests) == 2


def test_an_unknown_name_fetches_nothing_and_ends_with_2(server, capsys):
    assert command.main(["toy", "tooy"]) == 2
    assert "did you mean toy" in capsys.readouterr().err
    assert server.requests == []


def test_an_unknown_option_ends_with_2(server):
    assert command.main(["--frobnicate"]) == 2


def test_help_ends_with_0(server, capsys):
    assert command.main(["--help"]) == 0
    assert "python -m sslcourse data" in capsys.readouterr().out


def test_a_set_that_no_source_serves_ends_with_1_and_says_why(server, capsys):
    server.answers["/Toy"] = data_server.status(404)
    assert command.main(["toy"]) == 1
    error = capsys.readouterr().err
    assert "404" in error
    assert "Traceback" not in error


def test_verify_tells_sound_from_harmed(server, capsys, tmp_path):
    command.main(["toy"])
    assert command.main(["--verify"]) == 0
    assert "toy: sound" in capsys.readouterr().out
    file = tmp_path / "data" / "toy" / "train.json"
    file.write_bytes(file.read_bytes().replace(b"a", b"A", 1))
    assert command.main(["--verify"]) == 1
    assert "run `python -m sslcourse data toy --again`" in capsys.readouterr().out


def test_verify_of_what_is_not_cached_ends_with_1(server):
    assert command.main(["--verify", "toy"]) == 1


def test_verify_with_nothing_cached_says_so(server, capsys):
    assert command.main(["--verify"]) == 0
    assert "nothing is cached" in capsys.readouterr().out


def test_an_interruption_is_no_traceback(server, capsys, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(fetch, "ensure", interrupted)
    assert command.main(["toy"]) == 130
    assert "run the same command again" in capsys.readouterr().err
