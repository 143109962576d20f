"""Facts about the score of translations: right, swapped, copied, and there and back."""

import pytest
import torch

from course_lib.contract import ConditionalModel
from course_lib.datasets import Conventions, GreyAndDyed
from course_lib.scoring import rows, score

world = Conventions(size=16)


class Known(ConditionalModel):
    """A translator by a function."""

    def __init__(self, translate, back=None):
        super().__init__()
        self.translate = translate
        if back is not None:
            self.cycle_loss = lambda y, given: (
                back(translate(given)) - given).abs().mean()

    def draw(self, given, n, batch):
        return self.translate(given).expand(n, -1, -1, -1, -1)


def test_the_right_translation_is_right_and_the_swapped_one_is_not():
    right = score(Known(world.translate), world, examples=64, name="right")
    swapped = score(Known(world.swapped), world, examples=64, name="swapped")
    assert (right.rms_to_hidden.value, right.right.value) == (0, 1)
    assert swapped.right.value == 0
    _, y = world.held_out(64)
    twice = (2 * y[:, 1:]).square().sum() / y.numel()
    assert swapped.rms_to_hidden.value == pytest.approx(twice.sqrt().item(), rel=1e-4)


def test_there_and_back_is_measured_where_there_is_a_way_back():
    closed = Known(world.swapped, back=world.translate)
    assert score(closed, world, examples=16).cycle_loss == pytest.approx(0, abs=1e-6)
    assert score(Known(world.swapped), world, examples=16).cycle_loss is None


def test_copying_is_the_measure_of_what_has_to_be_changed():
    copied = score(Known(lambda x: x), world, examples=64, name="copy")
    assert copied.rms_to_hidden.value == pytest.approx(copied.rms_of_copying.value)
    assert copied.rms_of_copying.value > 0.1


def test_grey_is_not_copied_where_y_has_other_channels():
    grey = GreyAndDyed(size=16)
    dyed = Known(lambda x: torch.cat([x, torch.zeros_like(x), torch.zeros_like(x)], 1))
    result = score(dyed, grey, examples=64, name="grey")
    assert result.rms_of_copying is None and result.right is None
    table = rows([result], ["rms_to_hidden", "rms_of_copying"])
    assert list(table["grey"]) == ["rms to the hidden pair"]
