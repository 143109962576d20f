"""A progress bar that also reads well in a stored notebook.

In a terminal it is tqdm's own. In a notebook tqdm's bar is a widget, which a page
that shows the notebook without a kernel cannot draw; here it is one line of text
that is updated in place, so that its last state is what is stored.
"""

import io
import sys

from tqdm.std import tqdm


class NotebookBar(tqdm):
    """tqdm's bar as one updated output of a notebook's cell."""

    def __init__(self, *args, **options):
        self.output = None
        # What tqdm writes besides the bar, a last newline, goes nowhere.
        super().__init__(*args, **options, ncols=88, file=io.StringIO())

    def display(self, msg: str | None = None, pos: int | None = None) -> None:
        """Show the bar, in place of what it showed before."""
        from IPython.display import display

        text = {"text/plain": str(self) if msg is None else msg}
        if self.output is None:
            self.output = display(text, raw=True, display_id=True)
        else:
            self.output.update(text, raw=True)


def in_notebook() -> bool:
    """Whether this Python runs behind a notebook."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return hasattr(shell, "kernel")


def progress_bar(total: int, done: int, shown: bool, unit: str = "steps",
                 delay: float = 0.0) -> tqdm:
    """Return a bar of steps, or of rows, with how many a second and the time left.

    total: how many there are; done: how many were taken before
    delay: seconds before it is shown; what is done by then shows no bar
    """
    kind = NotebookBar if shown and in_notebook() else tqdm
    return kind(total=total, initial=done, disable=not shown, unit=f" {unit}",
                mininterval=0.25, delay=delay)
