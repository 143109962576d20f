"""A moving average of the weights: steadier than the weights themselves."""

import torch
from torch import nn
from torch.optim.swa_utils import get_ema_multi_avg_fn


class WeightAverage:
    """The exponential moving average of a model's trained parameters.

        average ← decay_t average + (1 - decay_t) weights,
        decay_t = min(decay, (1 + t) / (10 + t)),   t = 1, 2, … steps taken

    so that a short run does not average its random start in: with decay 0.999 the
    average reaches back over about t / 9 steps until step 9,000. Buffers are not
    averaged. Boris Polyak and Anatoli Juditsky, "Acceleration of stochastic
    approximation by averaging", 1992; the short start is TensorFlow's, of
    `tf.train.ExponentialMovingAverage`.
    """

    def __init__(self, model: nn.Module, decay: float):
        trained = {name: p for name, p in model.named_parameters() if p.requires_grad}
        self.decay, self.parameters = decay, list(trained.values())
        self.average = {name: p.detach().clone() for name, p in trained.items()}

    @torch.no_grad()
    def update(self, t: int) -> None:
        """Take in the weights after step t, counted from 1."""
        decay = min(self.decay, (1 + t) / (10 + t))
        take_in = get_ema_multi_avg_fn(decay)
        take_in(list(self.average.values()), self.parameters, t)

    @torch.no_grad()
    def apply(self) -> None:
        """Overwrite the model's weights with their average."""
        torch._foreach_copy_([*self.parameters], [*self.average.values()])
