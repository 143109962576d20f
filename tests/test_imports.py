"""Facts about importing: what is heavy is loaded where it is used."""

import ast
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

HEAVY = {"matplotlib", "torchvision", "skimage", "sklearn", "scipy", "ipywidgets"}
LIGHT = ["course_lib", "course_lib.contract", "course_lib.training",
         "course_lib.scoring", "course_lib.networks",
         "course_lib.distributions.quantization",
         "course_lib.models.point_prediction", "course_lib.models.softmax",
         "course_lib.models.joint_structure", "course_lib.datasets"]


# Run by a new Python each, and print the facts as a dictionary.
CORE = """
import sys

def loaded():
    return {name.split(".")[0] for name in sys.modules}

import course_lib
found = {"by the package": "torch" in loaded()}
import LIGHT
found["by the core"] = sorted(loaded() & {"torch", *HEAVY})
before = {"IPython", "ipywidgets", "jupyterlab", "matplotlib", "nbclient", "nbformat"}
sys.modules |= dict.fromkeys(before)             # importing any of them now fails
import pkgutil
rooms = [module.name for module in pkgutil.iter_modules(course_lib.__path__)]
names = [module.name for module in pkgutil.walk_packages(course_lib.__path__,
         "course_lib.") if module.name.split(".")[1] not in
         ("__main__", "commands", "teaching")]
for name in names:
    __import__(name)
import torch
from course_lib.datasets import TShirts
from course_lib.models.point_prediction import PointPredictor
course_lib.fit(PointPredictor(torch.nn.Conv2d(1, 2, 1)), TShirts(size=16), steps=1)
found["without notebooks"] = len(names) > 70 and {"commands", "teaching"} < set(rooms)
print(found)
"""
SETTINGS = """
import os, pkgutil, random, sys
import matplotlib.pyplot as plt
import numpy as np
import torch

def settings():
    return {"matplotlib": dict(plt.rcParams), "environment": dict(os.environ),
            "threads": (torch.get_num_threads(), torch.get_num_interop_threads()),
            "numbers": (torch.get_default_dtype(), torch.is_grad_enabled(),
                        torch.are_deterministic_algorithms_enabled(), np.geterr()),
            "random": (torch.get_rng_state().tolist(), random.getstate()),
            "path": list(sys.path), "folder": os.getcwd()}

def changed(before):
    return [name for name, value in settings().items() if value != before[name]]

torch.set_num_threads(2)
before = settings()
import course_lib
names = [module.name for module in pkgutil.walk_packages(course_lib.__path__,
         "course_lib.") if not module.name.endswith("__main__")]
for name in names:
    __import__(name)
found = {"modules": len(names), "by imports": changed(before)}
from course_lib.models.pixelcnn import PixelCNN
from course_lib.distributions.quantization import Quantizer
model = PixelCNN(Quantizer(0, 1, 2), 4, width=4, layers=1)
before = settings()
model.sample(batch=2, seed=0)
found["by an image"] = changed(before)
from course_lib.teaching import figures
ax = figures.show_bars({"truth": 1.0})
figures.png(ax.figure)
found["by a figure"], found["size"] = changed(before), ax.xaxis.get_label().get_size()
print(found)
"""


def told_by(code: str) -> dict:
    """Return the dictionary that a new Python prints last."""
    run = subprocess.run([sys.executable, "-c", code], check=True, text=True,
                         capture_output=True)
    return ast.literal_eval(run.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def core():
    return told_by(CORE.replace("LIGHT", ", ".join(LIGHT)).replace("HEAVY",
                                                                   repr(HEAVY)))


@pytest.fixture(scope="module")
def settings():
    return told_by(SETTINGS)


def test_no_module_of_the_core_loads_what_only_figures_and_data_need(core):
    assert core["by the core"] == ["torch"]


def test_course_lib_itself_does_not_even_load_torch(core):
    assert core["by the package"] is False


def test_the_library_needs_neither_jupyter_nor_matplotlib(core):
    assert core["without notebooks"]


def test_importing_every_module_changes_no_setting_of_the_process(settings):
    assert settings["modules"] > 100 and settings["by imports"] == []


def test_drawing_an_image_with_the_cache_leaves_the_threads_as_they_were(settings):
    assert settings["by an image"] == []


def test_drawing_a_figure_leaves_matplotlib_s_settings_alone(settings):
    assert settings["by a figure"] == [] and settings["size"] == 11.0


def test_the_names_of_the_contract_come_with_the_package():
    import course_lib
    from course_lib.contract import ConditionalModel
    from course_lib.training import fit

    assert course_lib.fit is fit
    assert course_lib.ConditionalModel is ConditionalModel
    assert all(callable(getattr(course_lib, name)) for name in course_lib.__all__)
    assert set(course_lib.__all__) <= set(dir(course_lib))


def test_an_unknown_name_is_answered_by_a_sentence():
    with pytest.raises(ImportError, match="cannot import name 'fitt'"):
        from course_lib import fitt  # noqa: F401
    with pytest.raises(AttributeError, match="has no fitt; it offers .*fit.*score"):
        sys.modules["course_lib"].__getattr__("fitt")


def test_no_two_classes_of_the_library_have_one_name():
    import course_lib

    folder = Path(course_lib.__file__).parent
    names = Counter(node.name for path in folder.rglob("*.py")
                    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
                    if isinstance(node, ast.ClassDef))
    assert [name for name, count in names.items() if count > 1] == []
