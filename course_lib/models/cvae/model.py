"""The conditional variational autoencoder: what x does not tell is a latent z.

    p(y | x) = ∫ p(z | x) p(y | z, x) dz

Nobody sees z. An encoder guesses it from the pair, and the guess gives a bound of the
integral, which training pushes up. Lesson 05.
"""

import math

import torch
from torch import Tensor, nn
from torch.distributions import Distribution, Independent, Normal

from course_lib.checks import check_choice, check_integer, check_number, describe
from course_lib.contract import (
    ConditionalModel,
    Given,
    Player,
    at_least_32_bits,
    check_event,
    tensor_of,
    tile,
)
from course_lib.distributions.quadrature import log_integral
from course_lib.distributions.quantiles import to_quantiles
from course_lib.models.cvae.latents import (
    PRIORS,
    Mixture,
    Posterior,
    StandardNormal,
    diagonal_normal,
    kl_from_standard_normal,
)
from course_lib.models.outputs import check_outputs, picture_shape

START_NOISE = 0.3                  # wider than the noise of any world of the course
NOISE_RATE = 5.0                   # how much faster σ learns than other parameters
PICTURES_AT_ONCE = 256             # decoded together
OPTIONS = {"betas": (0.9, 0.95)}   # Adam forgets soon how large gradients were at first
PRIOR_REACH = 6.0                  # std of p(z | x), to each side, hold all that counts


class ConditionalVAE(ConditionalModel):
    """A distribution over y as a mixture of simple ones, one for each z.

        log p(y | x)  >=  E_q[log p(y | z, x)] - KL(q(z | x, y) || p(z | x))  =  ELBO
        p(y | z, x) = Πᵢ N(yᵢ; fᵢ(x, z), σ²),  with one learned σ

    decoder:   f, (x, z (batch, latents)) -> a picture of the shape of y; one with the
               attribute `takes_many` is given z (n, batch, latents), several for each x
    encoder:   a picture with the channels of x and then of y -> (batch, 2 · latents)
    latents:   how many numbers z has
    prior:     "normal", N(0, I); "mixture", a learned p(z); "conditional mixture", a
               learned p(z | x) with weights from x. `prior_over_latents` is its network
               and may be replaced
    prior_network: x -> the weights of a conditional mixture, and for no other prior
    components, separation: of a mixture, and how far apart they start
    kl_weight: of the KL in `loss`: 1 makes it the ELBO, more makes z dearer
    warm_up, kl_start: training steps over which that weight goes, at equal ratios,
               from kl_start to kl_weight

    `elbo`, `importance_weighted_bound` and `quadrature_log_prob` do not look at
    kl_weight. The integral has no closed form, so there is no `log_prob`.
    Sources: D. Kingma and M. Welling, Auto-encoding variational Bayes, 2014; K. Sohn,
    H. Lee and X. Yan, Learning structured output representation using deep conditional
    generative models, 2015. Lesson 05.
    """

    def __init__(self, decoder: nn.Module, encoder: nn.Module, latents: int = 2,
                 prior: str = "normal", *,
                 prior_network: nn.Module | None = None, components: int = 2,
                 separation: float = 4.0, kl_weight: float = 1.0, warm_up: int = 0,
                 kl_start: float = 30.0):
        super().__init__()
        self.latents = check_integer("latents", latents, 1)
        self.decoder = check_outputs(decoder, latents, "the latents", "latents")
        self.encoder = check_outputs(encoder, 2 * latents, "two for each latent",
                                     "out_features")
        conditional = check_choice("prior", prior, PRIORS) == "conditional mixture"
        if conditional != (prior_network is not None):
            raise TypeError(f"prior is {prior!r} and prior_network "
                            f"{describe(prior_network)}; a conditional mixture, and no "
                            f"other, needs a network from x.")
        self.prior_over_latents: nn.Module = (
            StandardNormal(latents) if prior == "normal"
            else Mixture(latents, components, separation, prior_network))
        self.kl_weight = check_number("kl_weight", kl_weight, 0.0, 1e6, open_low=True)
        self.warm_up = check_integer("warm_up", warm_up, 0)
        self.kl_start = check_number("kl_start", kl_start, 0.0, 1e6, open_low=True)
        self.log_noise = nn.Parameter(torch.tensor(math.log(START_NOISE) / NOISE_RATE))
        self.given_shape = picture_shape(decoder, "in_channels")
        self.y_shape = picture_shape(decoder, "out_channels")

    @property
    def noise(self) -> Tensor:
        """σ, the learned std of every number of y given z and x."""
        return (NOISE_RATE * at_least_32_bits(self.log_noise)).exp()

    def prior(self, given: Given) -> Distribution:
        """Return p(z | x): batch shape (batch,), event shape (latents,)."""
        return self.prior_over_latents(self.check_given(given))

    def posterior(self, y: Tensor, *, given: Given) -> Posterior:
        """Return q(z | x, y): batch shape (batch,), event shape (latents,)."""
        return self._posterior(*self.check_pictures(y, given))

    def decode(self, z: Tensor, given: Given) -> Distribution:
        """Return p(y | z, x), for z (batch, latents): an event is a whole picture."""
        x = tensor_of(self.check_given(given))
        if z.shape != (len(x), self.latents):
            raise ValueError(f"z is {describe(z)}; give ({len(x)}, {self.latents}), "
                             f"one row for each x.")
        return self._density(self._means(z.to(x.device)[None], x)[0])

    def elbo(self, y: Tensor, *, given: Given = None, samples: int = 1) -> Tensor:
        """Return the evidence lower bound of log p(y | x), (batch,), in nats.

            E_q[log p(y | z, x)] - KL(q(z | x, y) || p(z | x))

        estimated without bias from so many z a pair; the KL in closed form where there
        is one."""
        likelihood, kl = self._terms(*self.check_pictures(y, given),
                                     check_integer("samples", samples, 1))
        return likelihood - kl

    def importance_weighted_bound(self, y: Tensor, *, given: Given = None,
                                  k: int = 16) -> Tensor:
        """Return log of the mean of k importance weights, (batch,), in nats.

            log 1/k Σᵢ p(zᵢ | x) p(y | zᵢ, x) / q(zᵢ | x, y),  zᵢ ~ q(z | x, y)

        On average it is the ELBO for k = 1, rises with k, and stays below log p(y | x).
        Source: Y. Burda, R. Grosse and R. Salakhutdinov, Importance weighted
        autoencoders, 2016."""
        check_integer("k", k, 1)
        y, x = self.check_pictures(y, given)
        posterior = self._posterior(y, x)
        z = posterior.rsample((k,))
        log_weights = self._log_joint(z, y, x) - posterior.log_prob(z)
        return log_weights.logsumexp(0) - math.log(k)

    @torch.no_grad()
    def quadrature_log_prob(self, y: Tensor, *, given: Given = None,
                            points: int | None = None, rounds: int = 3) -> Tensor:
        """Return log p(y | x), (batch,), in nats, by quadrature over one or two z.

        points, rounds: see `quadrature.log_integral`; slow, and without gradients.
        Raises ValueError, in a sentence, for more than two latents."""
        y, x = self.check_pictures(y, given)
        prior = self.prior_over_latents(x)
        reach = PRIOR_REACH * prior.stddev
        return log_integral(lambda z: self._log_joint(z, y, x), prior.mean - reach,
                            prior.mean + reach, points, rounds)

    def log_joint(self, z: Tensor, y: Tensor, *, given: Given) -> Tensor:
        """Return log p(z | x) p(y | z, x), (n, batch), for z (n, batch, latents).

        As a function of z it is the exact log-posterior, up to a constant."""
        y, x = self.check_pictures(y, given)
        if z.ndim != 3 or z.shape[1:] != (len(y), self.latents):
            raise ValueError(f"z is {describe(z)}; give (n, {len(y)}, {self.latents}).")
        return self._log_joint(z.to(x.device), y, x)

    def quantiles(self, z: Tensor, given: Given) -> Tensor:
        """Return u, the shape of z: uniform on the unit cube for z from p(z | x),
        whatever x is; see `quantiles.to_quantiles`.

        z: (n, batch, latents), or without n"""
        return to_quantiles(self.prior(given), z)

    def kl(self, y: Tensor, *, given: Given = None) -> Tensor:
        """Return KL(q(zⱼ | x, y) || N(0, 1)) in nats, (batch, latents), in closed form.

        A latent at 0 is not used. Raises TypeError for another prior: there the parts
        of a KL do not add up, as its latents may hang together."""
        if not self._is_closed:
            raise TypeError(f"the prior is a {type(self.prior_over_latents).__name__} "
                            f"and the KL of each latent is known to N(0, 1) only; "
                            f"look at elbo, which has the KL of all.")
        return kl_from_standard_normal(self.posterior(y, given=given))

    def loss(self, y: Tensor, *, given: Given = None,
             step: int | None = None) -> Tensor:
        """Return the mean of -E_q[log p(y | z, x)] + weight · KL, with one z a pair.

        The weight is kl_weight, but for training steps within warm_up."""
        likelihood, kl = self._terms(*self.check_pictures(y, given), samples=1)
        weight = self.kl_weight
        if step is not None and step < self.warm_up:
            weight *= (self.kl_start / weight) ** (1 - step / self.warm_up)
        return (weight * kl - likelihood).mean()

    def players(self) -> list[Player]:
        return [Player("model", list(self.parameters()),
                       lambda y, given, step: self.loss(y, given=given, step=step),
                       OPTIONS)]

    def draw(self, given: Given, n: int, batch: int) -> Tensor:
        x = tensor_of(given)
        z = self.prior_over_latents(x).sample((n,))
        means = torch.cat([self._means(some, x) for some in self._few(z)])
        return (means + self.noise * torch.randn_like(means)).to(x.dtype)

    def check_pictures(self, y: Tensor, given: Given) -> tuple[Tensor, Tensor]:
        """Return y and x, checked, which must be pictures of one size."""
        y, given = self.check_pair(y, given)
        x = tensor_of(given)
        if y.shape[2:] != x.shape[2:]:
            raise ValueError(f"y is {describe(y)} and given {describe(x)}; give "
                             f"pictures of one height and width.")
        return y, x

    @property
    def _is_closed(self) -> bool:
        return isinstance(self.prior_over_latents, StandardNormal)

    def _posterior(self, y: Tensor, x: Tensor) -> Posterior:
        numbers = self.encoder(torch.cat([x, y.to(x.dtype)], dim=1))
        return diagonal_normal(at_least_32_bits(numbers))

    def _terms(self, y: Tensor, x: Tensor, samples: int) -> tuple[Tensor, Tensor]:
        """Return both terms of the ELBO, each (batch,)."""
        posterior, prior = self._posterior(y, x), self.prior_over_latents(x)
        z = posterior.rsample((samples,))
        likelihood = self._log_likelihood(z, y, x).mean(0)
        if self._is_closed:
            return likelihood, kl_from_standard_normal(posterior).sum(-1)
        return likelihood, (posterior.log_prob(z) - prior.log_prob(z)).mean(0)

    def _log_joint(self, z: Tensor, y: Tensor, x: Tensor) -> Tensor:
        prior = self.prior_over_latents(x)
        return prior.log_prob(z) + self._log_likelihood(z, y, x)

    def _log_likelihood(self, z: Tensor, y: Tensor, x: Tensor) -> Tensor:
        """Return log p(y | z, x), (n, batch), for z (n, batch, latents)."""
        parts = (self._density(self._means(some, x)) for some in self._few(z))
        return torch.cat([part.log_prob(check_event(y, part.event_shape))
                          for part in parts])

    def _density(self, mean: Tensor) -> Distribution:
        return Independent(Normal(mean, self.noise, validate_args=False), 3,
                           validate_args=False)

    def _means(self, z: Tensor, x: Tensor) -> Tensor:
        """Return f(x, z) for z (n, batch, latents), (n, batch, *y)."""
        z = z.to(x.dtype)
        if getattr(self.decoder, "takes_many", False):
            return at_least_32_bits(self.decoder(x, z))
        means = self.decoder(tile(x, len(z)), z.flatten(0, 1))
        return at_least_32_bits(means).unflatten(0, z.shape[:2])

    def _few(self, z: Tensor) -> tuple[Tensor, ...]:
        """Return z (n, batch, latents) in parts whose pictures fit in memory."""
        return z.split(max(1, PICTURES_AT_ONCE // z.shape[1]))
