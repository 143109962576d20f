"""What every score has, whatever its world: costs, a row of a table, a form in text."""

from dataclasses import dataclass
from typing import Any, ClassVar

from course_lib.checks import check_choice
from course_lib.scoring.estimate import Estimate

EXACT = "exact"                    # what a likelihood is called that is no bound
COSTS = {"sampling_seconds": "s for 64", "parameters": "parameters", "steps": "steps",
         "training_seconds": "training s"}


@dataclass(frozen=True, repr=False, kw_only=True)
class BaseScore:
    """What was scored, how, and at what cost; the figures are a subclass's.

    name:             of the model
    likelihood:       "exact", or which bound stands for it; None for a mere sampler
    sampling_seconds: for one sample of each of 64 examples, on the model's device
    parameters, steps, training_seconds: counts; the latter two from the history
    examples, samples, seed: how many x were held out, and how many y drawn for each

    COLUMNS: figure -> its heading in a table
    BOUNDED: the figures that a bound of the likelihood only bounds from above
    COUNTED: how text calls the examples
    """

    COLUMNS: ClassVar[dict[str, str]] = COSTS
    BOUNDED: ClassVar[tuple[str, ...]] = ("likelihood_gap",)
    COUNTED: ClassVar[str] = "examples"

    name: str
    likelihood: str | None
    sampling_seconds: Estimate
    parameters: int
    steps: int | None
    training_seconds: float | None
    examples: int
    samples: int
    seed: int

    @property
    def is_bound(self) -> bool:
        """Whether the gap is only known to be at most its value."""
        return self.likelihood not in (None, EXACT)

    def row(self, columns: list[str] | None = None) -> dict[str, Any]:
        """Return {heading: value} for a table, of all columns or of those named.

        A gap that comes from a bound stands under a heading of its own."""
        names = list(self.COLUMNS) if columns is None else columns
        return {self.heading(name): getattr(self, name) for name in names}

    def heading(self, name: str) -> str:
        """Return what a table calls a figure; raises in a sentence for none of ours."""
        heading = self.COLUMNS[check_choice("columns", name, self.COLUMNS)]
        bounded = self.is_bound and name in self.BOUNDED
        return f"{heading}, at most" if bounded else heading

    def __repr__(self) -> str:
        row = {heading: value for heading, value in self.row().items()
               if value is not None}
        width = max(map(len, row))
        lines = [f"  {heading.ljust(width)}  {in_text(value)}"
                 for heading, value in row.items()]
        counted = f"{self.examples} {self.COUNTED}, {self.samples} samples each"
        return "\n".join([f"{self.name}: {counted}", *lines])


def in_text(value: Any) -> str:
    """Return a figure in few digits."""
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
