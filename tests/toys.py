"""Small worlds and models, quick enough to train to the end inside a test."""

import torch
from torch import Tensor, nn
from torch.distributions import Distribution, Independent, Normal
from torch.nn.functional import softplus

from course_lib.contract import ConditionalModel, DistributionModel, Given, Player


def made(kind: type[nn.Module], seed: int = 0) -> nn.Module:
    """A model with first weights of its own seed."""
    torch.manual_seed(seed)
    return kind()


def same(one: nn.Module, other: nn.Module) -> bool:
    """Whether two models hold the same bits."""
    one, other = one.state_dict(), other.state_dict()
    return one.keys() == other.keys() and all(
        torch.equal(one[name], other[name]) for name in one)


def close(one: nn.Module, other: nn.Module, tolerance: float) -> bool:
    """Whether two models hold nearly the same weights, on whatever devices."""
    other = dict(other.named_parameters())
    return all(torch.allclose(p.cpu(), other[name].cpu(), rtol=0, atol=tolerance)
               for name, p in one.named_parameters())


class Line:
    """The world y = 2 x + 1 + 0.5 noise, in one dimension."""

    noise = 0.5

    def batch(self, n: int, split: str = "train", seed: int | None = None):
        generator = torch.Generator().manual_seed(seed or 0)
        x, noise = torch.randn(2, n, 1, generator=generator)
        return x, 2 * x + 1 + self.noise * noise


class Spoiled(Line):
    """The line, with a NaN in one of its batches."""

    def __init__(self, bad_batch: int):
        self.bad_batch, self.drawn = bad_batch, 0

    def batch(self, n: int, split: str = "train", seed: int | None = None):
        x, y = super().batch(n, split, seed)
        self.drawn += 1
        return x, y / 0 * 0 if self.drawn == self.bad_batch else y


class TwoClouds:
    """Two unpaired clouds of points in the plane, x in one and y in the other."""

    means = torch.tensor([[-1.0, 0.0], [1.0, 0.5]])
    factors = torch.tensor([[[0.8, 0.0], [0.0, 0.3]], [[0.5, 0.0], [0.3, 0.6]]])

    def batch(self, n: int, split: str = "train", seed: int | None = None):
        generator = torch.Generator().manual_seed(seed or 0)
        noise = torch.randn(2, n, 2, generator=generator)
        x, y = self.means[:, None] + noise @ self.factors.mT
        return x, y


class LinearGaussian(DistributionModel):
    """p(y | x) = N(a x + b, s²)."""

    given_shape = y_shape = (1,)

    def __init__(self):
        super().__init__()
        self.mean = nn.Linear(1, 1)
        self.log_scale = nn.Parameter(torch.zeros(1))

    def distribution(self, given: Given) -> Distribution:
        mean = self.mean(given)
        return Independent(Normal(mean, self.log_scale.exp().expand_as(mean)), 1)


class NoisyGaussian(LinearGaussian):
    """The same, made to draw noise in its loss, and to count its losses."""

    def __init__(self):
        super().__init__()
        self.register_buffer("losses_taken", torch.zeros((), dtype=torch.long))

    def loss(self, y: Tensor, *, given: Given = None) -> Tensor:
        self.losses_taken += 1
        return super().loss(y + 0.1 * torch.randn_like(y), given=given)


class PlaneCycleGAN(ConditionalModel):
    """Two maps between two clouds of points, and a critic of each cloud.

    The maps are one player: they must fool both critics, and undo each other. The
    critics are the other; they also see points mapped earlier, kept in a buffer.
    """

    given_shape = y_shape = (2,)
    cycle_weight = 1.0
    penalty_every = 4

    def __init__(self, remembered: int = 64):
        super().__init__()
        self.maps = nn.ModuleDict({"x": halving(), "y": halving()})
        self.critics = nn.ModuleDict({"x": critic(), "y": critic()})
        self.register_buffer("mapped_earlier", torch.zeros(2, remembered, 2))

    def draw(self, given: Given, n: int, batch: int) -> Tensor:
        return self.maps["y"](given).expand(n, batch, 2)

    def players(self) -> list[Player]:
        return [Player("maps", list(self.maps.parameters()), self.maps_loss),
                Player("critics", list(self.critics.parameters()), self.critics_loss,
                       {"betas": (0.5, 0.99)})]

    def cycle_loss(self, y: Tensor, *, given: Given) -> Tensor:
        x_again = self.maps["x"](self.maps["y"](given))
        y_again = self.maps["y"](self.maps["x"](y))
        return (x_again - given).abs().mean() + (y_again - y).abs().mean()

    def maps_loss(self, y: Tensor, given: Given, step: int = 0) -> Tensor:
        fooled = (softplus(-self.critics["x"](self.maps["x"](y))).mean()
                  + softplus(-self.critics["y"](self.maps["y"](given))).mean())
        return fooled + self.cycle_weight * self.cycle_loss(y, given=given)

    def critics_loss(self, y: Tensor, given: Given, step: int = 0) -> Tensor:
        mapped = torch.stack([self.maps["x"](y), self.maps["y"](given)]).detach()
        loss = self.one_critic_loss("x", given, mapped[0], self.mapped_earlier[0], step)
        loss = loss + self.one_critic_loss("y", y, mapped[1], self.mapped_earlier[1],
                                           step)
        self.remember(mapped)
        return loss

    def one_critic_loss(self, name: str, real: Tensor, mapped: Tensor, earlier: Tensor,
                        step: int) -> Tensor:
        real = real.detach().requires_grad_()
        score = self.critics[name](real)
        mapped = torch.cat([mapped, earlier.clone()])
        loss = softplus(-score).mean() + softplus(self.critics[name](mapped)).mean()
        if step % self.penalty_every:
            return loss
        slope, = torch.autograd.grad(score.sum(), real, create_graph=True)
        return loss + self.penalty_every * 0.02 * slope.square().sum(1).mean()

    @torch.no_grad()
    def remember(self, mapped: Tensor) -> None:
        """Put some of the mapped points in the place of ones mapped earlier."""
        n = min(8, mapped.shape[1])
        place = torch.randperm(self.mapped_earlier.shape[1])[:n]
        self.mapped_earlier[:, place.to(mapped.device)] = mapped[:, :n]


def critic() -> nn.Module:
    """A score of points in the plane, high where they look real."""
    return nn.Sequential(nn.Linear(2, 32), nn.LeakyReLU(0.2), nn.Linear(32, 32),
                         nn.LeakyReLU(0.2), nn.Linear(32, 1))


def halving() -> nn.Module:
    """An affine map of the plane that begins by halving every coordinate."""
    layer = nn.Linear(2, 2)
    with torch.no_grad():
        layer.weight.copy_(torch.eye(2) / 2)
        layer.bias.zero_()
    return layer
