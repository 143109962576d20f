"""The figure of the scoreboard: every model, three figures, three worlds. Lesson 11."""

from matplotlib.axes import Axes

from course_lib.teaching.figures.alt_text import describe
from course_lib.teaching.figures.style import LOOKS, SPARE, start

PANELS = {                         # column: (heading, what is right)
    "coherence": ("coherence", 1.0),
    "excess_calibration": ("excess calibration error", 0.0),
    "chroma": ("chroma", 1.0)}
NAMES = {"solid": "solid shirts", "stripes": "striped shirts", "real": "real shirts"}
MARKED = {"solid": LOOKS["model"], "stripes": SPARE[1], "real": SPARE[3]}


def show_scoreboard(rows: list[dict[str, str]]) -> Axes:
    """Show the table that `scoreboard.make` returns, with two standard errors.

    rows: {column: text}, with "world", "model" and the columns of each panel
    """
    if not rows:
        raise ValueError("rows holds nothing; make the scoreboard first, with "
                         "scoreboard.make(...).")
    first = {row["model"]: row for row in reversed(rows)}     # of the first world
    models = list(dict.fromkeys(row["model"] for row in rows))
    axes = start(0.9 + 0.27 * len(models), columns=len(PANELS), sharey=True)
    for ax, (column, (heading, right)) in zip(axes, PANELS.items()):
        ax.axvline(right, color=LOOKS["truth"].dark, linewidth=1, zorder=0)
        for above, (world, look) in zip((-0.22, 0, 0.22), MARKED.items()):
            shown = [row for row in rows if row["world"] == world and row[column]]
            if not shown:
                continue
            errors = [2 * float(row.get(f"{column}_error") or 0) for row in shown]
            ax.errorbar([float(row[column]) for row in shown],
                        [models.index(row["model"]) + above for row in shown],
                        xerr=errors, fmt=look.marker, color=look.dark, markersize=4.5,
                        linewidth=1, label=NAMES[world])
        ax.set_title(heading, fontsize=10)
        ax.tick_params(axis="x", labelsize=8.5)
    axes[0].set_yticks(range(len(models)), models)
    axes[0].invert_yaxis()
    axes[0].figure.legend(*axes[0].get_legend_handles_labels(), ncols=len(MARKED),
                          loc="outside lower center")
    said = [f"{model} {float(first[model]['coherence']):.2f}" for model in models]
    return describe(axes[0], (
        f"Coherence, excess calibration error and chroma of {len(models)} models, with "
        f"a line at what is right. Coherence, in the first world: {', '.join(said)}."))
