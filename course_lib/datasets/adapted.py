"""Other tasks from the same images: a world of (x, image), seen in another way.

    Unconditional(world)        nothing             -> the image
    Prefixed(world, rows)       its first rows      -> the other rows
    Reconstructed(world)        the image           -> the same image
    Embedded(world, embed)      features of it      -> the image
    Named(world)                its class in words  -> the image

Lessons 07 and 08.
"""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn

from course_lib.checks import check_integer, describe
from course_lib.contract import Given, device_of
from course_lib.datasets.indexed import IndexedWorld
from course_lib.datasets.vocabulary import Vocabulary


class Adapted(IndexedWorld):
    """A world made of another one's pairs; a subclass says how, in `adapt`.

    world: one whose y are images, (batch, channels, height, width), and whose held-out
           pairs are numbered: Digits, FashionMNIST, BlindSpot, Spots
    given_shape, y_shape: of one example here; of y that of `world` unless told

    The splits, the seeds and the order of the pairs are those of `world`, which stays
    at hand in the attribute `world`.
    """

    def __init__(self, world: IndexedWorld, given_shape: tuple | None = None,
                 y_shape: tuple | None = None):
        self.y_shape = image_shape(world) if y_shape is None else y_shape
        self.world, self.given_shape = world, given_shape
        for name in ("class_names", "levels", "size", "seed"):
            if hasattr(world, name):
                setattr(self, name, getattr(world, name))

    def adapt(self, x: Given, y: Tensor) -> tuple[Given, Tensor]:
        """Return what is given and what is predicted here, for a pair of `world`."""
        raise NotImplementedError(f"{type(self).__name__} does not say how to adapt.")

    def batch(self, n: int, split: str = "train",
              seed: int | None = None) -> tuple[Given, Tensor]:
        """Return n pairs x, y of the split, as `world` draws them."""
        return self.adapt(*self.world.batch(n, split=split, seed=seed))

    def count(self, split: str) -> int:
        return self.world.count(split)

    def at(self, index: Tensor, split: str = "train") -> tuple[Given, Tensor]:
        return self.adapt(*self.world.at(index, split))

    def labels(self, split: str = "train") -> Tensor:
        """Return the class of every image of the split, (count,), int64."""
        return self.world.labels(split)

    def rgb(self, x: Given, y: Tensor) -> np.ndarray:
        """Return pictures (..., height, width, 3) in [0, 1] of the images y."""
        return self.world.rgb(None, y)


def image_shape(world: IndexedWorld) -> tuple[int, int, int]:
    """Return the shape of one y; raises a sentence for a world of something else."""
    if not isinstance(world, IndexedWorld) or len(world.y_shape) != 3:
        raise TypeError(f"world is {describe(world)}; give a world of images whose "
                        f"held-out pairs are numbered, for instance Digits().")
    return world.y_shape


class Unconditional(Adapted):
    """The images alone: x is None."""

    def __init__(self, world: IndexedWorld):
        super().__init__(world)

    def adapt(self, x: Given, y: Tensor) -> tuple[None, Tensor]:
        return None, y


class Reconstructed(Adapted):
    """The image itself is given, and asked for again: the task of an autoencoder."""

    def __init__(self, world: IndexedWorld):
        super().__init__(world, given_shape=image_shape(world))

    def adapt(self, x: Given, y: Tensor) -> tuple[Tensor, Tensor]:
        return y, y


class Prefixed(Adapted):
    """The first rows of an image are given, and the other rows are asked for.

    rows: how many are given, from 0 to height - 1

    x is a dict: "prefix", (batch, channels, rows, width); y is the rest, (batch,
    channels, height - rows, width). In raster order the prefix
    is what has been drawn already.
    """

    def __init__(self, world: IndexedWorld, rows: int):
        channels, height, width = image_shape(world)
        self.rows = check_integer("rows", rows, 0, height - 1)
        super().__init__(world, y_shape=(channels, height - self.rows, width))

    def adapt(self, x: Given, y: Tensor) -> tuple[dict[str, Tensor], Tensor]:
        return {"prefix": y[..., :self.rows, :]}, y[..., self.rows:, :]

    def whole(self, x: dict[str, Tensor], y: Tensor) -> Tensor:
        """Return the whole images, (..., channels, height, width): the prefix above y.

        y: (..., batch, channels, height - rows, width), so that n samples fit as well
        """
        prefix = x["prefix"].to(y).expand(*y.shape[:-2], -1, -1)
        return torch.cat([prefix, y], -2)

    def rgb(self, x: dict[str, Tensor], y: Tensor) -> np.ndarray:
        """Return pictures (..., height, width, 3) in [0, 1] of the whole images."""
        return self.world.rgb(None, self.whole(x, y))


class Embedded(Adapted):
    """A few numbers that a network says of an image are given, and the image is asked
    for: with many images of one embedding, new variants of it (the portraits of van den
    Oord et al., Conditional image generation with PixelCNN decoders, 2016).

    embed: images (batch, channels, height, width) -> (batch, features), a network that
           was trained before; no gradient goes through it
    """

    def __init__(self, world: IndexedWorld, embed: Callable[[Tensor], Tensor]):
        image_shape(world)
        self.embed = embed.eval() if isinstance(embed, nn.Module) else embed
        x, _ = self.adapt(*world.batch(1, seed=0))
        if not isinstance(x, Tensor) or x.ndim != 2:
            raise ValueError(f"embed makes {describe(x)} of one image; give a network "
                             f"that makes (batch, features) of images.")
        super().__init__(world, given_shape=tuple(x.shape[1:]))

    @torch.no_grad()
    def adapt(self, x: Given, y: Tensor) -> tuple[Tensor, Tensor]:
        if not isinstance(self.embed, nn.Module):
            return self.embed(y), y
        return self.embed(y.to(device_of(self.embed))).to(y.device), y


class Named(Adapted):
    """The name of its class is given, as a caption, and the image is asked for.

    world: one of classes, Digits or FashionMNIST

    What is given is {"caption": tokens}, (batch, words of the longest name), int64,
    see `Vocabulary`. Lesson 08.
    """

    def __init__(self, world: IndexedWorld):
        super().__init__(world)
        if not hasattr(world, "class_names"):
            raise TypeError(f"world is {describe(world)}; give a world of classes, "
                            f"Digits() or FashionMNIST().")
        names = [str(name).lower().split() for name in world.class_names]
        self.vocabulary = Vocabulary(sorted({word for name in names for word in name}),
                                     max(map(len, names)))
        self.words = self.vocabulary.words
        self._captions = self.tokens([" ".join(name) for name in names])

    def tokens(self, sentences: str | list[str]) -> Tensor:
        """Return the captions of sentences; raises a sentence for unknown words."""
        return self.vocabulary.tokens(sentences)

    def sentences(self, tokens: Tensor) -> list[str]:
        """Return captions as text."""
        return self.vocabulary.sentences(tokens)

    def adapt(self, x: Tensor, y: Tensor) -> tuple[dict[str, Tensor], Tensor]:
        return {"caption": self._captions[x.argmax(1)]}, y
