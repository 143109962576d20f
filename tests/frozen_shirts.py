"""The held-out shirts, frozen: scores of different machines are of the same shirts.

`frozen/held_out_shirts.json` holds the SHA-256 of all test photos of each standard
world, and `frozen/held_out_shirts.safetensors` the 256 drawn ones of 32 x 32 pixels on
which scores are computed. `freeze` writes both anew, which is right only when the
generator was changed on purpose:

    python -c "from tests import frozen_shirts; frozen_shirts.freeze()"
"""

import hashlib
import json
from pathlib import Path

from safetensors.torch import load_file, save_file
from torch import Tensor

from course_lib.datasets import DataUnavailable, TShirts

FROZEN = Path(__file__).parent / "frozen"
CHECKSUMS = FROZEN / "held_out_shirts.json"
PHOTOS = FROZEN / "held_out_shirts.safetensors"
STANDARD = [("drawn", 16), ("drawn", 32), ("drawn", 64), ("drawn", 128),
            ("fashion-mnist", 16), ("fashion-mnist", 32)]


def world_key(world: TShirts) -> str:
    """Return how the file of checksums calls the photos of a world; the pattern and
    the channels change none of them."""
    return f"{world.shirts} {world.size}x{world.size} seed {world.seed}"


def in_bytes(lightness: Tensor) -> Tensor:
    """Return the 8 bits of each pixel that photos were before they were lightness."""
    return (255 * lightness).round().byte()[:, 0].contiguous()


def checksum(world: TShirts) -> str:
    """Return the SHA-256 of all photos of the test split."""
    photos = in_bytes(world.lightness("test"))
    return hashlib.sha256(photos.numpy().tobytes()).hexdigest()


def checksums() -> dict[str, str]:
    """Return the frozen SHA-256 of each standard world's test photos."""
    return json.loads(CHECKSUMS.read_text())


def photos() -> Tensor:
    """Return the frozen 256 drawn shirts, (256, 32, 32) of bytes, lightness · 255."""
    return load_file(PHOTOS)["photos"]


def freeze() -> None:
    """Write both files from what the generator makes now."""
    sums = checksums()
    for shirts, size in STANDARD:
        try:
            world = TShirts(shirts=shirts, size=size)
        except DataUnavailable:              # what is not here keeps what was frozen
            continue
        sums[world_key(world)] = checksum(world)
    CHECKSUMS.write_text(json.dumps(sums, indent=2) + "\n")
    save_file({"photos": in_bytes(TShirts().held_out(256)[0])}, PHOTOS)
