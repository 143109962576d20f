"""What an image of a PixelCNN costs: naively, with a cache, and elsewhere.

Called by `python -m course_lib benchmarks --only sampling`. Lesson 06.
"""

import os
import time
from collections.abc import Callable, Iterator

import torch

from course_lib.models.pixelcnn import GatedPixelCNN, PixelCNN
from course_lib.networks.cost import multiply_adds
from course_lib.quantization import Quantizer

IMAGES, LEVELS, WIDTH, LAYERS = 64, 8, 32, 6
SIZES = (8, 16, 32)
STEP_SIZE = 16                     # of the images of a training step
KINDS = {"PixelCNN": PixelCNN, "Gated PixelCNN": GatedPixelCNN}
PEER = "tensorflow-probability's PixelCNN++"

Row = tuple[str, str, str]


def sampling_rows() -> Iterator[Row]:
    """Yield what samples and training steps cost, for both models and for a peer."""
    for name, kind in KINDS.items():
        for size in SIZES:
            yield from drawing_rows(name, build(kind, size))
        model = build(kind, STEP_SIZE)
        bins = torch.randint(LEVELS, (1, 1, STEP_SIZE, STEP_SIZE))
        one_image = multiply_adds(lambda model=model: model.sample(batch=1))
        one_pass = multiply_adds(lambda model=model, bins=bins: model.logits(bins))
        yield (name, "multiply-adds of a cached image / of one pass",
               f"{one_image / 1e6:.1f} M / {one_pass / 1e6:.1f} M = "
               f"{one_image / one_pass:.3f}")
        yield (f"{name}, {described(model)}",
               f"s, a training step with {IMAGES} images of {STEP_SIZE} x {STEP_SIZE}",
               f"{training_step(model):.3f}")
    yield from peer_rows()


def build(kind: type, size: int):
    """Return an untrained model: what it costs does not depend on what it knows."""
    return kind(Quantizer(levels=LEVELS), size, width=WIDTH, layers=LAYERS)


def described(model) -> str:
    """Return the size of a model in words."""
    return (f"width {WIDTH}, {LAYERS} layers, "
            f"{sum(p.numel() for p in model.parameters()):,} parameters")


@torch.no_grad()
def drawing_rows(name: str, model) -> Iterator[Row]:
    """Yield the seconds of both ways to draw, and how often one holds the other.

    Naive sampling runs the network for every value, at the same price each time: one
    run is timed, which leaves out the drawing itself."""
    size, model = model.height, model.eval()
    bins = torch.randint(LEVELS, (IMAGES, 1, size, size))
    naive = size ** 2 * best_of(8, lambda: model.logits(bins))
    cached = best_of(5, lambda: model.sample(n=IMAGES, batch=1, seed=0))
    yield (f"{name}, {IMAGES} images of {size} x {size}",
           f"s, naive ({size} x {size} passes) / cached",
           f"{naive:.3g} / {cached:.3g} = {naive / cached:.0f}")


def training_step(model) -> float:
    """Return the seconds of a step of Adam."""
    optimizer = torch.optim.Adam(model.train().parameters())
    y = torch.rand(IMAGES, 1, model.height, model.width)

    def step():
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


def peer_rows() -> Iterator[Row]:
    """Yield the same for the PixelCNN++ of tensorflow-probability where it is there,
    with tensorflow and tf_keras, and what was left out. It is no dependency."""
    yield ("pytorch-generative's Gated PixelCNN", "a training step, a sample",
           "left to others: it cannot be installed by pip")
    try:
        os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")      # what it is written for
        import tensorflow
        import tensorflow_probability
        import tf_keras
    except ImportError as error:
        yield PEER, "a training step, a sample", f"left out: {error}"
        return
    size, threads = STEP_SIZE, torch.get_num_threads()
    tensorflow.config.threading.set_intra_op_parallelism_threads(threads)
    tensorflow.config.threading.set_inter_op_parallelism_threads(threads)
    # One convolution, and two in each of two blocks: five deep, where ours are seven;
    # the next larger one is nine deep.
    peer = tensorflow_probability.distributions.PixelCNN(
        (size, size, 1), num_resnet=1, num_hierarchies=1, num_filters=WIDTH,
        num_logistic_mix=5, dropout_p=0.0, high=LEVELS - 1)
    image = tf_keras.layers.Input(shape=(size, size, 1))
    model = tf_keras.Model(image, peer.log_prob(image))
    model.add_loss(-tensorflow.reduce_mean(model.output))
    model.compile(optimizer=tf_keras.optimizers.Adam())
    y = tensorflow.random.uniform((IMAGES, size, size, 1), 0, LEVELS - 1)
    weights = sum(int(tensorflow.size(v)) for v in model.trainable_variables)
    name = f"{PEER}, width {WIDTH}, 5 deep, {weights:,} parameters"
    step = best_of(5, lambda: model.train_on_batch(y))
    yield (name, f"s, a training step with {IMAGES} images of {size} x {size}",
           f"{step:.3f}")
    yield (f"{PEER}, {IMAGES} images of {size} x {size}", "s, its own way to draw",
           f"{best_of(1, lambda: peer.sample(IMAGES)):.3g}")
