"""The held-out shirts, frozen: scores of different machines are of the same shirts.

`frozen/held_out_shirts.json` holds the SHA-256 of all test photos of each standard
world, and `frozen/held_out_shirts.safetensors` the 256 drawn ones of 32 x 32 pixels on
which scores are computed. `freeze` writes both anew, which is right only when the
generator was changed on purpose:

    python -c "from course_lib.scoring import held_out; held_out.freeze()"
"""

import json
from importlib.resources import files
from pathlib import Path

from safetensors.torch import load_file, save_file
from torch import Tensor

from course_lib.datasets import DataUnavailable, TShirts

FROZEN = Path(str(files("course_lib.scoring"))) / "frozen"
CHECKSUMS = FROZEN / "held_out_shirts.json"
PHOTOS = FROZEN / "held_out_shirts.safetensors"
STANDARD = [("drawn", 16), ("drawn", 32), ("drawn", 64), ("drawn", 128),
            ("fashion-mnist", 16), ("fashion-mnist", 32)]


def world_key(world: TShirts) -> str:
    """Return how the file of checksums calls the photos of a world; the pattern and
    the channels change none of them."""
    return f"{world.shirts} {world.size}x{world.size} seed {world.seed}"


def checksums() -> dict[str, str]:
    """Return the SHA-256 of each standard world's test photos."""
    return json.loads(CHECKSUMS.read_text())


def photos() -> Tensor:
    """Return the frozen 256 drawn shirts, (256, 32, 32) of bytes, lightness · 255."""
    return load_file(PHOTOS)["photos"]


def has_standard_shirts(world: TShirts) -> bool | None:
    """Return whether this machine makes the very shirts that were frozen; None for a
    world of which nothing was."""
    frozen = checksums().get(world_key(world))
    return None if frozen is None else frozen == world.checksum


def freeze() -> None:
    """Write both files from what the generator makes now."""
    sums = checksums()
    for shirts, size in STANDARD:
        try:
            world = TShirts(shirts=shirts, size=size)
        except DataUnavailable:              # what is not here keeps what was frozen
            continue
        sums[world_key(world)] = world.checksum
    CHECKSUMS.write_text(json.dumps(sums, indent=2) + "\n")
    photos = (255 * TShirts().held_out(256)[0]).round().byte()[:, 0]
    save_file({"photos": photos.contiguous()}, PHOTOS)
