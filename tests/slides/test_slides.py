"""From a notebook to a page: slides by metadata, columns by tags, mathematics as SVG, and nothing that points elsewhere."""

from __future__ import annotations

import html
import re

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from sslcourse import labs, results, slides
from sslcourse.commands import slides as command
from sslcourse.slides import cards, deck, export, markup, page
from sslcourse.slides.cards import card_html
from sslcourse.slides.mathematics import to_svg


def cell(id: str, source: str = "", kind: str = "", tags: tuple[str, ...] = (), outputs: tuple = (), code: bool = False):
    metadata = {"slideshow": {"slide_type": kind}, "tags": list(tags)}
    made = (new_code_cell(source, metadata=metadata, outputs=list(outputs)) if code
            else new_markdown_cell(source, metadata=metadata))
    made["id"] = id
    return made


def shown(**data):
    return new_output("display_data", data={kind.replace("_", "/"): text for kind, text in data.items()})


def small_lecture():
    return new_notebook(cells=[
        cell("title", "# A lecture", "slide", ("title",)),
        cell("setup", "import torch", "skip", code=True),
        cell("title-notes", "**Minutes:** 2\n\n**Say:** hello", "notes"),
        cell("second", "## Two columns\n\nabove", "slide", ("wide-right",)),
        cell("words", "on the **left**, $x^2$", "", ("left",)),
        cell("figure", "draw()", "", ("right",), [shown(text_html='<img alt="a figure" src="data:,">')], code=True),
        cell("under", "below both"),
        cell("later", "appears later", "fragment"),
        cell("third", "## Beneath", "subslide"),
        cell("steps", "- one\n- two", "", ("steps",)),
        cell("code", "z = f(x)", "", ("show-code",), [new_output("stream", name="stdout", text="4 128\n")], code=True),
        cell("third-notes", "**Minutes:** 1.5", "notes"),
    ])


def test_cells_become_slides():
    made = deck.slides_of(small_lecture())
    assert [(slide.id, slide.title, slide.below) for slide in made] == [
        ("title", "A lecture", False), ("second", "Two columns", False), ("third", "Beneath", True)]
    assert [c.id for c in made[0].cells] == ["title"], "a skipped cell is not shown, nor are notes"
    assert [deck.minutes(slide) for slide in made] == [2, 0, 1.5]


@pytest.mark.parametrize(("cells", "said"), [
    ([cell("early", "words")], "cell early"),
    ([cell("bare", "no heading", "slide")], "a heading in the first line"),
    ([cell("code", "1", "slide", code=True)], "a heading in the first line"),
    ([cell("odd", "## A", "slid")], "did you mean slide"),
    ([cell("hidden", "1", "skip", code=True)], "one slide or more"),
])
def test_what_is_no_lecture(cells, said):
    with pytest.raises(ValueError, match=said):
        deck.slides_of(new_notebook(cells=cells))


def test_columns_stand_between_what_is_above_and_what_is_below():
    text = page.section_html(deck.slides_of(small_lecture())[1], "Lecture", "2 / 3")
    order = ["<h2", 'class="body"', "above", "column left", "on the", "column right", "a figure", 'class="below"',
             "below both", 'class="fragment"', "appears later", "<footer", "2 / 3", "<aside"]
    places = [text.index(part) for part in order]
    assert places == sorted(places)
    assert 'class="wide-right"' in text and "draw()" not in text


def test_code_is_shown_only_where_asked_and_steps_wait():
    text = page.section_html(deck.slides_of(small_lecture())[2], "Lecture", "3 / 3")
    assert re.sub("<[^>]+>", "", text).count("z = f(x)") == 1 and "4 128" in text
    assert text.count('<li class="fragment">') == 2


def test_the_page_points_nowhere():
    text = page.page("A lecture", deck.slides_of(small_lecture()))
    assert not re.search(r"""(?:src|href)=["']?(?!data:|#)[^"'> ]*//""", text.split("<script>")[0])
    assert not re.search(r"@import|url\((?!['\"]?data:)", text.split("</style>")[0])
    assert text.count("</script") == 4, "nothing within a script ends it"
    assert "Reveal.initialize" in text and "RevealNotes" in text
    assert text.count("<section") == 4, "three slides, and the stack of two"


def test_a_script_that_names_the_end_of_a_script_does_not_end_there(monkeypatch):
    from html.parser import HTMLParser

    sly = 'const end = "</script><b>out</b>", begin = "<!--<script>";'
    monkeypatch.setattr(page, "own", lambda name: sly if name.endswith(".js") else "")
    scripts, depth = [], []

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attrs):
            depth.append(tag) if tag == "script" else None
            assert tag != "b", "the script ended early"

        def handle_endtag(self, tag):
            depth.pop() if tag == "script" else None

        def handle_data(self, data):
            scripts.append(data) if depth else None

    Reader().feed(page.page("A lecture", deck.slides_of(small_lecture())))
    assert "".join(scripts).rstrip().endswith(r'const end = "<\/script><b>out</b>", begin = "<\!--<script>";')
    assert depth == []


def test_an_error_and_a_widget_do_not_become_a_slide():
    failed = new_output("error", ename="ValueError", evalue="not so", traceback=[])
    widget = shown(**{"application_vnd.jupyter.widget-view+json": {"model_id": "1"}})
    for output, said in ((failed, "not so"), (widget, "needs a kernel")):
        with pytest.raises(ValueError, match=f"cell bad.*{said}"):
            markup.cell_html(cell("bad", "", "", (), [output], code=True))


def test_what_a_cell_says_on_stderr_stays_off_the_slide():
    quiet = cell("warns", "", "", (), [new_output("stream", name="stderr", text="a warning")], code=True)
    assert markup.cell_html(quiet) == ""


@pytest.mark.parametrize("tex", [
    r"f : X \to Z", r"\hat x = \mu + z V_k^\top", r"\mathbb{E}_{x \sim p}\left[\lVert x - \hat x \rVert^2\right]",
    r"-\log \frac{\exp(\mathrm{sim}(z_i, z_j)/\tau)}{\sum_{k \neq i} \exp(\mathrm{sim}(z_i, z_k)/\tau)}",
    r"\mathcal{L} = \max(0, d(a, p) - d(a, n) + m)", r"\theta_t \leftarrow \lambda \theta_t + (1 - \lambda)\theta_s",
    r"L(N, D) = E + \frac{A}{N^\alpha} + \frac{B}{D^\beta}", r"\nabla_\theta \operatorname{KL}(q \,\|\, p)",
])
def test_mathematics_is_a_picture_that_reads_as_its_tex(tex):
    import html

    text = to_svg(tex, display=True)
    assert html.unescape(re.search(r'aria-label="([^"]*)"', text).group(1)) == tex
    left, top, width, height = map(float, re.search(r'viewBox="([^"]*)"', text).group(1).split())
    x, y = (list(map(float, part)) for part in zip(*re.findall(r"(-?[\d.]+) (-?[\d.]+)", text.split(' d="')[1])))
    assert left <= min(x) and max(x) <= left + width and top <= min(y) and max(y) <= top + height


def test_mathematics_in_markdown_inline_and_on_its_own():
    text = markup.markdown("where $z = f(x)$ and\n\n$$x < y$$\n\nat 5 dollars")
    assert text.count("<svg") == 2 and text.count("ssl-equation") == 1 and "$" not in text
    assert 'aria-label="x &lt; y"' in text


def test_tex_that_cannot_be_set_is_named():
    with pytest.raises(ValueError, match=r"mathematics: got .*begin"):
        to_svg(r"\begin{matrix} a & b \end{matrix}")


def test_code_is_coloured():
    assert "<span class=" in markup.highlighted("def f(x): return x") and ".code .k" in markup.code_style()


def _points_at(lab: str, text: str) -> bool:
    return f'labs/{lab}.ipynb"' in text


def test_every_claim_has_a_card():
    for id, claim in results.CLAIMS.items():
        numbers = results.verdict(id).numbers
        text = card_html(id, measured="a sentence")
        assert html.escape(claim.statement) in text
        assert (results.verdict(id).short in text) == ("a sentence" in text) == bool(numbers)
        assert not numbers or all(_points_at(lab, text) for lab in claim.labs if lab in labs.names())
    with pytest.raises(ValueError, match="did you mean label-free"):
        slides.claim_card("label-fre")


def test_a_card_says_what_was_measured_in_points(monkeypatch):
    from sslcourse.results.verdicts import HOLDS, Ruling

    monkeypatch.setattr(results, "verdict", lambda id: Ruling(HOLDS, numbers={"SimCLR lead": 0.1728}))
    said = card_html("label-free", measured="ahead by {SimCLR lead:points}, {SimCLR lead:+points}, {SimCLR lead:.0%}")
    assert "ahead by 17.3 points, +17.3 points, 17%" in said and "said holds" in said


def test_without_a_sentence_the_contrasts_speak(monkeypatch):
    from sslcourse.results.deciding import Contrast, decide

    def ruling(settings):
        return decide([Contrast(name, "MAE over BYOL", (lead, lead), 0.01) for name, lead in settings.items()])

    monkeypatch.setattr(results, "verdict", lambda id: ruling({"kNN": 0.05}))
    assert "MAE over BYOL, kNN: +5.0 points" in card_html("label-free")
    monkeypatch.setattr(results, "verdict", lambda id: ruling({"kNN": 0.05, "probe": 0.07, "votes": -0.02}))
    assert "3 settings, from the lowest to the highest: MAE over BYOL, votes: -2.0 points" in card_html("label-free")
    assert "+7.0 points" in card_html("label-free") and "+5.0 points" not in card_html("label-free")


def test_a_card_of_numbers_without_a_sentence_is_refused(monkeypatch):
    from sslcourse.results.verdicts import HOLDS, Ruling

    monkeypatch.setattr(results, "verdict", lambda id: Ruling(HOLDS, numbers={"SimCLR lead": 0.17}))
    with pytest.raises(ValueError, match="measured: got '', wanted a sentence over SimCLR lead"):
        card_html("label-free")


def test_a_card_of_nothing_measured_promises_nothing(monkeypatch):
    from sslcourse.results.verdicts import NOT_MEASURED, Ruling

    monkeypatch.setattr(results, "verdict", lambda id: Ruling(NOT_MEASURED))
    said = card_html("label-free", measured="ahead by {SimCLR lead:.0%}")
    assert "We measured" not in said and "ahead" not in said and NOT_MEASURED not in said


def test_a_card_in_a_deck_has_no_link_to_a_notebook(monkeypatch):
    """A deck is carried about without the course: such a link would end at an error page."""
    inside = card_html("transfer-speed", measured="x")
    assert 'href="../labs/05_transfer_learning.ipynb" target="_blank"' in inside
    monkeypatch.setattr(cards.runtime, "exporting", lambda: True)
    assert "href" not in card_html("transfer-speed", measured="x") and "lab 05" in card_html("transfer-speed", measured="x")


def test_a_cited_table_has_every_number_and_its_source():
    from sslcourse.slides.cited_table import table_html

    columns = {"method": "method", "text": "text?", "knn": "kNN", "linear": "linear"}
    text = table_html("dinov2-table4", columns, note="In %.")
    for row in results.cited("dinov2-table4"):
        for key in ("knn", "linear"):
            assert row[key] is None or f">{row[key]:.1f}</td>" in text
    assert text.count("<tr>") == 1 + len(results.cited("dinov2-table4")) and ">–</td>" in text
    assert "Oquab et al. (2023), Table 4" in text and text.count("border-top:2px") == len(columns)
    with pytest.raises(ValueError, match="table"):
        table_html("dinov2-table5", columns)


def test_a_figure_of_cited_numbers_has_the_same_line(capsys):
    slides.source("dinov2-table4", note="Signs.")
    said = capsys.readouterr().out
    assert "Oquab et al. (2023), Table 4" in said and "Signs." in said
    with pytest.raises(ValueError):
        slides.source("dinov2-table5")


@pytest.fixture
def course(tmp_path, monkeypatch):
    (tmp_path / "lectures").mkdir()
    for name in ("01_first", "02_second"):
        (tmp_path / "lectures" / f"{name}.ipynb").write_text("{}", encoding="utf-8")
    monkeypatch.setattr(export.runtime, "course_root", lambda: tmp_path)
    return tmp_path


def test_the_command_writes_what_was_asked_for(course, monkeypatch, capsys, tmp_path):
    written = []

    def write(path, folder, **choices):
        written.append((path.stem, folder.name))
        if path.stem == "01_first":
            raise RuntimeError("a cell failed")
        (tmp_path / "out.html").write_text("x", encoding="utf-8")
        return tmp_path / "out.html"

    monkeypatch.setattr(command, "export", write)
    assert command.main(["2", "--out", "here"]) == 0 and written == [("02_second", "here")]
    assert command.main([]) == 1 and [name for name, _ in written[1:]] == ["01_first", "02_second"]
    assert "a cell failed" in capsys.readouterr().err
    assert command.main(["07"]) == 2 and "wanted one of 01_first, 02_second" in capsys.readouterr().err


def test_outside_the_course(monkeypatch, capsys):
    monkeypatch.setattr(export.runtime, "course_root", lambda: None)
    assert command.main([]) == 2 and "cloned" in capsys.readouterr().err


@pytest.mark.slow
def test_a_lecture_is_run_and_written(course, tmp_path):
    import nbformat

    small = new_notebook(cells=[
        cell("title", "# It runs", "slide"),
        cell("run", "from sslcourse import runtime\nprint('exporting', runtime.exporting(), 6 * 7)", code=True),
    ])
    path = course / "lectures" / "01_first.ipynb"
    nbformat.write(small, path)
    out = export.export(path, tmp_path / "build")
    assert out.name == "01_first.html" and "exporting True 42" in out.read_text(encoding="utf-8")
    assert "Lecture 01 · It runs" in out.read_text(encoding="utf-8")
    assert list(out.parent.iterdir()) == [out]


@pytest.mark.parametrize(("authors", "shown"), [(8, 8), (9, 7)])
def test_eight_authors_are_all_named_and_of_nine_six_and_the_last(authors, shown):
    from sslcourse.slides import papers

    people = [f"Name{letter}, {letter}." for letter in "ABCDEFGHI"[:authors]]
    text = papers.Reference("key", ", ".join(people[:-1]) + f", & {people[-1]}", 2020, "Title", "Venue").html()
    text = text.split(">", 1)[1] if text.startswith("<span") else text  # all of them stand where one points
    everybody = "ABCDEFGHI"[:authors]
    assert "".join(name for name in everybody if f"Name{name}" in text) == everybody[:shown - 1] + everybody[-1]


def test_long_lists_of_authors_are_shortened_on_the_slide_alone():
    from sslcourse.slides import papers

    few, many = papers.REFERENCES["ballard1987"], papers.REFERENCES["oquab2023"]
    assert "Synnaeve, G., Xu, H." in str(many) and "…" not in str(many)
    assert "Khalidov, V., … Bojanowski, P. (2023)" in many.html() and 'title="Oquab, M., Darcet' in many.html()
    assert "…" not in few.html() and "<span" not in few.html()
    assert not any("…" in reference.authors for reference in papers.REFERENCES.values())


def test_the_question_stands_above_what_is_said():
    notes = "**Minutes:** 2\n\n**Say:** first\n\nmore of it\n\n**Ask:** why?\n\n**Cut:** nothing"
    assert page.asked_first(notes) == "**Minutes:** 2\n\n**Ask:** why?\n\n**Say:** first\n\nmore of it\n\n**Cut:** nothing"


def test_the_speakers_clock_knows_the_minutes():
    text = page.page("A lecture", deck.slides_of(small_lecture()))
    assert 'id="title" class="title" data-timing="120"' in text and text.count(' data-timing="120"') == 1


def test_the_scoreboard_has_every_claim_its_intervals_and_its_verdict(capsys):
    from sslcourse.results.deciding import Contrast, decide
    from sslcourse.slides.scoreboard import WIDTH, forest, scoreboard_html

    low = tuple(0.001 * i for i in range(5))
    high = tuple(0.09 + value for value in low)
    ruling = decide([Contrast("kNN", "a over b", high, 0.01), Contrast("kNN", "a over c", low, 0.01, below=True),
                     Contrast("probe", "a over b", low, 0.01), Contrast("one seed", "a over b", (0.5,), 0.01)],
                    on="the ruler")
    drawn = forest(ruling)
    dots = [float(x) for x in re.findall(r'cx="([\d.]+)"', drawn)]
    assert len(dots) == len(ruling.settings) == 3 and dots[0] > WIDTH / 2 > dots[1], "one bar a setting"
    assert "a over c, kNN" in drawn and "+9.2" not in drawn and "(one seed)" in drawn
    page = scoreboard_html([(1, next(iter(results.CLAIMS.values())), ruling)])
    assert "depends on the ruler" in page and page.count("<svg") == 1
    slides.scoreboard()
    said = capsys.readouterr().out
    assert all(claim.statement in said and str(results.verdict(id)) in said for id, claim in results.CLAIMS.items())
    with pytest.raises(ValueError, match="first, last"):
        slides.scoreboard(3, 15)
