"""Denoise to draw: conditional diffusion. Lesson 08.

Training adds noise to y and asks a network for what it was; sampling begins with noise
alone and takes it away in many small steps. x stands beside y_t at every one of them.
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from course_lib.checks import check_number, describe
from course_lib.contract import (
    Given,
    at_least_32_bits,
    device_of,
    dtype_of,
    size_of,
    tensor_of,
    to_device,
)
from course_lib.models.diffusion.denoiser import Denoiser
from course_lib.models.diffusion.noise_schedule import NoiseSchedule
from course_lib.networks.unet import TimeFeatures


class Diffusion(Denoiser):
    """A network that tells noise from answer, trained to.

    network:    (batch, y channels + x channels, h, w) and a vector of the time (and the
                caption) -> the velocity, (batch, y channels, h, w): a `UNet`
    schedule:   a `NoiseSchedule`; the cosine one with 1,000 steps by default
    text:       a network from word numbers to `network.features` numbers; then what is
                given is {"image": x, "caption": tokens}
    condition_dropout: the part of the captions that training hides, for guidance
    options:    those of `Denoiser`: steps, sampler, eta, timestep_spacing,
                guidance
    Lesson 08.
    """

    def __init__(self, network: Any, schedule: NoiseSchedule | None = None,
                 text: Any = None, condition_dropout: float = 0.1, **options: Any):
        super().__init__(schedule, **options)
        if not getattr(network, "features", 0):
            raise ValueError(f"{type(network).__name__} has no place for the time; "
                             f"give a network with features, such as "
                             f"UNet(3, 2, (32, 64), features=64).")
        self.network, self.text = network, text
        self.time = TimeFeatures(network.features)
        self.condition_dropout = check_number("condition_dropout", condition_dropout,
                                              0.0, 1.0)
        channels = network.out_channels
        self.y_shape = (channels, "height", "width")
        if text is None:
            self.given_shape = (network.in_channels - channels, "height", "width")

    def shape_for(self, given: Given) -> tuple[int, ...]:
        return super().shape_for(image_of(given))

    def check_given(self, given: Given) -> Given:
        """Return what is given, checked: x, or a dict of x and a caption."""
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

    def predict(self, y_t: Tensor, t: Tensor, given: Given) -> Tensor:
        """Return what the network answers, the shape of y_t; t is (batch,), int64."""
        vector = self.time(t.to(at_least_32_bits(y_t).dtype) / self.schedule.steps)
        if self.text is not None:
            vector = vector + self.text(caption_of(given))
        return self.network(torch.cat([y_t, image_of(given)], dim=1), vector)

    def loss(self, y: Tensor, *, given: Given = None) -> Tensor:
        """Return the mean squared error at one random time for each pair."""
        y, given = self.check_pair(y, given)
        t = torch.randint(1, self.schedule.steps + 1, (len(y),), device=y.device)
        noise = torch.randn_like(y)
        if self.text is not None:
            hidden = torch.rand(len(y)) < self.condition_dropout
            given = self.without_captions(given, hidden)
        y_t = self.schedule.add_noise(y, t, noise)
        velocity = self.schedule.velocity(y, t, noise)
        return (self.predict(y_t, t, given) - velocity).square().mean()

    @staticmethod
    def without_captions(given: Given, dropped: Tensor | None = None) -> Given:
        """Return what is given with no caption, where `dropped`, (batch,), says so."""
        caption = caption_of(given)
        if dropped is None:
            dropped = torch.ones(len(caption), dtype=torch.bool)
        hidden = caption.masked_fill(dropped.to(caption.device)[:, None], 0)
        return {"image": image_of(given), "caption": hidden}

    @torch.no_grad()
    def denoise(self, y_t: Tensor, t: int | Tensor, given: Given,
                guidance: float = 1.0) -> Tensor:
        """Return the clean y that the model expects, E[y | y_t, x], like y_t.

        guidance: w in u + w (c - u), of the answers without and with the caption
        Jonathan Ho and Tim Salimans, "Classifier-free diffusion guidance", 2022."""
        y_t, given = self.check_pair(y_t, given)
        t = self.schedule.check_times(t)
        t = t if isinstance(t, Tensor) else torch.full((1,), t, device=y_t.device)
        t = t.expand(len(y_t))
        answer = self.predict(y_t, t, given)
        if guidance != 1.0:
            if self.text is None:
                raise ValueError(f"guidance is {guidance} and this model reads no "
                                 f"captions; leave it at 1, or build it with text=....")
            without = self.predict(y_t, t, self.without_captions(given))
            answer = without + guidance * (answer - without)
        return self.schedule.x0(answer, y_t, t)


def image_of(given: Given) -> Tensor:
    """Return x, the picture in what is given."""
    return tensor_of(given["image"] if isinstance(given, Mapping) else given)


def caption_of(given: Given) -> Tensor:
    """Return the caption in what is given."""
    return tensor_of(given["caption"] if isinstance(given, Mapping) else None)
