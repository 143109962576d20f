"""A resampled prior (LARS): z is where an encoder goes for this x, and not beyond.

A decoder knows what to do with the z that it was trained on. Where these end, and where
they end depends on x, a normal goes on; acceptance factors, the lesson's fences, cut it
off. Lesson 05.
"""

import math
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.distributions import Distribution, Normal, constraints
from torch.nn import functional

from course_lib.checks import check_integer
from course_lib.contract import ConditionalModel, Given, Player, at_least_32_bits
from course_lib.distributions.pixelwise import Shape, check_value
from course_lib.models.outputs import check_outputs

STEEP = 3.0                        # a factor falls from 1 to 0 in about a third of σ
START_DISTANCE = 2.0               # of every factor's edge from the middle, in σ
POINTS = 512                       # at which the mean acceptance A(x) is taken
ROUNDS = 100                       # of drawing again what was refused
OPTIONS = {"betas": (0.9, 0.95)}   # Adam forgets soon how large gradients were at first


class ResampledPrior(nn.Module):
    """A normal distribution times acceptance factors, whose edges follow from x.

        p(z | x) = N(z; μ, σ²) a(ε, x) / A(x),    ε = (z - μ) / σ
        a(ε, x)  = Πₖ s(3 (nₖ(x)·ε + dₖ(x))),     s the logistic function
        A(x)     = E a(ε, x)  over ε from N(0, I)

    network: x -> (batch, factors · (latents + 1)), what nₖ and dₖ are moved by
    latents: how many numbers z has
    factors: how many; at the start their edges lie two σ away, all around

    Each factor accepts one side of a line. Source: M. Bauer and A. Mnih, Resampled
    priors for variational autoencoders, 2019 (learned accept/reject sampling, LARS),
    where a is any network of z. Lesson 05.
    """

    inwards: Tensor
    points: Tensor

    def __init__(self, network: nn.Module, latents: int, factors: int = 6):
        super().__init__()
        self.latents = check_integer("latents", latents, 1)
        self.factors = check_integer("factors", factors, 1)
        self.network = check_outputs(
            network, factors * (latents + 1), f"{factors} factors around {latents} "
            f"latents", "out_features")
        self.mean = nn.Parameter(torch.zeros(latents))
        self.log_scale = nn.Parameter(torch.zeros(latents))
        self.register_buffer("inwards", all_around(factors, latents), persistent=False)
        self.register_buffer("points", even_normal(POINTS, latents), persistent=False)

    def forward(self, given: Tensor) -> "Resampled":
        """Return p(z | x) for each x of the batch."""
        sizes = self.factors, self.latents + 1
        numbers = at_least_32_bits(self.network(given)).unflatten(1, sizes)
        scale = at_least_32_bits(self.log_scale).exp()
        return Resampled(at_least_32_bits(self.mean), scale,
                         self.inwards + numbers[..., :-1],
                         START_DISTANCE + numbers[..., -1], self.points)


class Resampled(Distribution):
    """The distribution that a `ResampledPrior` gives: see there.

    center, scale: of the normal, (latents,)
    inwards:       nₖ, (batch, factors, latents), at right angles to each edge
    distance:      dₖ, (batch, factors)
    points:        of ε, (points, latents), as N(0, I) has them

    A(x) has no closed form and is taken over the points: so are the moments, good to a
    percent or so, and `estimated_log_prob`, to about as many hundredths of a nat. There
    is no exact `log_prob`.
    """

    arg_constraints: ClassVar = {
        "center": constraints.real, "scale": constraints.positive,
        "inwards": constraints.real, "distance": constraints.real}

    def __init__(self, center: Tensor, scale: Tensor, inwards: Tensor,
                 distance: Tensor, points: Tensor):
        self.center, self.scale, self.points = center, scale, points
        self.inwards, self.distance = inwards, distance
        batch = distance.shape[:-1]
        self.everywhere = points.view(-1, *[1] * len(batch), points.shape[-1])
        self.log_accept_of_points = self._log_accept(self.everywhere)   # (points, …)
        self.log_share = self.log_accept_of_points.logsumexp(0) - math.log(len(points))
        super().__init__(batch, center.shape, validate_args=False)

    def expand(self, batch_shape: Shape, _instance: None = None) -> "Resampled":
        return Resampled(self.center, self.scale,
                         self.inwards.expand(*batch_shape, *self.inwards.shape[-2:]),
                         self.distance.expand(*batch_shape, -1), self.points)

    def estimated_log_prob(self, value: Tensor) -> Tensor:
        """Return log p(z | x), (..., batch), for z (..., batch, latents), with A(x)
        taken over the points."""
        e = (check_value(value, self) - self.center) / self.scale
        bell = Normal(self.center, self.scale, validate_args=False).log_prob(value)
        return bell.sum(-1) + self._log_accept(e) - self.log_share

    @torch.no_grad()
    def sample(self, sample_shape: Shape = ()) -> Tensor:
        """Return draws, (*sample_shape, batch, latents): of the normal, and each that a
        factor refuses again, a hundred times at most."""
        shape = (*sample_shape, *self.batch_shape, *self.event_shape)
        e = self.distance.new_empty(shape).normal_()
        waiting = torch.ones(shape[:-1], dtype=torch.bool, device=e.device)
        for _ in range(ROUNDS):
            chance = torch.rand(shape[:-1], dtype=e.dtype, device=e.device)
            waiting &= chance.log() > self._log_accept(e)
            if not waiting.any():
                break
            e = torch.where(waiting[..., None], torch.randn_like(e), e)
        return self.center + self.scale * e

    @property
    def mean(self) -> Tensor:
        return self.center + self.scale * self._mean_of(self.everywhere)

    @property
    def variance(self) -> Tensor:
        off = self.everywhere - self._mean_of(self.everywhere)
        return self.scale.square() * self._mean_of(off.square())

    def _log_accept(self, e: Tensor) -> Tensor:
        """Return log a(ε, x), (..., batch)."""
        past = self.distance + sum(e[..., j, None] * self.inwards[..., j]
                                   for j in range(e.shape[-1]))
        return functional.logsigmoid(STEEP * past).sum(-1)

    def _mean_of(self, numbers: Tensor) -> Tensor:
        """Return E of numbers at the points, as accepted, (batch, latents)."""
        return (self.log_accept_of_points.softmax(0)[..., None] * numbers).sum(0)


def log_density(prior: Distribution, z: Tensor) -> Tensor:
    """Return log p(z | x), (..., batch), in nats; of `Resampled`, its estimate."""
    return (prior.estimated_log_prob(z) if isinstance(prior, Resampled)
            else prior.log_prob(z))


class PriorFit(ConditionalModel):
    """Trains the prior of a VAE on what its encoder says, and nothing else of it.

        loss = -E_q[log p(z | x)]

    which is the KL of the ELBO, but for a constant: all of the ELBO that the prior is
    in. The decoder is not even asked, so that a step is cheap.

        fit(PriorFit(vae), world)

    vae: a model with a `posterior`, and a `prior_over_latents` that has parameters

    Source: B. Dai and D. Wipf, Diagnosing and enhancing VAE models, 2019, whose second
    stage is this, with a second VAE as the prior. Lesson 05.
    """

    def __init__(self, vae: Any):
        super().__init__()
        self.vae = vae
        self.given_shape, self.y_shape = vae.given_shape, vae.y_shape
        if not list(vae.prior_over_latents.parameters()):
            raise ValueError("the model's prior is N(0, I), which has nothing to "
                             "train; give the model another, for instance vae."
                             "prior_over_latents = ResampledPrior(network, latents).")

    def draw(self, given: Given, n: int, batch: int) -> Tensor:
        return self.vae.draw(given, n, batch)

    def loss(self, y: Tensor, *, given: Given = None) -> Tensor:
        y, given = self.check_pair(y, given)
        with torch.no_grad():
            z = self.vae.posterior(y, given=given).sample()
        return -log_density(self.vae.prior_over_latents(given), z).mean()

    def players(self) -> list[Player]:
        return [Player("prior", list(self.vae.prior_over_latents.parameters()),
                       lambda y, given, step: self.loss(y, given=given), OPTIONS)]


def all_around(factors: int, latents: int) -> Tensor:
    """Return directions of length 1, (factors, latents): both ways on a line, else on a
    circle in the first two dimensions."""
    angle = 2 * math.pi * torch.arange(factors) / (2 if latents == 1 else factors)
    around = torch.stack([angle.cos(), angle.sin()], 1)
    return functional.pad(around, (0, latents - 2))         # on a line, less one


def even_normal(count: int, dimensions: int) -> Tensor:
    """Return the same points every time, (count, dimensions), that lie as N(0, I) does,
    more evenly than draws, so that means over them are good to a percent or so."""
    engine = torch.quasirandom.SobolEngine(dimensions, scramble=True, seed=0)
    return torch.special.ndtri(engine.draw(count).clamp(1e-6, 1 - 1e-6))
