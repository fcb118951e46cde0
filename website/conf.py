"""Sphinx's settings; the pages that it reads are gathered by website.pages in build/site-pages."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import sslcourse  # noqa: E402

project, author = "sslcourse", "the sslcourse authors"
version = release = sslcourse.__version__
copyright = "2026, the sslcourse authors. Text: CC BY 4.0, code: MIT"
language = "en"

extensions = ["myst_nb", "sphinx.ext.autodoc", "website.mathematics", "website.docstrings"]
html_theme = "furo"  # light and dark, no font or script from elsewhere
html_title = "Self-supervised learning, a course"
html_static_path = [str(ROOT / "website" / "static"), str(ROOT / "sslcourse" / "widgets" / "standalone.css")]
html_css_files = ["standalone.css", "site.css"]
html_js_files = ["site.js"]
html_copy_source = False
html_show_search_summary = False  # it is fetched page by page, which no browser does from a disk
html_show_sphinx = False
pygments_style, pygments_dark_style = "a11y-high-contrast-light", "a11y-high-contrast-dark"
default_role = "code"
suppress_warnings = ["misc.highlighting_failure"]  # a sketch with “…” in it is coloured as far as it goes

# What a notebook holds is shown; nothing is executed here.
nb_execution_mode = "off"
nb_merge_streams = True
nb_output_stderr = "remove"
nb_mime_priority_overrides = [("html", "text/html", 0)]  # a panel's own page, not the widget that asks for a kernel
myst_enable_extensions = ["dollarmath"]
myst_dmath_double_inline = True  # $$ … $$ in the middle of a paragraph, as JupyterLab has it
myst_heading_anchors = 3
myst_all_links_external = False

autodoc_member_order = "bysource"
autodoc_typehints = "none"  # they stand in the signature's docstring, in words: shapes and ranges
autodoc_inherit_docstrings = False
autodoc_preserve_defaults = True
