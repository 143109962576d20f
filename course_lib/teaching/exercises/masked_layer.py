"""The exercise of lesson 06 on a masked layer of pixels of several values."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import conv2d

from course_lib.networks.masked import causal_mask
from course_lib.teaching.exercises.core import Case, Exercise


def seen(weight: Tensor, kind: str) -> Tensor:
    """Return the right mask of a weight."""
    channels, kernel = weight.shape[0], weight.shape[-1]
    return causal_mask(kind, kernel, channels, channels, channels)


def windowed(change: Callable[[Tensor, int, str], Tensor]) -> Callable[..., Tensor]:
    """Return a layer whose mask `change` makes of the right one, its half and kind."""
    def layer(image: Tensor, weight: Tensor, bias: Tensor, kind: str) -> Tensor:
        half = weight.shape[-1] // 2
        mask = change(seen(weight, kind), half, kind)
        return conv2d(image, weight * mask, bias, padding=half)
    return layer


masked = windowed(lambda mask, half, kind: mask)


def middles(first: Callable[[Tensor], Tensor], later: Callable[[Tensor], Tensor]
            ) -> Callable[..., Tensor]:
    """Return a layer with other middles of kinds A and B, made of a matrix of ones."""
    def change(mask: Tensor, half: int, kind: str) -> Tensor:
        ones = torch.ones(mask.shape[:2])
        mask[:, :, half, half] = first(ones) if kind == "A" else later(ones)
        return mask
    return windowed(change)


def before(ones: Tensor) -> Tensor:
    return ones.tril(-1)


def itself(ones: Tensor) -> Tensor:
    return torch.eye(len(ones))


def whole_row(mask: Tensor, half: int, kind: str) -> Tensor:
    mask[:, :, half, half + 1:] = 1
    return mask


def nothing_left(mask: Tensor, half: int, kind: str) -> Tensor:
    mask[:, :, half, :half] = 0
    return mask


def nothing_right(mask: Tensor, half: int, kind: str) -> Tensor:
    mask[:, :, :half, half + 1:] = 0
    return mask


def nothing_above(mask: Tensor, half: int, kind: str) -> Tensor:
    mask[:, :, :half] = 0
    return mask


def nothing_left_or_above_right(mask: Tensor, half: int, kind: str) -> Tensor:
    return nothing_left(nothing_right(mask, half, kind), half, kind)


def one_row_above(mask: Tensor, half: int, kind: str) -> Tensor:
    mask[:, :, :half - 1] = 0
    return mask


def middle_at_one(mask: Tensor, half: int, kind: str) -> Tensor:
    middle = mask[:, :, half, half].clone()
    mask[:, :, 1:] = 0
    mask[:, :, 1, :1], mask[:, :, 1, 1] = 1, middle
    return mask


def ordered_everywhere(mask: Tensor, half: int, kind: str) -> Tensor:
    return mask * mask[:, :, half, half][:, :, None, None]


def up_to_itself_everywhere(mask: Tensor, half: int, kind: str) -> Tensor:
    return mask * torch.ones(mask.shape[:2]).tril()[:, :, None, None]


def triangle(mask: Tensor, half: int, kind: str) -> Tensor:
    return torch.ones_like(mask).tril(-1 if kind == "A" else 0)


def layer_case(kind: str, channels: int, kernel: int) -> Case:
    draw = torch.Generator().manual_seed(channels * kernel)
    weight = torch.randn(channels, channels, kernel, kernel, generator=draw)
    image = torch.randn(2, channels, kernel + 2, kernel + 1, generator=draw)
    return Case(image, weight, torch.randn(channels, generator=draw), kind)


LAYER_CASES = [layer_case("A", 3, 3), layer_case("B", 3, 3), layer_case("A", 1, 3),
               layer_case("B", 2, 5)]
NONE_BEFORE = ("{} no value sees another of its pixel. The second may see the first, "
               "which is drawn by then.")
AFTER_IT = ("In the middle a value sees those of its pixel that are drawn after it. It "
            "may see those before it and, with B, itself.")
THREE_ALONE = ("This is right for windows of 3 x 3 alone. In a larger one the middle "
               "is at k // 2, all rows above may be seen, and the padding is k // 2.")
MIDDLES = [
    (before, before,
     "You use mask A for both kinds. With B a value also sees its own features, as "
     "they come from a layer that has hidden the value itself."),
    (torch.tril, torch.tril,
     "You use mask B for both kinds. With A, in the first layer, a value must not see "
     "itself."),
    (torch.tril, before,
     "The kinds are exchanged: A is the first layer's, and must hide the value "
     "itself."),
    (lambda ones: ones.triu(1), torch.triu,
     "Rows and columns are exchanged in the middle. The first dimension of a weight is "
     "the value that looks; here the first value looks at those drawn after it."),
    (torch.tril, lambda ones: ones.tril(1),
     "Every value sees one too many: itself with A, the next one with B. Move both "
     "diagonals of the middle by one."),
    (torch.zeros_like, torch.clone,
     "In the middle all values of the pixel are treated alike. Each may see those "
     "that are drawn before it in the same pixel, and no later ones."),
    (torch.zeros_like, itself, NONE_BEFORE.format("Here")),
    (torch.zeros_like, torch.zeros_like, NONE_BEFORE.format("Here")),
    (torch.zeros_like, torch.tril, NONE_BEFORE.format("With A")),
    (before, itself, NONE_BEFORE.format("With B")),
    (before, torch.clone, AFTER_IT), (torch.clone, torch.clone, AFTER_IT),
    (lambda ones: 1 - itself(ones), torch.clone, AFTER_IT),
]
LAYER_MISTAKES = [
    *((middles(first, later), says) for first, later, says in MIDDLES),
    *((windowed(change),
       "The order of the values counts in the middle alone. Of earlier pixels every "
       "value is known, so each may see all.")
      for change in (ordered_everywhere, up_to_itself_everywhere)),
    (windowed(nothing_left),
     "The pixels on the left, in the same row, are earlier, and may be seen."),
    (windowed(nothing_right),
     "The rows above are earlier in their whole width, also on the right."),
    (windowed(whole_row),
     "The weights on the right of the middle, in its row, look at what is drawn "
     "later."),
    (windowed(lambda mask, half, kind: mask.transpose(2, 3)),
     "The window lies on its side: images have the shape (batch, channels, rows, "
     "columns), and the rows above are free."),
    (windowed(lambda mask, half, kind: mask.flip(2, 3)),
     "Your mask lets through what is below and on the right, which is drawn later."),
    (windowed(triangle),
     "You made a triangle of the window. The triangle is between the values, in the "
     "middle of the window; of the window the rows above and the left are free."),
    (windowed(one_row_above), THREE_ALONE), (windowed(middle_at_one), THREE_ALONE),
    (lambda image, weight, bias, kind: cut(masked(image, weight, bias, kind),
                                           weight.shape[-1] // 2 - 1), THREE_ALONE),
    (windowed(lambda mask, half, kind: torch.ones_like(mask)),
     "No weight is hidden: multiply the weights by a mask of 0 and 1."),
    (lambda image, weight, bias, kind: masked(image, weight, 0 * bias, kind),
     "The bias is missing."),
    (windowed(nothing_above),
     "The rows above the middle are earlier, and may be seen."),
    *((windowed(change), "Your mask is mirrored: it lets through what is drawn later, "
                         "on the right or below.")
      for change in (lambda mask, half, kind: mask.flip(2),
                     lambda mask, half, kind: mask.flip(3))),
    (windowed(lambda mask, half, kind: 1 - mask),
     "0 and 1 are exchanged: 1 lets a weight through."),
    (windowed(nothing_left_or_above_right),
     "All rows above are earlier in their whole width, and so is the left."),
    *((lambda image, weight, bias, kind, join=join: conv2d(
        image, join(weight, seen(weight, kind)), bias, padding=weight.shape[-1] // 2),
       "Multiply the weight by the mask.")
      for join in (torch.add, lambda weight, mask: mask)),
    (lambda image, weight, bias, kind: masked(
        image, weight.transpose(0, 1).contiguous(), bias, kind),
     "Dimensions 0 and 1 of the weight are exchanged: the first one looks."),
    (lambda image, weight, bias, kind: masked(image, weight, bias, kind).mean(
        1, keepdim=True), "Return all channels: an image has as many as it had."),
    (lambda image, weight, bias, kind: cut(masked(image, weight, bias, kind),
                                           weight.shape[-1] // 2),
     "The result is smaller than the image. Pad it with zeros: padding=k // 2."),
]


def cut(image: Tensor, border: int) -> Tensor:
    height, width = image.shape[2:]
    return image[..., border:height - border, border:width - border]


EXERCISES = [
    # An image has as many values per pixel as channels, drawn one after the other;
    # weight is (channels, channels, k, k). Return the convolution with what the mask of
    # kind "A" or "B" lets through, of the size of the image.
    Exercise(
        "06.1", masked,
        "This is the layer that PixelCNN is made of. With more features, the entries "
        "of the middle become blocks.",
        ["Begin with zeros of the weight's shape. Which places may be 1 for every "
         "value, whatever the kind is?",
         "All rows above the middle, and the left of it in its row. In the middle "
         "stands a matrix: rows look, columns are looked at. Which entries are 1 for "
         "three values and kind A, and which does B add?",
         "mask[:, :, k // 2, k // 2] = torch.ones(channels, channels).tril(-1) for A "
         "and .tril(0) for B; conv2d(image, weight * mask, bias, padding=k // 2)"],
        LAYER_MISTAKES, LAYER_CASES),
]
