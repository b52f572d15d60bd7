"""Sphinx's settings. `make docs` builds the site; sources.py has put the pages together."""

import importlib.metadata
from pathlib import Path

project = "leakyc"
release = importlib.metadata.version("leakyc")
copyright = "The leakyc developers"

extensions = ["myst_parser", "numpydoc", "sphinx.ext.autodoc", "sphinx.ext.autosummary"]
myst_heading_anchors = 4
autosummary_generate = True
numpydoc_show_class_members = False

# What each exception is for:
#   ES01  most functions are told in one sentence
#   EX01  a module is no function: its examples are theirs
#   GL08  what has no docstring is private, and not on the site
#   SA01  a See Also that says nothing is none
#   YD01  `threads` is a context manager, which numpydoc takes for a generator
numpydoc_validation_checks = {"all", "ES01", "EX01", "GL08", "SA01", "YD01"}

html_theme = "pydata_sphinx_theme"
html_title = "leakyc"
html_show_sourcelink = False
html_static_path = ["site.css"]
html_css_files = ["site.css"]
# Only the API has pages below it: elsewhere the bar at the left would be empty.
html_sidebars = {page.stem: [] for page in Path(__file__).parent.glob("*.md") if page.stem != "api"}
html_theme_options = {
    "header_links_before_dropdown": 5,
    "navbar_align": "left",
    "navbar_end": ["theme-switcher"],
    "secondary_sidebar_items": {"**": ["page-toc"]},
    "show_toc_level": 1,
    "footer_start": ["copyright"],
    "footer_end": [],
}
