"""What an image of a PixelCNN costs: naively, and with a cache. Lesson 06.

Called by `python -m course_lib benchmarks --only sampling`.
"""

import time
from collections.abc import Callable, Iterator
from functools import partial

import torch

from course_lib.models.pixel_model import PixelModel
from course_lib.models.pixelcnn import GatedPixelCNN, PixelCNN
from course_lib.networks.cost import multiply_adds
from course_lib.quantization import Quantizer

IMAGES, LEVELS, WIDTH, LAYERS = 64, 8, 32, 6
SIZES = (8, 16, 32)
STEP_SIZE = 16                     # of the images of a training step
KINDS = {"PixelCNN": PixelCNN, "Gated PixelCNN": GatedPixelCNN}

Row = tuple[str, str, str]


def sampling_rows() -> Iterator[Row]:
    """Yield what samples and training steps cost, for both models."""
    for name, kind in KINDS.items():
        for size in SIZES:
            yield drawing_row(name, build(kind, size))
        model = build(kind, STEP_SIZE)
        bins = torch.randint(LEVELS, (1, 1, STEP_SIZE, STEP_SIZE))
        one_image = multiply_adds(partial(model.sample, batch=1))
        one_pass = multiply_adds(partial(model, bins))
        yield (name, "multiply-adds of a cached image / of one pass",
               f"{one_image / 1e6:.1f} M / {one_pass / 1e6:.1f} M = "
               f"{one_image / one_pass:.3f}")
        parameters = sum(p.numel() for p in model.parameters())
        yield (f"{name}, width {WIDTH}, {LAYERS} layers, {parameters:,} parameters",
               f"s, a training step with {IMAGES} images of {STEP_SIZE} x {STEP_SIZE}",
               f"{training_step(model):.3f}")


def build(kind: type[PixelModel], size: int) -> PixelModel:
    """Return an untrained model: what it costs does not depend on what it knows."""
    return kind(Quantizer(levels=LEVELS), size, width=WIDTH, layers=LAYERS)


@torch.no_grad()
def drawing_row(name: str, model: PixelModel) -> Row:
    """Return the seconds of both ways to draw, and how often one holds the other.

    Naive sampling runs the network for every value, at the same price each time: one
    run is timed, which leaves out the drawing itself."""
    size, model = model.height, model.eval()
    bins = torch.randint(LEVELS, (IMAGES, 1, size, size))
    naive = size ** 2 * best_of(8, partial(model, bins))
    cached = best_of(5, partial(model.sample, n=IMAGES, batch=1, seed=0))
    return (f"{name}, {IMAGES} images of {size} x {size}",
            f"s, naive ({size} x {size} passes) / cached",
            f"{naive:.3g} / {cached:.3g} = {naive / cached:.0f}")


def training_step(model: PixelModel) -> float:
    """Return the seconds of a step of Adam."""
    optimizer = torch.optim.Adam(model.train().parameters())
    y = torch.rand(IMAGES, 1, model.height, model.width)

    def step() -> None:
        optimizer.zero_grad()
        model.loss(y).backward()
        optimizer.step()

    return best_of(5, step)


def best_of(times: int, work: Callable[[], object]) -> float:
    """Return the seconds of the quickest of several runs, after one that is not
    counted: what else the machine does can only make a run slower."""
    work()
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return min(seconds)
