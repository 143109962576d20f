"""Fashion-MNIST is found, verified and read without torchvision."""

import io
import struct
import sys
from urllib.error import URLError

import pytest
import torch

from course_lib.datasets import fashion_mnist, files
from course_lib.datasets.files import DataUnavailable

HERE = fashion_mnist.find()
needs_data = pytest.mark.skipif(
    HERE is None,
    reason="Fashion-MNIST is not here; `sudo apt install dataset-fashion-mnist`")


@pytest.fixture
def nowhere(tmp_path, monkeypatch):
    """A machine without the data and without a network."""
    def refuse(*args, **options):
        raise URLError("Network is unreachable")

    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    monkeypatch.setattr(files, "SYSTEM_FOLDER", tmp_path / "system")
    monkeypatch.setattr("urllib.request.urlopen", refuse)
    fashion_mnist.load.cache_clear()
    yield tmp_path
    fashion_mnist.load.cache_clear()


@needs_data
@pytest.mark.parametrize("split, n", [("train", 60000), ("test", 10000)])
def test_each_class_has_a_tenth_of_the_images(split, n):
    images, labels = fashion_mnist.load(split)
    assert images.shape == (n, 28, 28) and images.dtype == torch.uint8
    assert labels.bincount().tolist() == [n // 10] * 10


@needs_data
def test_the_7000_t_shirts_are_class_0_and_brighter_in_the_middle_than_at_the_rim():
    train, test = fashion_mnist.t_shirts("train"), fashion_mnist.t_shirts("test")
    assert train.shape == (6000, 28, 28) and test.shape == (1000, 28, 28)
    labels = fashion_mnist.load("test")[1]
    assert torch.equal(test, fashion_mnist.load("test")[0][labels == 0])
    assert test[:, 10:18, 10:18].float().mean() > 100 > test[:, :, 0].float().mean()


@needs_data
def test_reading_agrees_with_torchvision(tmp_path):
    mnist = pytest.importorskip("torchvision.datasets.mnist", exc_type=Exception)
    for name in ("images-idx3", "labels-idx1"):
        raw = fashion_mnist.FILES.read(f"t10k-{name}-ubyte.gz")
        (tmp_path / name).write_bytes(raw)
    images, labels = fashion_mnist.load("test")
    assert torch.equal(images, mnist.read_image_file(str(tmp_path / "images-idx3")))
    assert torch.equal(labels, mnist.read_label_file(str(tmp_path / "labels-idx1")))


@needs_data
def test_reading_needs_no_torchvision(monkeypatch):
    monkeypatch.setitem(sys.modules, "torchvision", None)
    fashion_mnist.load.cache_clear()
    assert len(fashion_mnist.t_shirts("test")) == 1000


def test_a_broken_torchvision_is_a_sentence(nowhere, monkeypatch):
    monkeypatch.setitem(sys.modules, "torchvision", None)
    monkeypatch.setitem(sys.modules, "torchvision.datasets", None)
    with pytest.raises(DataUnavailable, match="torchvision"):
        fashion_mnist.load("test")


WRITTEN = {"train": 1504176606, "t10k": 1504176627}      # seconds in the gzip headers


def published(path):
    """The bytes of a file as the publisher compressed it: the system package leaves
    name and time out of the gzip header, which changes its MD5."""
    raw = path.read_bytes()
    if raw[3] & 8:
        return raw
    name, written = path.stem.encode(), WRITTEN[path.name.split("-")[0]]
    return (b"\x1f\x8b\x08\x08" + struct.pack("<I", written) + raw[8:10] + name + b"\0"
            + raw[10:])


@needs_data
def test_torchvision_fetches_with_its_checksums_what_ours_expect(nowhere, monkeypatch):
    pytest.importorskip("torchvision.datasets", exc_type=Exception)

    def serve(request):
        url = request.full_url
        response = io.BytesIO(published(HERE / url.rsplit("/", 1)[1]))
        response.url, response.length = url, None
        return response

    monkeypatch.setattr("urllib.request.urlopen", serve)
    assert len(fashion_mnist.load("test")[0]) == 10000
    assert fashion_mnist.find() == nowhere / "fashion-mnist"
    assert {path.name for path in nowhere.rglob("*") if path.is_file()} == set(
        fashion_mnist.FILES.checksums)


def test_without_data_and_network_the_world_says_what_to_do(nowhere):
    assert fashion_mnist.find() is None
    with pytest.raises(DataUnavailable, match="apt install dataset-fashion-mnist"):
        fashion_mnist.load("train")
    assert list(nowhere.iterdir()) == []


@needs_data
def test_a_truncated_file_of_ours_is_reported_and_not_read(nowhere):
    folder = nowhere / "fashion-mnist"
    folder.mkdir()
    for name in fashion_mnist.FILES.checksums:
        (folder / name).write_bytes((HERE / name).read_bytes()[:5000])
    with pytest.raises(DataUnavailable, match=r"t10k-images.*cannot be unpacked"):
        fashion_mnist.t_shirts("test")


def test_an_unknown_split_is_a_sentence():
    with pytest.raises(ValueError, match="split is 'valid'; choose one of 'train'"):
        fashion_mnist.load("valid")
