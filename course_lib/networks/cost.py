"""What a computation costs: its multiply-adds, counted while it runs. Lesson 06."""

from collections.abc import Callable

import torch


def multiply_adds(work: Callable[[], object]) -> int:
    """Return how many products are summed in the convolutions and the products of
    matrices of `work()`; masked weights count too, since they are computed with.

        one_pass = multiply_adds(lambda: model.logits(bins, given=x))
        an_image = multiply_adds(lambda: model.sample(x))
    """
    from torch.utils.flop_counter import FlopCounterMode

    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        work()
    return counter.get_total_flops() // 2
