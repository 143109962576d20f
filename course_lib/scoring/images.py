"""Figures about images whose true law nobody knows: bits, and what a classifier sees.

    mean_bits_per_dim(model, world)             exact, over the whole held-out split
    classifier = Classifier(Digits())
    classifier.accuracy_on(samples, classes)    the part of samples that look their part
    classifier.accuracy                         the same of real held-out images

Lessons 06 and 07.
"""

import math
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from course_lib.checks import check_choice, check_finite, check_type, describe
from course_lib.contract import ConditionalModel, LikelihoodModel, evaluating
from course_lib.datasets.base import SPLITS
from course_lib.datasets.digits import Digits
from course_lib.datasets.indexed import IndexedWorld
from course_lib.scoring.estimate import Estimate, mean_of
from course_lib.scoring.evidence import log_prob_of

AT_ONCE = 256                      # images whose log-probability is computed in one go


def mean_bits_per_dim(model: ConditionalModel, world: IndexedWorld,
                      split: str = "test") -> Estimate:
    """Return the mean of -log₂ p(y | x) over all images of a split, for each number.

        1 / D · mean of -log₂ p(y | x),   D = channels · height · width

    world: one whose pairs are numbered, such as Digits(), or `adapted` from one; what
           is given may be None
    split: "test", or "train" to see how much is learned by heart
    The error is that of another set of images. The model is left as it was. Raises
    TypeError or ValueError, in a sentence, for anything else.
    """
    check_choice("split", split, SPLITS)
    if not isinstance(model, LikelihoodModel):
        raise TypeError(f"{type(model).__name__} has no log_prob; bits are counted for "
                        f"models whose density is exact.")
    check_type("world", world, IndexedWorld, "one whose pairs are numbered, for "
               "instance Digits()")
    name = type(model).__name__
    parts = torch.arange(world.count(split)).split(AT_ONCE)
    with evaluating(model):
        nats = [-log_prob_of(model, y, x, name)
                for x, y in (world.at(index, split) for index in parts)]
    nats = check_finite(f"log_prob of {name}", torch.cat(nats))
    return mean_of(nats / math.log(2) / math.prod(world.y_shape))


class Classifier:
    """A classifier that has nothing to do with the model: does a sample show its class?

    A support vector machine with a Gaussian kernel (scikit-learn), on pixels, trained
    on the train split: right on about 99 of 100 held-out digits, in a second.
    """

    def __init__(self, world: Digits):
        from sklearn.svm import SVC

        self.world = check_type("world", world, Digits, "Digits()")
        images, _ = self._pixels(world.images("train"))
        self.machine = SVC(C=10.0, gamma="scale").fit(images,
                                                      world.labels("train").numpy())

    def classes(self, images: Tensor) -> Tensor:
        """Return the class of each image, (...) of int64, of (..., 1, size, size)."""
        pixels, leading = self._pixels(images)
        return torch.from_numpy(self.machine.predict(pixels)).view(leading)

    def accuracy_on(self, samples: Tensor, classes: Tensor) -> Estimate:
        """Return the part of the samples that are taken for the class they should show.

        samples: (..., batch, 1, size, size), for instance what model.sample returned
        classes: (batch,) numbers of classes, or (batch, classes) one-hot, as x is
        """
        if classes.ndim == 2:
            classes = classes.argmax(1)
        seen = self.classes(samples)
        if classes.ndim != 1 or seen.shape[-1:] != classes.shape:
            raise ValueError(f"samples is {describe(samples)} and classes is "
                             f"{describe(classes)}; give one class for each of the "
                             f"batch, samples (n, batch, 1, size, size).")
        return mean_of((seen == classes.cpu()).double().flatten())

    @cached_property
    def accuracy(self) -> Estimate:
        """The part of real held-out images that are taken for their class: what a
        perfect model would reach, up to the error."""
        return self.accuracy_on(self.world.images("test"), self.world.labels("test"))

    def _pixels(self, images: Tensor) -> tuple[np.ndarray, torch.Size]:
        """Return images as rows of pixels, an array, and their leading dimensions."""
        wanted = tuple(self.world.y_shape)
        if not isinstance(images, Tensor) or tuple(images.shape[-3:]) != wanted:
            raise ValueError(f"images is {describe(images)}; give (..., "
                             f"{', '.join(map(str, wanted))}), in the units of "
                             f"{self.world!r}.")
        check_finite("images", images)
        return (images.detach().cpu().float().reshape(-1, math.prod(wanted)).numpy(),
                images.shape[:-3])
