"""Denoise to draw: conditional diffusion. Lesson 08.

Training adds noise to y and asks a network for what it was; sampling begins with noise
alone and takes it away in many small steps. x stands beside y_t at every one of them.
"""

import torch
from torch import Tensor, nn

from course_lib.checks import (
    check_choice,
    check_integer,
    check_number,
    check_seed,
    describe,
)
from course_lib.contract import (
    ConditionalModel,
    Given,
    device_of,
    dtype_of,
    repeat,
    seeded,
    size_of,
    to_device,
)
from course_lib.models.diffusion_sampling import draw_ancestral, draw_implicit
from course_lib.models.noise_schedule import PREDICTIONS, NoiseSchedule
from course_lib.networks.unet import TimeFeatures

WEIGHTINGS = (*PREDICTIONS, "min-snr")
SAMPLERS = ("ancestral", "deterministic")


class Diffusion(ConditionalModel):
    """A network that tells noise from answer, and the samplers that use it.

    network:    (batch, y channels + x channels, h, w) and a vector of the time (and the
                caption) -> (batch, y channels, h, w), for instance a `UNet`
    schedule:   a `NoiseSchedule`; the cosine one with 1,000 steps by default
    predicts:   what the network answers: "noise", "velocity" or "clean"
    weighting:  which of those errors the loss counts, whatever is predicted, or
                "min-snr", the clean error times min(ᾱ / (1 - ᾱ), 5); by default the
                error of what is predicted
    text:       a network from word numbers to `network.features` numbers; then what is
                given is {"image": x, "caption": tokens}
    drop:       the part of the captions that training hides, for guidance
    steps, sampler, eta, crowding, guidance: of `sample`, where it is not told others
    Lesson 08.
    """

    def __init__(self, network: nn.Module, schedule: NoiseSchedule | None = None,
                 predicts: str = "velocity", weighting: str | None = None,
                 text: nn.Module | None = None, drop: float = 0.1, steps: int = 50,
                 sampler: str = "ancestral", eta: float = 0.0, crowding: float = 1.0,
                 guidance: float = 1.0):
        super().__init__()
        self.schedule = NoiseSchedule.cosine() if schedule is None else schedule
        self.network, self.text = network, text
        self.time = TimeFeatures(network.features)
        self.predicts = check_choice("predicts", predicts, PREDICTIONS)
        self.weighting = check_choice("weighting", weighting or predicts, WEIGHTINGS)
        self.drop = check_number("drop", drop, 0.0, 1.0)
        self.defaults = {"steps": steps, "sampler": sampler, "eta": eta,
                         "crowding": crowding, "guidance": guidance}
        channels = network.out_channels
        self.x_shape = (network.in_channels - channels, "height", "width")
        self.y_shape = (channels, "height", "width")
        if text is None:
            self.given_shape = self.x_shape

    def check_given(self, given: Given) -> Given:
        """Return what is given, checked: x, or x and a caption."""
        if self.text is None:
            return super().check_given(given)
        if not isinstance(given, dict) or set(given) != {"image", "caption"}:
            raise ValueError(f"given is {describe(given)}; give a dict with the "
                             f"entries image and caption.")
        self.text.check(given["caption"])
        size_of(given)
        return to_device(given, device_of(self), dtype_of(self))

    def check_pair(self, y: Tensor, given: Given) -> tuple[Tensor, Given]:
        """Return y and what is given, checked, in the model's precision."""
        y, given = super().check_pair(y, given)
        return y.to(dtype_of(self)), given

    # ------------------------------------------------------------ training

    def predict(self, y_t: Tensor, t: Tensor, given: Given) -> Tensor:
        """Return what the network answers, the shape of y_t; t is (batch,), int64."""
        x = given if self.text is None else given["image"]
        vector = self.time(t.to(y_t) / self.schedule.steps)
        if self.text is not None:
            vector = vector + self.text(given["caption"])
        return self.network(torch.cat([y_t, x], dim=1), vector)

    def loss(self, y: Tensor, given: Given = None) -> Tensor:
        """Return the weighted mean squared error at one random time for each pair."""
        y, given = self.check_pair(y, given)
        t = torch.randint(1, self.schedule.steps + 1, (len(y),), device=y.device)
        noise = torch.randn_like(y)
        if self.text is not None:
            given = self.without_captions(given, torch.rand(len(y)) < self.drop)
        y_t = self.schedule.add_noise(y, t, noise)
        target = self.schedule.target(self.predicts, y, t, noise)
        error = (self.predict(y_t, t, given) - target).square()
        return (self.weight(t, y) * error).mean()

    def weight(self, t: Tensor, like: Tensor) -> Tensor:
        """Return what the squared error of the prediction is multiplied with."""
        signal, spread = (rate.square() for rate in self.schedule.rates(t, like))
        of_clean = {"clean": torch.ones_like(signal), "velocity": 1 / spread,
                    "noise": signal / spread,
                    "min-snr": (signal / spread).clamp(max=5)}
        return of_clean[self.weighting] / of_clean[self.predicts]

    @staticmethod
    def without_captions(given: Given, dropped: Tensor | bool = True) -> Given:
        """Return what is given with no caption, where `dropped`, (batch,), says so."""
        caption = given["caption"]
        if dropped is True:
            return given | {"caption": torch.zeros_like(caption)}
        return given | {"caption": caption.masked_fill(
            dropped.to(caption.device)[:, None], 0)}

    # ------------------------------------------------------------ sampling

    @torch.no_grad()
    def denoise(self, y_t: Tensor, t: int | Tensor, given: Given,
                guidance: float = 1.0) -> Tensor:
        """Return the clean y that the model expects, E[y | y_t, x], like y_t.

        guidance: w in u + w (c - u), of the answers without and with the caption
        Jonathan Ho and Tim Salimans, "Classifier-free diffusion guidance", 2022."""
        y_t, given = self.check_pair(y_t, given)
        t = self.schedule.check_times(t).expand(len(y_t))
        answer = self.predict(y_t, t, given)
        if guidance != 1.0:
            if self.text is None:
                raise ValueError(f"guidance is {guidance} and this model reads no "
                                 f"captions; leave it at 1, or build it with text=....")
            without = self.predict(y_t, t, self.without_captions(given))
            answer = without + guidance * (answer - without)
        return self.schedule.clean(self.predicts, answer, y_t, t)

    @torch.no_grad()
    def sample(self, given: Given = None, n: int = 1, seed: int | None = None,
               batch: int | None = None, **options) -> Tensor:
        """Return (n, batch, *y): n samples for each x.

        options: steps, how often the network is asked; sampler, "ancestral" (with fresh
                 noise at every step) or "deterministic" (with `eta` of it); crowding,
                 see `NoiseSchedule.stops`; guidance, the weight of the caption
        The others are those of `ConditionalModel.sample`.
        """
        check_integer("n", n, 1)
        check_seed(seed)
        for name in options:
            check_choice("options", name, self.defaults)
        given = self.check_given(given)
        with seeded(seed, device_of(self)):
            return self.draw(given, n, size_of(given), **options)

    def draw(self, given: Given, n: int, batch: int, **options) -> Tensor:
        options = self.defaults | options
        check_choice("sampler", options["sampler"], SAMPLERS)
        check_number("eta", options["eta"], 0.0, 1.0)
        guidance = check_number("guidance", options["guidance"], 0.0, 1e3)
        stops = self.schedule.stops(options["steps"], options["crowding"])
        given = repeat(given, n)
        x = given if self.text is None else given["image"]
        y = torch.randn(len(x), self.y_shape[0], *x.shape[2:], device=x.device,
                        dtype=x.dtype)

        def denoise(y_t: Tensor, t: int) -> Tensor:
            return self.denoise(y_t, t, given, guidance)

        if options["sampler"] == "ancestral":
            y = draw_ancestral(denoise, self.schedule, y, stops)
        else:
            y = draw_implicit(denoise, self.schedule, y, stops, options["eta"])
        return y.view(n, batch, *y.shape[1:])
