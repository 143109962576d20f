"""The figures of the docs: every model against the truth, and what sampling costs.

    python -m course_lib benchmarks              everything, on three seeds
    python -m course_lib benchmarks --seeds 1 --only models

Steps are fixed, not seconds, so that a slow machine takes longer and shows the same.
"""

import argparse
import platform
import statistics
import time
from collections.abc import Callable, Iterator

import torch

from course_lib.commands.pages import HEAD, figures_page, write_into
from course_lib.datasets import TShirts
from course_lib.experiments import EXPERIMENTS
from course_lib.experiments.measures import HELD_OUT
from course_lib.models.pixelcnn.model import PixelModel
from course_lib.scoring import score, total_correlation

DRAWN = 64                         # images whose drawing is timed
Row = tuple[str, str, str]


def main(arguments: list[str]) -> int:
    """Measure, print a table as it grows, and put it into the docs on request."""
    parser = argparse.ArgumentParser(prog="python -m course_lib benchmarks")
    parser.add_argument("--seeds", type=int, default=3, help="of every training")
    parser.add_argument("--model", default="", metavar="WORDS",
                        help="only experiments with these words in their title, or id")
    parser.add_argument("--only", choices=["truth", "models", "sampling"])
    parser.add_argument("--docs", action="store_true",
                        help="put the table into docs/figures.md")
    chosen = parser.parse_args(arguments)
    if chosen.seeds < 1:
        parser.error(f"--seeds is {chosen.seeds}; give at least 1.")
    only = chosen.only or ("models" if chosen.model else None)
    page = figures_page() if chosen.docs else None   # said before anything is measured
    parts: dict[str, Callable[[], Iterator[Row]]] = {
        "truth": truth_rows, "models": lambda: model_rows(chosen.seeds, chosen.model),
        "sampling": sampling_rows}
    about = f"Measured on {machine()}; {chosen.seeds} seeds, mean ± std."
    print(f"{about}\n\n{HEAD}\n|---|---|---|", flush=True)
    rows = []
    for name, part in parts.items():
        if only in (None, name):
            for row in part():
                rows.append("| " + " | ".join(row) + " |")
                print(rows[-1], flush=True)
    if page:
        write_into(page, about, rows)
    return 0


def model_rows(seeds: int, chosen: str = "") -> Iterator[Row]:
    """Yield (title, figure, mean and std over the seeds) for every experiment that
    has `chosen` in its title, or as its id."""
    for experiment in EXPERIMENTS.values():
        if chosen not in experiment.title and chosen != experiment.id:
            continue
        results = []
        for seed in range(seeds):
            model, world, history = experiment.train(seed, device="cpu", progress=False)
            took = {f"seconds for {experiment.steps:,} steps": history.seconds}
            results.append(experiment.measure(model, world) | took)
        for figure in results[0]:
            yield (experiment.title, figure,
                   mean_and_std([result[figure] for result in results]))


def truth_rows() -> Iterator[Row]:
    """Yield what needs no training: the drawing, the price of independence, and its
    confetti."""
    start = time.perf_counter()
    drawn = len(TShirts().lightness("train"))
    yield f"drawing {drawn:,} shirts", "seconds", f"{time.perf_counter() - start:.2f}"
    for pattern in ("solid", "stripes"):
        world = TShirts(pattern)
        x, y = world.held_out(HELD_OUT)
        measured = (world.truth.log_prob(y, given=x)
                    - world.independent.log_prob(y, given=x)).mean().item()
        predicted = total_correlation(world, x).mean().item()
        confetti = score(world.independent, world).coherence.value
        yield (f"price of independence, {pattern}", "measured / closed form, nats",
               f"{measured:.1f} / {predicted:.1f} = {measured / predicted:.4f}")
        yield f"independent samples, {pattern}", "coherence", f"{confetti:.4f}"


def sampling_rows() -> Iterator[Row]:
    """Yield what samples cost, naively and with a cache, for every experiment that
    draws one pixel after the other; untrained, since that does not change the cost."""
    for experiment in EXPERIMENTS.values():
        model = experiment.build()
        if not isinstance(model, PixelModel):
            continue
        x, y = experiment.world().held_out(DRAWN)
        seconds = {}
        for method in ("naive", "cached"):
            start = time.perf_counter()
            model.sample(given=x, batch=None if x is not None else len(y), seed=0,
                         method=method)
            seconds[method] = time.perf_counter() - start
        naive, cached = seconds.values()
        yield (experiment.title, f"s for {DRAWN} images, naive / cached",
               f"{naive:.3g} / {cached:.3g} = {naive / cached:.0f}")


def mean_and_std(values: list[float]) -> str:
    """Return the mean, and the standard deviation where there are several values."""
    mean = statistics.fmean(values)
    if len(values) == 1:
        return f"{mean:.3g}"
    return f"{mean:.3g} ± {statistics.stdev(values):.1g}"


def machine() -> str:
    """Return what was measured on, and when."""
    return (f"{time.strftime('%Y-%m-%d')}, {platform.system()} {platform.machine()}, "
            f"{torch.get_num_threads()} threads, Python {platform.python_version()}, "
            f"torch {torch.__version__}")
