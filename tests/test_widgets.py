"""Facts about widgets: controls drive a plain function, and nothing it does can break
the notebook. tests/test_browser.py moves a real slider in a real JupyterLab."""

import ipywidgets
import matplotlib.pyplot as plt
import pytest

from course_lib.teaching import figures, widgets


def line(height=1.0, kind="solid"):
    ax = figures.start(height=2)
    ax.plot([0, 1], [0, height], "-" if kind == "solid" else ":")
    return figures.describe(ax, f"A {kind} line up to {height}.")


def test_the_first_picture_is_what_the_plain_function_draws():
    explorer = widgets.explore(line, height=(0.0, 2.0, 0.5, 1.0))
    assert widgets.render(line, {"height": 1.0}, small=True) == explorer.picture.value
    assert 'alt="A solid line up to 1.0."' in explorer.picture.value


def test_moving_a_control_redraws_picture_and_alt_text():
    explorer = widgets.explore(line, height=(0.0, 2.0, 0.5, 1.0),
                               kind=["solid", "dotted"])
    before = explorer.picture.value
    explorer.controls["height"].value = 1.5
    assert 'alt="A solid line up to 1.5."' in explorer.picture.value
    explorer.controls["kind"].value = "dotted"
    assert 'alt="A dotted line up to 1.5."' in explorer.picture.value
    assert explorer.picture.value != before


def test_the_picture_has_one_size_whatever_the_sliders_say():
    explorer = widgets.explore(line, height=(0.0, 2.0, 0.5, 1.0))
    size = explorer.picture.value.split("decoding")[0]
    explorer.controls["height"].value = 2.0
    assert explorer.picture.value.split("decoding")[0] == size
    assert 'width="814" height="220"' in size


def test_no_figure_stays_open_after_a_redraw():
    before = plt.get_fignums()
    explorer = widgets.explore(line, height=(0.0, 2.0, 0.5, 1.0))
    explorer.controls["height"].value = 0.5
    assert plt.get_fignums() == before


def test_whole_numbers_make_a_whole_slider_and_steps_set_the_readout():
    assert isinstance(widgets.make_control("k", (2, 64, 1, 10)), ipywidgets.IntSlider)
    slider = widgets.make_control("noise_level", (0.0, 1.0, 0.05, 0.5))
    assert (slider.readout_format, slider.description) == (".2f", "noise level")
    assert (slider.min, slider.max, slider.step, slider.value) == (0, 1, 0.05, 0.5)


def test_an_error_in_the_function_is_shown_with_its_values_and_ends():
    def fragile(p=1):
        return f"{1 / p:.2f}"

    explorer = widgets.explore(fragile, p=(0, 2, 1, 1))
    assert "1.00" in explorer.picture.value
    explorer.controls["p"].value = 0
    assert "With p = 0: ZeroDivisionError" in explorer.picture.value
    explorer.controls["p"].value = 2
    assert "0.50" in explorer.picture.value


@pytest.mark.parametrize("last", [plt.show, lambda: print("text")])
def test_a_function_that_returns_nothing_is_told_to_return_the_axes(last):
    def drawn(p):
        plt.plot([0, p])
        last()

    assert "return the Axes" in widgets.explore(drawn, p=(0, 2, 1, 1)).picture.value
    assert "None" not in widgets.render(drawn, {"p": 1})


def test_tables_and_text_are_shown_as_they_are():
    table = figures.Table({"a": {"b": 1}})
    assert widgets.render(lambda: table, {}) == table._repr_html_()
    assert widgets.render(lambda: "1 < 2", {}) == "<pre>1 &lt; 2</pre>"


def test_a_picture_without_alt_text_says_so():
    assert "no alt text" in widgets.render(lambda: figures.start(), {})


def test_where_no_widget_can_live_a_sentence_stands_instead():
    bundle = widgets.explore(line, height=(0.0, 2.0, 0.5, 1.0))._repr_mimebundle_()
    assert bundle["text/plain"] == "Run this cell in JupyterLab to get the sliders."
    assert "application/vnd.jupyter.widget-view+json" in bundle


@pytest.mark.parametrize("control, words", [
    (3, r"give \(low, high, step, start\)"), ((0, 1), "low, high"), ([], "a list"),
    ((1, 0, 0.1, 0.5), "low < high"), ((0, 1, 0, 0.5), "a step above 0"),
    ((0, 1, 0.1, 2), "a start between")])
def test_another_control_is_answered_by_a_sentence(control, words):
    with pytest.raises((TypeError, ValueError), match=words):
        widgets.explore(line, height=control)


def test_a_widget_needs_a_function_and_a_control():
    with pytest.raises(TypeError, match="without calling it"):
        widgets.explore(line(), height=(0, 1, 1, 0))
    with pytest.raises(ValueError, match="at least one"):
        widgets.explore(line)
