"""Web pages of notebooks, in which every picture keeps its alt text.

nbconvert drops the metadata of a picture, and says that "no description has been
provided". It writes HTML as it is, though, and takes it before a picture:

    jupyter nbconvert --to html \\
        --HTMLExporter.preprocessors=course_lib.commands.export.with_alt_text LESSON

`make setup` writes the option into its environment, so that the first line is enough.
"""

import html


def with_alt_text(notebook, resources):
    """Return a notebook in which each picture that has alt text is HTML, too.

    nbconvert calls it with a copy of the notebook, and with what it knows besides."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    for output in outputs:
        alt = output.get("metadata", {}).get("image/png", {}).get("alt")
        if alt:
            output["data"]["text/html"] = (
                f'<img alt="{html.escape(alt)}" '
                f'src="data:image/png;base64,{output["data"]["image/png"].strip()}">')
    return notebook, resources
