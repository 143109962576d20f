"""The book's settings, for Sphinx. `make book` gathers the pages first: see make.py."""

import importlib.util
import os
import sys
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(ROOT)]
os.environ["MPLBACKEND"] = "agg"

# Where the course can be fetched, for instance "https://github.com/someone/course": set
# it, and each lesson has buttons that open it in Binder and in Colab.
REPOSITORY = ""
BRANCH = "main"

project = "Conditional generative models"
author = "the authors of the course"
html_title = project
language = "en"
root_doc = "index"
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.linkcode", "render"]

source_suffix = {".rst": "restructuredtext", ".ipynb": "myst-nb", ".md": "myst-nb"}
myst_enable_extensions = ["dollarmath", "amsmath"]
myst_heading_anchors = 4
nb_execution_mode = "off"
nb_merge_streams = True
highlight_language = "text"            # of the pictures and formulas in docstrings
smartquotes = False                    # a quoted name is one that can be typed

add_module_names = False
python_maximum_signature_line_length = 80
autodoc_inherit_docstrings = False
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True, "ignore-module-all": True}

html_theme = "sphinx_book_theme"
html_theme_options = {
    "use_download_button": False,
    "navbar_persistent": [],           # one search field is enough
    "show_navbar_depth": 1,
    "show_toc_level": 2,
    "navigation_with_keys": False,     # the arrow keys move sliders
}
if REPOSITORY:
    html_theme_options |= {
        "repository_url": REPOSITORY, "repository_branch": BRANCH,
        "use_repository_button": True, "path_to_docs": "",
        "launch_buttons": {"binderhub_url": "https://mybinder.org",
                           "colab_url": "https://colab.research.google.com",
                           "notebook_interface": "jupyterlab"}}
html_show_sphinx = False
html_copy_source = False
html_show_sourcelink = False
html_css_files = ["book.css"]
html_js_files = [("book.js", {"defer": "defer"})]

# Nothing is fetched when a page is opened: formulas are set by a copy of MathJax, and
# widgets need no script of Jupyter's.
mathjax = Path(importlib.util.find_spec("sphinx-mathjax-offline").origin).parent
html_static_path = [str(HERE / "static"), str(mathjax / "static/mathjax/tex-svg.js")]
html_extra_path = [str(ROOT / "build/book/extra")]
mathjax_path = "tex-svg.js"
mathjax3_config = {"options": {"enableMenu": False}}
nb_ipywidgets_js = {}


def linkcode_resolve(domain, info):
    """Return where a source is: in the repository, or as a copy beside the pages."""
    path = info["module"].replace(".", "/")
    file = f"{path}.py" if (ROOT / f"{path}.py").exists() else f"{path}/__init__.py"
    return f"{REPOSITORY}/blob/{BRANCH}/{file}" if REPOSITORY else f"../{file}.txt"
