"""What several experiments ask of a model, in the words of docs/figures.md."""

from collections.abc import Callable
from typing import Any

from course_lib.contract import ConditionalModel
from course_lib.datasets import TShirts
from course_lib.scoring import score
from course_lib.scoring.evidence import gather

HELD_OUT = 1024                    # shirts, where no sample is slow
SAMPLES = 16                       # of each shirt
WORDS = {                          # a figure of a score: its name in the table
    "above_independent": "nats above independent",
    "bond": "bond of bricks over the truth's",
    "calibration_slope": "calibration slope",
    "chroma": "chroma over the truth's",
    "coherence": "coherence",
    "coverage": "coverage",
    "excess_calibration": "excess calibration error",
    "labels_kept": "labels kept",
    "labels_real": "labels kept by real pictures",
    "likelihood_gap": "bound above the truth, nats",
    "rms_to_mode": "rms to the mode (truth 0.100)",
    "spectral_distance": "distance of log spectra",
    "truth_log_prob": "truth's log p of samples, over its own, nats",
    "truth_log_prob_low": "the same of the lowest 1 %",
    "variety": "variety over the truth's",
}


def figures_of(result: Any, *names: str) -> dict[str, float]:
    """Return {words: value} of the named figures of a score; those of None are out."""
    measured = {name: getattr(result, name) for name in names}
    return {WORDS[name]: getattr(figure, "value", figure)
            for name, figure in measured.items() if figure is not None}


def scored(*names: str, **options: int) -> Callable[[Any, Any], dict[str, float]]:
    """Return what measures the named figures of `score(model, world, **options)`."""
    return lambda model, world: figures_of(score(model, world, **options), *names)


def all_modes(model: ConditionalModel, world: TShirts) -> float:
    """Return the part of the shirts whose samples reach every mode."""
    evidence = gather(model, world, 256, SAMPLES, 0, "the model")
    return (evidence.frequencies > 0).all(1).double().mean().item()
