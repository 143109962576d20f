"""What Sphinx is to do otherwise: alt text, answers behind a click, our docstrings."""

import re

from docutils import nodes
from myst_nb.core.render import NbElementRenderer

ARGUMENT = re.compile(r"(\*{0,2}\w+(?:, \*{0,2}\w+)*):\s+(.*)")


def keep_alt_text() -> None:
    """Let pictures have the alt text that a notebook stores beside them."""
    plain = NbElementRenderer.render_image

    def render_image(self, data):
        images = plain(self, data)
        images[0]["alt"] = data.output_metadata.get(data.mime_type, {}).get("alt", "")
        return images

    NbElementRenderer.render_image = render_image


def fold_answers(app, doctree) -> None:
    """Put what follows an exercise's question behind a click, among the solutions."""
    if not app.env.docname.startswith("notebooks/solutions/"):
        return
    for section in doctree.findall(nodes.section):
        shown = 2 if len(section) > 2 and isinstance(section[1], nodes.paragraph) else 0
        if re.match(r"\d\d\.\d", section[0].astext()) and shown:
            section.insert(shown, nodes.raw(
                "", '<details class="answer"><summary>Show the solution</summary>',
                format="html"))
            section.append(nodes.raw("", "</details>", format="html"))


def escaped(text: str) -> str:
    """Return reStructuredText where `names` are code and no other sign is markup."""
    parts = re.split(r"`([^`]+)`", text)
    for i, part in enumerate(parts):
        if i % 2:                      # a sign must part code from a letter beside it
            before = r"\ " if parts[i - 1][-1:].isalnum() else ""
            after = r"\ " if parts[i + 1][:1].isalnum() else ""
            parts[i] = f"{before}``{part}``{after}"
        else:
            parts[i] = re.sub(r"([\\*|_`])", r"\\\1", part)
    return "".join(parts)


def docstring(app, what, name, thing, options, lines: list[str]) -> None:
    """Turn a docstring, written to be read with help(), into reStructuredText.

    An indented block is a picture or a formula and stays as it is; `name: meaning`
    begins an item, which lasts to the next line that is not indented."""
    blocks = re.split(r"\n(?:[ \t]*\n)+", "\n".join(lines).strip("\n"))
    lines[:] = [line for block in blocks for line in (*restructured(block), "")]


def restructured(block: str) -> list[str]:
    """Return the lines of one block of a docstring as reStructuredText."""
    rows = block.split("\n")
    if all(row.startswith("  ") for row in rows):
        return ["::", "", *(f"    {row}" for row in rows)]
    out, item = [], False
    for row in rows:
        if argument := ARGUMENT.fullmatch(row):
            item = True
            out += ["", f"``{argument[1]}``", f"    {escaped(argument[2])}"]
        elif item and row.startswith(" "):
            out.append(f"    {escaped(row.strip())}")
        else:
            out += [""] * item + [escaped(row.strip())]
            item = False
    return out


def setup(app):
    keep_alt_text()
    app.connect("doctree-read", fold_answers)
    app.connect("autodoc-process-docstring", docstring)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
