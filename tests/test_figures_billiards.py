"""Facts about the figures of billiards."""

import matplotlib.pyplot as plt
import pytest
import torch

from course_lib.datasets import Billiards
from course_lib.teaching import figures

world = Billiards(size=16)
x, y = world.batch(3, seed=0)


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def test_frames_say_how_far_the_ball_went():
    place = torch.tensor([[6.0, 8.0]])
    color = torch.full((1, 3), 0.9)
    before, after = (world.frame(place + step, color)
                     for step in (torch.zeros(1, 2), torch.tensor([[2.0, -1.0]])))
    ax = figures.show_frames(world, {"x": before, "y": after}, captions=True)
    assert "→2.0 ↑1.0" in [text.get_text() for text in ax.texts]
    assert "y: →2.0 ↑1.0" in ax.figure.alt


def test_frames_without_captions_are_named_by_their_rows():
    alt = figures.show_frames(world, {"frame x": x, "next frame y": y}).figure.alt
    assert "3 frames" in alt and "frame x, next frame y" in alt


def test_the_plane_of_latents_reads_upwards():
    place, color = torch.tensor([[8.0, 8.0]]), torch.ones(1, 3)
    steps = torch.cartesian_prod(torch.arange(-1.0, 2), torch.arange(-1.0, 2)).flip(1)
    frames = world.frame(place + steps, color.expand(9, -1)).unflatten(0, (3, 3))
    before = world.frame(place, color)
    ax = figures.show_latent_frames(world, before, frames, [-1, 0, 1])
    labels = [each.get_ylabel() for each in ax.figure.axes if each.get_ylabel()]
    assert labels == ["z₂ = +1.0", "z₂ = +0.0", "z₂ = −1.0"]
    assert "the ball goes ←1.0 ↑1.0; " in ax.figure.alt


def test_velocities_say_whether_far_latents_are_fast():
    z = torch.randn(40, 2)
    alt = figures.show_velocities(z, z / 2).figure.alt
    assert "40 latents" in alt and "correlate by 1." in alt


@pytest.mark.parametrize("call, words", [
    (lambda: figures.show_frames(world, x), "rows is .*give {label: frames}"),
    (lambda: figures.show_frames(world, {"x": x, "y": y[:2]}), "y is .*the shape"),
    (lambda: figures.show_velocities(x, x), "z is .*the shape"),
])
def test_what_is_no_frame_is_refused_in_a_sentence(call, words):
    with pytest.raises((TypeError, ValueError), match=words):
        call()
