"""Facts about figures: alt text reaches the notebook, pictures show what they are
given, looks differ in more than color, and numbers are written with their errors."""

import base64
import inspect
import io
import math
import os
import re
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from PIL import Image

from course_lib.datasets import TShirts
from course_lib.teaching import figures
from course_lib.teaching.figures.curves import running_median
from course_lib.teaching.figures.distributions import chroma_to_rgb, draw_bins
from course_lib.teaching.figures.palette import in_few_colors
from course_lib.teaching.figures.style import LOOKS, SPARE, looks
from course_lib.teaching.figures.tables import format_value

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def closed_afterwards():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def world():
    return TShirts(size=16)


@pytest.fixture(scope="module")
def executed():
    """A real notebook, executed by a real kernel: the outputs of each cell."""
    import nbclient
    import nbformat

    cells = [
        "from course_lib.teaching import figures",
        "ax = figures.start()\nfigures.describe(ax, 'Nothing yet.')",
        "ax = figures.start()\nfigures.describe(ax, 'Still there.')",
        "%matplotlib inline\nax",
        "figures.start();",
        "import matplotlib.pyplot as plt\nprint(plt.get_fignums())",
    ]
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    before = os.environ.pop("MPLBACKEND", None)
    try:
        nbclient.NotebookClient(notebook, kernel_name="python3", timeout=60, resources={
            "metadata": {"path": str(ROOT)}}).execute()
    finally:
        if before is not None:
            os.environ["MPLBACKEND"] = before
    return [cell.outputs for cell in notebook.cells]


@pytest.mark.parametrize("cell, alt", [(1, "Nothing yet."), (2, "Still there.")])
def test_alt_text_lies_beside_the_picture_in_the_notebook(executed, cell, alt):
    [output] = executed[cell]
    assert output["metadata"]["image/png"]["alt"] == alt
    assert output["data"]["image/png"]


@pytest.mark.parametrize("cell", [1, 2, 3])
def test_the_notebook_stores_the_small_picture_and_not_matplotlib_s(executed, cell):
    [output] = executed[cell]
    stored = Image.open(io.BytesIO(base64.b64decode(output["data"]["image/png"])))
    assert stored.mode == "P"                                  # a palette of 256 colors


def test_axes_as_the_last_line_add_no_text_and_show_a_closed_figure_again(executed):
    [output] = executed[3]
    assert output["metadata"]["image/png"]["alt"] == "Still there."
    assert output["output_type"] == "display_data"


def test_a_figure_without_alt_text_warns_its_author(executed):
    said = " ".join(output.get("text", "") for output in executed[4])
    assert "This figure has no alt text" in said


def test_figures_are_closed_once_they_are_shown(executed):
    assert executed[5][0]["text"].strip() == "[]"


def test_the_dyes_of_figures_are_the_world_s_own(world):
    x = torch.full((1, 1, 16, 16), 0.66)
    dyes = world.rgb(x, world.modes(x)[0])[:, 8, 8]
    for dye, name in zip(dyes, ("teal", "pink"), strict=True):
        drawn = [int(LOOKS[name].color[i:i + 2], 16) for i in (1, 3, 5)]
        assert np.abs(255 * dye - drawn).max() < 1
    both = chroma_to_rgb([-0.65, 0.65])
    assert np.abs(both - dyes).max() < 1e-6


def test_no_two_looks_differ_by_color_alone():
    for group in ([LOOKS["teal"], LOOKS["pink"]], SPARE, [LOOKS["truth"], *SPARE]):
        for trait in ("marker", "line"):
            assert len({str(getattr(look, trait)) for look in group}) == len(group)
    assert LOOKS["teal"].hatch != LOOKS["pink"].hatch


def test_a_name_keeps_its_look_whatever_stands_beside_it():
    chosen = looks(["L2", "truth, quantised", "teal", "L1"])
    assert chosen["truth, quantised"] is LOOKS["truth"]
    assert chosen["teal"] is LOOKS["teal"]
    assert (chosen["L2"], chosen["L1"]) == (SPARE[0], SPARE[1])


def test_shirts_are_shown_in_the_world_s_own_colors_photo_first(world):
    x, y = world.batch(3, seed=0)
    ax = figures.show_shirts(world, x, {"truth": y})
    shown = [np.asarray(image.get_array()) for image in ax.images]
    assert np.allclose(shown[0], x[0, 0, :, :, None].numpy())
    assert np.allclose(shown[3], world.rgb(x, y)[0])
    assert [label.get_text() for label in ax.get_yticklabels()] == [
        "grey photo x", "truth"]


def test_samples_stand_below_one_another_under_their_photo(world):
    x, _ = world.batch(2, seed=0)
    samples = world.truth.sample(given=x, n=3, seed=1)
    ax = figures.show_samples(world, x, samples)
    shown = np.stack([np.asarray(image.get_array()) for image in ax.images[2:]])
    assert np.allclose(shown.reshape(3, 2, 16, 16, 3), world.rgb(x, samples))


@pytest.mark.parametrize("pattern", ["solid", "stripes"])
def test_every_true_shirt_is_called_by_its_dye(pattern):
    world = TShirts(pattern, size=16)
    x, y = world.batch(64, seed=0)
    dye = world.truth.mode_posterior(y, given=x).argmax(-1)
    assert figures.name_dyes(world, x, y) == [world.mode_names[k] for k in dye]


def test_grey_shirts_are_called_greyish_and_confetti_mixed(world):
    x, y = world.batch(8, seed=0)
    assert set(figures.name_dyes(world, x, 0.3 * y)) == {"greyish"}
    confetti = world.independent.sample(given=x, seed=0)[0]
    assert set(figures.name_dyes(world, x, confetti)) == {"mixed"}


def test_the_alt_text_of_shirts_names_their_dyes(world):
    x, _ = world.batch(2, seed=0)
    teal, pink = world.modes(x).unbind(1)
    ax = figures.show_shirts(world, x, {"first": teal, "second": pink})
    assert "row 'first': teal, teal; row 'second': pink, pink" in ax.figure.alt


def test_bins_drawn_as_a_density_have_area_one():
    ax = figures.start()
    draw_bins(ax, [-1.0, 0.0, 0.5, 2.0], [0.2, 0.5, 0.3])
    area = sum(bar.get_width() * bar.get_height() for bar in ax.patches)
    assert math.isclose(area, 1.0)


def test_a_density_figure_says_where_the_peaks_are():
    a = torch.linspace(-1, 1, 201)
    density = torch.exp(torch.distributions.Normal(0.4, 0.1).log_prob(a))
    ax = figures.show_density(a, {"truth": density}, points={"mean": -0.2})
    assert "truth peaks at a = 0.4 with density 3.99" in ax.figure.alt
    assert "mean is a spike at a = −0.2" in ax.figure.alt


def test_a_band_is_two_standard_errors_wide():
    ax = figures.show_curves([1, 2], {"gap": ([5.0, 5.0], [0.5, 0.5])})
    y = ax.collections[0].get_paths()[0].vertices[:, 1]
    assert (y.min(), y.max()) == (4.0, 6.0)


def test_a_perfect_sampler_s_band_is_binomial():
    ax = figures.show_calibration({"model": ([0.5], [0.5])}, samples=100)
    vertices = ax.collections[0].get_paths()[0].vertices
    at_half = vertices[np.isclose(vertices[:, 0], 0.5), 1]
    assert np.allclose([at_half.min(), at_half.max()], [0.4, 0.6])


def test_bars_write_their_numbers_and_their_references():
    ax = figures.show_bars({"truth": 0.0, "L2": (205.1, 3.0)}, xlabel="nats",
                           references={"price": 180.0})
    assert ax.figure.alt == "Bars of nats: truth 0; L2 205; reference price at 180."
    assert "205 ± 3" in {text.get_text() for text in ax.texts}


def test_every_player_has_a_curve_and_the_axis_forgets_the_first_steps():
    losses = {"generator": [1000.0] + 199 * [1.0], "critic": 200 * [2.0]}
    ax = figures.show_history(losses)
    low, high = ax.get_ylim()
    assert low < 1 and 2 < high < 10
    assert "critic goes from 2 to 2 in 200 steps" in ax.figure.alt


def test_a_running_median_ignores_one_outlier_and_keeps_the_length():
    values = np.array([1.0, 1.0, 50.0, 1.0, 1.0])
    assert running_median(values, 3).tolist() == [1.0] * 5


def stored(figure) -> tuple[np.ndarray, np.ndarray]:
    """Return a figure's pixels, and those of the small PNG that a notebook stores."""
    exact, small = (figures.png(figure, small) for small in (False, True))
    before, after = (np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)
                     for data in (exact, small))
    return before, after


def test_a_stored_picture_is_small_and_its_greys_stay_grey(world):
    x, _ = world.batch(8, seed=0)
    drawn = world.truth.sample(given=x, n=4, seed=0)
    figure = figures.show_samples(world, x, drawn).figure
    small, full = (len(figures.png(figure, small=how)) for how in (True, False))
    assert small < 60_000 and small < 0.8 * full
    before, after = stored(figure)
    assert np.abs(before - after).mean() < 2
    grey = np.ptp(before, axis=-1) == 0
    assert np.ptp(after[grey], axis=-1).max() <= 1


@pytest.mark.parametrize("value, text", [
    (None, "–"), ("yes", "yes"), (120333, "120,333"), (-3, "−3"), (0.0, "0.000"),
    (0.12345, "0.123"), (205.14, "205"), ((205.14, 3.2), "205.1 ± 3.2"),
    ((9360.2, 33.0), "9,360 ± 33"), ((0.01234, 0.0041), "0.0123 ± 0.0041"),
    ((-0.001, 0.2), "0.00 ± 0.20"), ((1.0, 0.0), "1.00"), (math.nan, "nan")])
def test_numbers_are_written_with_the_digits_that_mean_something(value, text):
    assert format_value(value) == text


def test_a_table_has_a_cell_for_each_row_and_column():
    table = figures.Table({"truth": {"gap": (0.0, 0.2)}, "L2": {"chroma": 0.5}},
                          caption="Nats & more.", corner="model")
    assert table.cells() == [["model", "gap", "chroma"],
                             ["truth", "0.00 ± 0.20", "–"], ["L2", "–", "0.500"]]
    assert "Nats &amp; more." in table._repr_html_()
    assert 'scope="row"' in table._repr_html_() and "Nats & more." in repr(table)


@pytest.mark.parametrize("call, words", [
    (lambda w, x, y: figures.show_shirts(w, x, y[:1]), "rows is.*shape"),
    (lambda w, x, y: figures.show_shirts(w, x, y, titles=["one"]), "titles.*one each"),
    (lambda w, x, y: figures.show_samples(w, x, y), r"\(n, 2, 2, 16, 16\)"),
    (lambda w, x, y: figures.show_images(torch.zeros(3, 3)), "rows, columns"),
    (lambda w, x, y: figures.show_curves([1, 2], {"a": [1.0]}), "'a' holds 1"),
    (lambda w, x, y: figures.show_curves([1], {"a": [math.nan]}), "NaN"),
    (lambda w, x, y: figures.show_curves([1], [1.0]), "give a dict"),
    (lambda w, x, y: figures.show_density([0.0], {"a": ["b"]}), "give numbers"),
    (lambda w, x, y: draw_bins(figures.start(), [0, 1], [1, 2]), "edge more"),
    (lambda w, x, y: figures.show_history({}), "what fit"),
    (lambda w, x, y: figures.Table({}), "dict of rows"),
    (lambda w, x, y: figures.start(height=0), "height is 0"),
    (lambda w, x, y: figures.describe(figures.start(), " "), "say in a sentence"),
    (lambda w, x, y: figures.describe(plt.figure().gca(), "Nice."), "figures.start"),
])
def test_bad_input_is_answered_by_a_sentence(world, call, words):
    x, y = world.batch(2, seed=0)
    with pytest.raises((TypeError, ValueError), match=words):
        call(world, x, y)


def test_a_ramp_of_greys_keeps_its_levels_beside_noise_of_all_colors():
    ramp = np.tile(np.arange(2, 256, 4)[:, None], (64, 1, 3))          # 64 levels
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3))
    image = np.concatenate([ramp, noise], axis=1)
    small = in_few_colors(Image.fromarray(image.astype(np.uint8)))
    kept = np.asarray(small.convert("RGB")).astype(int)[:, :64]
    assert small.mode == "P" and len(np.unique(kept[..., 0])) == 64
    assert np.abs(kept - ramp).max() == 1


def test_a_grey_photo_is_stored_alike_whatever_is_drawn_beside_it(world):
    x, y = world.batch(6, seed=0)
    noise = torch.randn(y.shape, generator=torch.Generator().manual_seed(0))
    for beside in (y, noise):
        before, after = stored(figures.show_shirts(world, x, beside).figure)
        grey = np.ptp(before, axis=-1) == 0
        assert np.abs(before - after)[grey].max() <= 1


def test_noise_in_a_picture_puts_no_patches_on_the_shirts_beside_it():
    world = TShirts()
    x, _ = world.held_out(1)
    noise = torch.randn(7, 2, 32, 32, generator=torch.Generator().manual_seed(0))
    faint = torch.linspace(0, 0.3, 7).view(7, 1, 1, 1) * world.modes(x)[:, 1]
    ax = figures.show_strip(world, x, {"y_t": noise, "answer": faint}, list("abcdefg"))
    before, after = stored(ax.figure)
    answers = slice(len(before) * 6 // 10, None)        # the row below the noise
    assert np.abs(before - after)[answers].max(-1).mean() < 1
    assert (np.abs(before - after)[answers] > 10).mean() < 0.001


def test_a_level_line_is_named_where_no_curve_hides_it():
    falls, rises = [1.0, 0.4, 0.1, 0.0], [0.0, 0.4, 0.8, 1.0]
    for values, side in ((falls, "left"), (rises, "right")):
        ax = figures.show_curves([0, 1, 2, 3], {"a": values}, references={"floor": 0.0})
        name, = (text for text in ax.texts if text.get_text() == "floor")
        assert name.get_ha() == side


def test_every_figure_takes_an_alt_text_of_one_s_own_and_shows_it_in_its_signature():
    ax = figures.show_curves([0, 1], {"loss": [2.0, 1.0]}, alt="It falls.")
    assert ax.figure.alt == "It falls."
    for name in figures.__all__:
        if name.startswith("show_"):
            assert "alt" in inspect.signature(getattr(figures, name)).parameters, name


def test_a_figure_is_found_by_its_name_in_whichever_file_it_lies():
    for file in Path(figures.__file__).parent.glob("*.py"):
        for name in re.findall(r"(?m)^def (show_\w+)", file.read_text("utf8")):
            assert name in figures.__all__ and callable(getattr(figures, name))
