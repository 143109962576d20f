"""A conditional random field: pixels that agree with their neighbours. Lesson 03.

    p(ℓ | x) ∝ exp( Σᵢ hᵢ(x) ℓᵢ + Σ_{i~j} Jᵢⱼ(x) ℓᵢ ℓⱼ ),    ℓᵢ = -1 or 1

with i~j over pairs of pixels side by side or one below the other. Nobody can sum over
all 2^N pictures of labels, so a sample is found by thinking slow, sweep after sweep.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.distributions import Normal
from torch.nn import functional

from course_lib.checks import check_integer, describe, is_at_hand
from course_lib.contract import ConditionalModel, Given, check_event, tensor_of, tile
from course_lib.models.outputs import check_outputs, numbers_of, picture_shape, positive

FIELD_SCALE = 0.05                 # small, as a field adds up over hundreds of pixels
COUPLING_SCALE = 3.0               # large, as couplings have far to go, and
COUPLING_START = 2.0               # begin at where neighbours agree
COLOR_WEIGHT = 0.01                # of the colors' likelihood beside that of the labels
AT_ONCE = 256                      # pictures whose bonds are in memory together


class Potentials(NamedTuple):
    """What the field puts on labels: h on pixels, J on pairs of neighbours.

    field: h, (batch, height, width)
    right: J to the right neighbour, (batch, height, width - 1), none negative
    down:  J to the neighbour below, (batch, height - 1, width), none negative
    """

    field: Tensor
    right: Tensor
    down: Tensor


@dataclass(frozen=True)
class Clusters:
    """Labels joined by bonds: the number of each pixel's cluster, and what its flip
    weighs.

    index: (batch, height, width) of int64, unique over the batch
    field: the sum of h over each cluster, (clusters,)
    """

    index: Tensor
    field: Tensor


class ConditionalRandomField(ConditionalModel):
    """A pairwise field over labels, and a color for each label.

        y_i = ℓᵢ μᵢ(x) + σᵢ(x) ε,    ℓᵢ = 1 where the first chroma channel is positive

    network: (batch, 1, h, w) -> (batch, 3 + 2 · channels, h, w): a field, two
        couplings, and mean and deviation of each channel
    sweeps:  of Swendsen-Wang for a sample
    chance_start: whether a sample starts at labels of pure chance, and not at one color

    The likelihood's normaliser cannot be computed, so there is no log_prob. Its
    gradient can be estimated: statistics of the labels in the data minus those in the
    model, the latter after one sweep that starts at the data (contrastive divergence).
    Because a sweep flips whole clusters, one is nearly enough.
    Sources: R. Swendsen and J.-S. Wang, Nonuniversal critical dynamics in Monte Carlo
    simulations, 1987; G. Hinton, Training products of experts by minimizing
    contrastive divergence, 2002. Lesson 03.
    """

    def __init__(self, network: nn.Module, channels: int = 2, sweeps: int = 10,
                 chance_start: bool = False):
        super().__init__()
        self.channels = check_integer("channels", channels, 1)
        self.sweeps = check_integer("sweeps", sweeps, 1)
        self.chance_start = chance_start
        self.network = check_outputs(
            network, 3 + 2 * self.channels,
            "a field, two couplings, a mean and a deviation for each channel")
        self.given_shape = picture_shape(network, "in_channels")
        self.y_shape = (channels, "height", "width")

    def potentials(self, given: Given) -> tuple[Potentials, Normal]:
        """Return the potentials, and the color of label 1 with its deviation."""
        return self._potentials(self.check_given(given))

    def _potentials(self, given: Given) -> tuple[Potentials, Normal]:
        numbers = numbers_of(self.network, tensor_of(given), 3 + 2 * self.channels)
        field, couplings, mean, scale = numbers.split(
            [1, 2, self.channels, self.channels], dim=1)
        right, down = functional.softplus(
            COUPLING_SCALE * couplings + COUPLING_START).unbind(1)
        potentials = Potentials(FIELD_SCALE * field[:, 0], right[..., :-1],
                                down[..., :-1, :])
        return potentials, Normal(mean, positive(scale), validate_args=False)

    def loss(self, y: Tensor, *, given: Given = None) -> Tensor:
        """Return a number whose gradient is that of -log p(ℓ | x) - w log p(y | ℓ, x),
        the former estimated; its value means nothing.

        The two parts are about different numbers, so any weight w has its best model
        in the same place. A small one keeps the noise of thousands of colors from
        drowning the few nats in which a shirt tosses its one coin: after 400 steps on
        the shirts w = 1 left 2 % of the samples incoherent, and w = 0.01 0.2 %.
        """
        y, given = self.check_pair(y, given)
        potentials, color = self._potentials(given)
        check_event(y, color.mean.shape[1:])
        labels = labels_of(y)
        colors = -color.log_prob(labels.unsqueeze(1) * y).flatten(1).sum(1)
        return COLOR_WEIGHT * colors.mean() + contrastive_divergence(labels, potentials)

    def draw(self, given: Given, n: int, batch: int) -> Tensor:
        potentials, color = self._potentials(given)
        potentials = Potentials(*(tile(part, n) for part in potentials))
        labels = torch.ones_like(potentials.field)
        if self.chance_start:
            labels = labels_of(torch.rand_like(labels)[:, None] - 0.5)
        labels = swendsen_wang(labels, potentials, self.sweeps)
        labels = labels.view(n, batch, 1, *labels.shape[1:])
        noise = torch.randn(n, *color.mean.shape, device=labels.device)
        return labels * color.mean + color.scale * noise


def labels_of(y: Tensor) -> Tensor:
    """Return 1 where the first chroma channel is positive (pink) and -1 elsewhere,
    (batch, height, width)."""
    return torch.where(y[:, 0] > 0, 1.0, -1.0)


def energy(labels: Tensor, potentials: Potentials) -> Tensor:
    """Return -Σ h ℓ - Σ J ℓ ℓ', (batch,), for labels (batch, height, width)."""
    right = labels[..., :-1] * labels[..., 1:]
    down = labels[..., :-1, :] * labels[..., 1:, :]
    return -((potentials.field * labels).sum((-2, -1))
             + (potentials.right * right).sum((-2, -1))
             + (potentials.down * down).sum((-2, -1)))


def contrastive_divergence(labels: Tensor, potentials: Potentials) -> Tensor:
    """Return a scalar whose gradient estimates that of the mean -log p(labels | x).

    One Swendsen-Wang sweep starts at the labels. Given its clusters, the expectation
    over their flips is taken exactly instead of by a draw, which spares most noise.
    """
    with torch.no_grad():
        clusters = join(labels, potentials)
        lean = torch.tanh(clusters.field)[clusters.index]        # E[ℓᵢ | clusters]
        here, there = clusters.index[..., :-1], clusters.index[..., 1:]
        right = agreement(here, there, lean[..., :-1], lean[..., 1:])
        here, there = clusters.index[..., :-1, :], clusters.index[..., 1:, :]
        down = agreement(here, there, lean[..., :-1, :], lean[..., 1:, :])
    field = potentials.field * lean
    model = -(field.sum() + (potentials.right * right).sum()
              + (potentials.down * down).sum()) / len(labels)
    return energy(labels, potentials).mean() - model


def agreement(here: Tensor, there: Tensor, lean: Tensor, lean_there: Tensor) -> Tensor:
    """Return E[ℓᵢ ℓⱼ | clusters]: 1 within a cluster, independent between two."""
    return torch.where(here == there, 1.0, lean * lean_there)


@torch.no_grad()
def swendsen_wang(labels: Tensor, potentials: Potentials, sweeps: int) -> Tensor:
    """Return labels (batch, height, width) after so many sweeps of Swendsen-Wang.

    A sweep joins equal neighbours with probability 1 - exp(-2J) and then gives every
    cluster one fresh label, 1 with probability sigmoid(2 Σ h). It leaves p(ℓ | x) as
    it is, and crosses in one step from all teal to all pink, which single pixels
    could not. Raises ValueError, in a sentence, for shapes that do not fit and for
    couplings below 0, which would need other bonds.
    """
    check_integer("sweeps", sweeps, 0)
    check_potentials(labels, potentials)
    parts = []
    for some, *their in zip(*(part.split(AT_ONCE) for part in (labels, *potentials))):
        for _ in range(sweeps):
            clusters = join(some, Potentials(*their))
            up = torch.rand_like(clusters.field) < torch.sigmoid(2 * clusters.field)
            some = torch.where(up, 1.0, -1.0)[clusters.index].to(labels.dtype)
        parts.append(some)
    return torch.cat(parts)


def check_potentials(labels: Tensor, potentials: Potentials) -> None:
    """Raise, in a sentence, unless a field of no negative coupling fits the labels."""
    found = [tuple(part.shape) for part in potentials]
    if labels.ndim != 3 or found != [tuple(part.shape) for part in (
            labels, labels[..., 1:], labels[:, 1:])]:
        raise ValueError(f"labels is {describe(labels)}, and field and couplings have "
                         f"the shapes {found}; give one label for each pixel of the "
                         f"field, and one coupling for each pair of neighbours.")
    if not all((coupling >= 0).all() for coupling in potentials[1:]
               if is_at_hand(coupling)):
        raise ValueError("a coupling is below 0 or NaN; give couplings none below 0.")


def join(labels: Tensor, potentials: Potentials) -> Clusters:
    """Return the clusters of one random draw of bonds between equal neighbours.

    SciPy finds the connected components, on the CPU, for the whole batch at once.
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    right = bonds(labels[..., :-1], labels[..., 1:], potentials.right)
    down = bonds(labels[..., :-1, :], labels[..., 1:, :], potentials.down)
    number = torch.arange(labels.numel(), device=labels.device).view(labels.shape)
    start = torch.cat([number[..., :-1][right], number[..., :-1, :][down]])
    end = torch.cat([number[..., 1:][right], number[..., 1:, :][down]])
    graph = coo_matrix((np.ones(len(start), dtype=np.int8),
                        (start.cpu().numpy(), end.cpu().numpy())),
                       shape=(labels.numel(),) * 2)
    count, found = connected_components(graph, directed=False)
    index = torch.from_numpy(found).long().to(labels.device).view(labels.shape)
    field = torch.zeros(count, device=labels.device, dtype=potentials.field.dtype)
    field.index_add_(0, index.flatten(), potentials.field.flatten())
    return Clusters(index, field)


def bonds(labels: Tensor, neighbours: Tensor, coupling: Tensor) -> Tensor:
    """Return which pairs are joined: equal ones, with probability 1 - exp(-2J)."""
    joined = torch.rand_like(coupling) < -torch.expm1(-2 * coupling)
    return joined & (labels == neighbours)
