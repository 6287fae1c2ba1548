"""Shards of pictures that cost what photographs cost to read and to decode."""

import tarfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from bench.moderation.inputs import PromptMix

SIZES: Final = ((768, 512), (512, 704), (640, 512), (512, 512), (800, 512))
"""Width and height: 0.26 to 0.41 million pixels, as img2dataset leaves them."""

QUALITY: Final = 90
ROUGHNESS: Final = 1.48
"""Exponent by which detail fades: amplitudes of photographs fall about as 1/f."""

DISTINCT: Final = 32
"""Pictures that are made; each file of a shard has one of them and bytes of its own."""


def photograph(seed: int) -> Image.Image:
    """Noise with the spectrum of a photograph (Field 1987), in colours that agree."""
    random = np.random.default_rng(seed)
    width, height = SIZES[seed % len(SIZES)]
    across = np.fft.rfftfreq(width)[None, :]
    down = np.fft.fftfreq(height)[:, None]
    fading = np.hypot(across, down)
    fading[0, 0] = 1.0
    planes = []
    for _ in range(3):
        phases = np.exp(2j * np.pi * random.random(fading.shape))
        plane = np.fft.irfft2(phases / fading**ROUGHNESS, (height, width))
        planes.append(plane / plane.std())
    light, first, second = planes
    grain = random.normal(0, 0.05, (height, width))
    pixels = np.stack([light + 0.25 * first, light, light + 0.25 * second], axis=2)
    return Image.fromarray(
        (128 + 50 * (pixels + grain[..., None])).clip(0, 255).astype(np.uint8)
    )


def jpegs(count: int) -> list[bytes]:
    """So many JPEGs, each different from the others in its last bytes at least."""
    made = []
    for seed in range(min(count, DISTINCT)):
        file = BytesIO()
        photograph(seed).save(file, "JPEG", quality=QUALITY)
        made.append(file.getvalue())
    return [_marked(made[place % DISTINCT], place) for place in range(count)]


def shards(folder: Path, *, count: int, pairs: int) -> list[Path]:
    """*count* webdataset tars of so many *pairs*, of different pictures each."""
    pictures, captions = jpegs(pairs), PromptMix.drawn(pairs, unsafe=0.05).all
    paths = [folder / f"{number:05d}.tar" for number in range(count)]
    for number, path in enumerate(paths):
        with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as tar:
            for key, name, data in _members(number, pictures, captions):
                info = tarfile.TarInfo(f"{key}.{name}")
                info.size = len(data)
                tar.addfile(info, BytesIO(data))
    return paths


def _members(
    number: int, pictures: list[bytes], captions: list[str]
) -> Iterator[tuple[str, str, bytes]]:
    for place, (data, caption) in enumerate(zip(pictures, captions, strict=True)):
        key = f"{number:04d}{place:05d}"
        yield key, "jpg", _marked(data, number)
        yield key, "txt", caption.encode()
        yield key, "json", b'{"width": 512, "height": 512, "status": "success"}'


def _marked(data: bytes, mark: int) -> bytes:
    """The JPEG *data* with a comment that tells it from its copies."""
    comment = mark.to_bytes(4, "big")
    return data[:2] + b"\xff\xfe\x00\x06" + comment + data[2:]
