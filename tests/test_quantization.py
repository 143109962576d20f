"""Facts about codebooks: from numbers to classes and back."""

import math

import pytest
import torch
from torch.distributions import Normal

from course_lib.distributions.quantization import Palette, Quantizer

generator = torch.Generator().manual_seed(0)
chroma = torch.rand(4, 2, 9, 7, generator=generator) * 2.4 - 1.2
corners = torch.tensor([[-0.5, -0.5], [-0.5, 0.5], [0.5, -0.5], [0.5, 0.5]])
grid = Quantizer(levels=2, channels=2)


@pytest.mark.parametrize("levels", [2, 3, 10, 256])
def test_a_round_trip_errs_by_at_most_half_a_bin(levels):
    q = Quantizer(levels=levels, channels=2)
    again = q.decode(q.encode(chroma))
    assert again.shape == chroma.shape
    assert (again - chroma).abs().max() <= q.width / 2 + 1e-6


def test_the_error_falls_as_one_over_k():
    errors = []
    for levels in (4, 8, 16, 32):
        q = Quantizer(levels=levels, channels=2)
        errors.append((q.decode(q.encode(chroma)) - chroma).square().mean().sqrt())
        assert errors[-1] == pytest.approx(q.width / math.sqrt(12), rel=0.06)
    assert errors[0] / errors[3] == pytest.approx(8, rel=0.06)


def test_256_bins_hold_8_bit_values_exactly():
    values = torch.arange(256.0).view(1, 1, 16, 16)
    q = Quantizer(0, 256, levels=256)
    assert torch.equal(q.encode(values).flatten(), torch.arange(256))
    assert torch.equal(q.decode(q.encode(values), use="floors"), values)


@pytest.mark.parametrize("use", ["centers", "floors"])
@pytest.mark.parametrize("levels", [7, 10, 255])
def test_every_cell_holds_the_value_that_stands_for_it(levels, use):
    q = Quantizer(-1, 1, levels=levels, channels=2)
    cells = torch.arange(q.classes).view(1, levels, levels)
    assert torch.equal(q.encode(q.decode(cells, use=use)), cells)


def test_floors_are_half_a_bin_below_centers():
    q = Quantizer(-1, 1, levels=4)
    assert q.floors.tolist() == [-1.0, -0.5, 0.0, 0.5]
    assert q.centers.tolist() == [-0.75, -0.25, 0.25, 0.75]
    assert q.edges.tolist() == [-1.0, -0.5, 0.0, 0.5, 1.0]


def test_what_lies_outside_falls_into_the_outermost_bins():
    q = Quantizer(-1, 1, levels=4)
    far = torch.tensor([-100.0, -1.0, 1.0, 100.0]).view(1, 1, 1, 4)
    assert q.encode(far).tolist() == [[[0, 0, 3, 3]]]


def test_a_grid_over_two_channels_has_k_squared_cells_and_counts_b_first():
    q = Quantizer(-1, 1, levels=4, channels=2)
    color = torch.tensor([0.6, -0.6]).view(1, 2, 1, 1)
    assert q.classes == 16
    assert q.encode(color).item() == 3 * 4 + 0


@pytest.mark.parametrize("levels, mean", [(2, 0.0), (10, 0.33), (256, -0.65)])
def test_cells_have_the_mass_that_the_normal_distribution_function_gives(levels, mean):
    q = Quantizer(levels=levels)
    edges = q.edges.double()
    edges[0], edges[-1] = -math.inf, math.inf
    mass = Normal(torch.tensor(mean).double(), 0.1).cdf(edges).diff()
    found = q.log_probabilities(torch.tensor([mean]), 0.1).double().exp()
    torch.testing.assert_close(found, mass, atol=1e-6, rtol=1e-4)
    assert found.sum().item() == pytest.approx(1, abs=1e-6)


def test_a_cell_of_two_channels_has_the_product_of_two_masses():
    grid, line = Quantizer(levels=5, channels=2), Quantizer(levels=5)
    a, b = torch.tensor([0.2]), torch.tensor([-0.7])
    product = (line.log_probabilities(a, 0.3)[:, None]
               + line.log_probabilities(b, 0.3)[None]).flatten()
    torch.testing.assert_close(grid.log_probabilities(torch.cat([a, b]), 0.3), product)


def test_a_cell_fifty_deviations_away_has_a_finite_log_probability():
    log_mass = Quantizer(levels=10).log_probabilities(torch.tensor([-4.0, 4.0])
                                                      .unsqueeze(1), 0.1)
    assert log_mass.isfinite().all()
    torch.testing.assert_close(log_mass[0], log_mass[1].flip(0))
    # The tail beyond z is about exp(-z²/2) / (z √(2π)); here z = 50.
    assert log_mass[0, -1].item() == pytest.approx(
        -50 ** 2 / 2 - math.log(50 * math.sqrt(2 * math.pi)), abs=0.01)


def test_a_palette_takes_the_nearest_color():
    colors = torch.tensor([[0.0, 0.0], [0.6, 0.3], [-0.6, -0.3]])
    palette = Palette(colors)
    near = colors.view(1, 3, 1, 2).movedim(-1, 1) + 0.1
    assert palette.encode(near).tolist() == [[[0], [1], [2]]]
    torch.testing.assert_close(palette.decode(palette.encode(near)), near - 0.1)


def test_a_palette_of_a_grid_is_the_grid():
    q = Quantizer(-1, 1, levels=2, channels=2)
    palette = Palette(corners)
    assert torch.equal(palette.encode(chroma), q.encode(chroma))


def test_k_means_does_no_worse_than_a_grid_of_the_same_size():
    dyes = torch.tensor([0.65, 0.35]).view(1, 2, 1, 1)
    sign = torch.randint(-1, 2, (4, 1, 16, 16), generator=generator)
    y = sign * dyes + 0.1 * torch.randn(4, 2, 16, 16, generator=generator)
    errors = [(book.decode(book.encode(y)) - y).square().mean()
              for book in (Palette.fit(y, 16), Quantizer(levels=4, channels=2))]
    assert errors[0] < 0.5 * errors[1]


@pytest.mark.parametrize("codebook", [grid, Palette(corners)])
@pytest.mark.parametrize("leading", [(), (3,), (2, 3)])
def test_leading_dimensions_are_kept(codebook, leading):
    y = torch.rand(*leading, 2, 5, 4, generator=generator)
    assert codebook.encode(y).shape == (*leading, 5, 4)
    assert codebook.decode(codebook.encode(y)).shape == y.shape


@pytest.mark.parametrize("make, words", [
    (lambda: Quantizer(levels=0), "levels is 0; give a whole number from 2"),
    (lambda: Quantizer(levels=1), "levels is 1; give a whole number from 2"),
    (lambda: Quantizer(levels=2.5), "levels is 2.5; give a whole number"),
    (lambda: Quantizer(low=1, high=-1), "low is 1 and high is -1; give low below high"),
    (lambda: Quantizer(low=math.nan), "low is nan"),
    (lambda: Quantizer(channels=0), "channels is 0"),
    (lambda: Palette([[0.0, 1.0]]), "colors is .*; give a float tensor"),
    (lambda: Palette(torch.zeros(1, 2)), "number of colors is 1"),
    (lambda: Palette(torch.zeros(3, 2)), "holds the same color twice"),
    (lambda: Palette(corners / 0), "colors holds .* NaN"),
    (lambda: Palette.fit(chroma, 0), "colors is 0; give a whole number of at least"),
    (lambda: Palette.fit(torch.ones(4, 2, 9, 9), 3), "holds 1 different colors and 3"),
    (lambda: Palette.fit(chroma[0], 3), "y is .*; give the shape"),
])
def test_a_codebook_that_cannot_be_is_answered_by_a_sentence(make, words):
    with pytest.raises((TypeError, ValueError), match=words):
        make()


@pytest.mark.parametrize("codebook", [grid, Palette(corners)])
@pytest.mark.parametrize("call, words", [
    (lambda q: q.encode(chroma[:, :1]), r"y is .*\(4, 1, 9, 7\).*\(..., 2, height"),
    (lambda q: q.encode(chroma.sqrt()), "y holds .* NaN"),
    (lambda q: q.encode((255 * chroma).int()), "y is a int32 tensor"),
    (lambda q: q.encode(chroma.numpy()), "y is .*give a float tensor"),
    (lambda q: q.decode(torch.full((1, 1, 1), 4)), "4 to 4; give .* from 0 to 3"),
    (lambda q: q.decode(torch.full((1, 1, 1), -1)), "index runs from -1"),
    (lambda q: q.decode(torch.zeros(1, 1, 1)), "index is a float32 tensor.*int64"),
])
def test_what_is_no_cell_and_no_chroma_is_answered_by_a_sentence(codebook, call, words):
    with pytest.raises((TypeError, ValueError), match=words):
        call(codebook)


@pytest.mark.parametrize("mean, std, words", [
    (torch.zeros(3), 0.1, r"mean is .*\(..., 2\)"),
    (torch.zeros(2), 0.0, "std is 0.0; give a number")])
def test_what_is_no_gaussian_of_a_pixel_is_answered_by_a_sentence(mean, std, words):
    with pytest.raises(ValueError, match=words):
        grid.log_probabilities(mean, std)


def test_an_unknown_use_is_answered_by_a_sentence():
    with pytest.raises(ValueError, match="use is 'ceilings'; choose one of 'centers'"):
        Quantizer().decode(torch.zeros(1, 1, 1, dtype=torch.long), use="ceilings")
