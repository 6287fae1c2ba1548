from dataclasses import dataclass, field
from math import prod

import numpy as np
import PIL.Image
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from generation.autoencoder import Autoencoder
from generation.checkpoints.geometry import Geometry
from generation.checkpoints.networks import VQModel
from generation.errors import ImageError
from generation.images import fitted, padded, to_tensor
from generation.latent_init import prepare_latent
from generation.regimes import Blank, Masked, Sketch, Window

GEOMETRY = Geometry(channels=4, cell=8, fold=2, side=64, embedding=32, tokens=77)


@dataclass(frozen=True)
class Mosaic:
    """Encodes a cell as its mean colour and the mean of those; keeps what it saw."""

    cell: int = GEOMETRY.cell
    seen: list[Tensor] = field(default_factory=list)

    def encode(self, to_tensor: Tensor) -> Tensor:
        self.seen.append(to_tensor)
        colour = torch.nn.functional.avg_pool2d(to_tensor, self.cell)
        return torch.cat([colour, colour.mean(1, keepdim=True)], dim=1)


@pytest.fixture
def mosaic() -> Mosaic:
    return Mosaic()


def noise(width, height, seed=0):
    shades = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    return PIL.Image.fromarray(shades)


def holed(width, height, *box):
    mask = PIL.Image.new("L", (width, height))
    mask.paste(255, box)
    return mask


def shades(image):
    return np.asarray(image).astype(int)


def test_a_blank_canvas_knows_and_keeps_nothing(mosaic):
    x = torch.randn(1, 4, 8, 6)
    painted = noise(45, 60)

    init = prepare_latent(Blank(), 45, 60, GEOMETRY, mosaic)

    assert init.shape == x.shape
    assert not init.latent.any()
    assert (init.strength, init.keep) == (None, None)
    assert init.input(x) is x
    assert init.blended(x) is x
    assert init.finished(painted) is painted


def test_a_sketch_is_known_but_not_kept(mosaic):
    image, x, painted = noise(64, 48), torch.randn(1, 4, 6, 8), noise(64, 48, 1)

    init = prepare_latent(Sketch(image, 0.4), 64, 48, GEOMETRY, mosaic)

    assert init.strength == 0.4
    [seen] = mosaic.seen
    torch.testing.assert_close(init.latent, mosaic.encode(seen))
    assert init.input(x) is x
    assert init.blended(x) is x
    assert init.finished(painted) is painted


@given(st.integers(16, 90), st.integers(16, 90))
def test_the_encoder_sees_the_fitted_picture_in_the_middle(width, height):
    image, mosaic = noise(70, 50), Mosaic()

    init = prepare_latent(Sketch(image), width, height, GEOMETRY, mosaic)

    [[seen]] = mosaic.seen
    rows, columns = GEOMETRY.cells(width, height)
    assert init.shape == (1, 4, rows, columns)
    assert seen.shape == (3, rows * 8, columns * 8)
    top, left = (rows * 8 - height) // 2, (columns * 8 - width) // 2
    middle = seen[:, top : top + height, left : left + width]
    expected = shades(fitted(image, width, height))
    np.testing.assert_allclose(
        (middle.permute(1, 2, 0).numpy() + 1) * 127.5, expected, atol=1e-4
    )


def test_an_inpainting_network_sees_what_is_kept_and_where(mosaic):
    image, x = noise(64, 64), torch.randn(1, 4, 8, 8)

    init = prepare_latent(
        Masked(image, holed(64, 64, 0, 0, 20, 64)), 64, 64, GEOMETRY, mosaic
    )

    z, m = mosaic.encode(mosaic.seen[0]), init.keep
    assert m is not None
    torch.testing.assert_close(init.input(x), torch.cat([x, z * m, m], dim=1))
    torch.testing.assert_close(init.blended(x), x * (1 - m) + z * m)
    assert m[0, 0].tolist() == [[0.0] * 4 + [1.0] * 4] * 8


def test_the_latent_of_the_real_autoencoder_is_kept(toy):
    movq = VQModel.from_pretrained(toy / "decoder" / "movq")
    geometry = Geometry(channels=4, cell=4, fold=2, side=32, embedding=32, tokens=77)
    image = noise(30, 37)
    canvas = Masked(image, holed(30, 37, 0, 0, 30, 9))

    with torch.inference_mode():
        init = prepare_latent(canvas, 30, 37, geometry, Autoencoder.of(movq))
        z = movq.encode(to_tensor(padded(image, 32, 40))).latents

    assert init.keep is not None
    assert init.keep[0, 0].tolist() == [[0.0] * 8] * 4 + [[1.0] * 8] * 6
    torch.testing.assert_close(init.latent, z * init.keep)


def test_the_whole_of_a_mask_may_be_white(mosaic):
    image, painted = noise(64, 64), noise(64, 64, 1)
    mask = PIL.Image.new("1", (64, 64), 1)

    init = prepare_latent(Masked(image, mask), 64, 64, GEOMETRY, mosaic)

    assert init.keep is not None
    assert not init.keep.any()
    np.testing.assert_array_equal(shades(init.finished(painted)), shades(painted))


@given(st.integers(16, 90), st.integers(16, 90), st.integers(0, 47), st.integers(0, 39))
def test_every_cell_under_white_is_painted_anew(width, height, left, top):
    mask = holed(48, 40, left, top, left + 1, top + 1)
    mask.paste(255, (23, 19, 25, 21))  # which no crop cuts off

    init = prepare_latent(
        Masked(noise(48, 40), mask), width, height, GEOMETRY, Mosaic()
    )

    assert init.kept is not None
    white = np.asarray(init.kept.mask) > 0
    rows, columns = GEOMETRY.cells(width, height)
    above, before = (rows * 8 - height) // 2, (columns * 8 - width) // 2
    for y, x in np.argwhere(white):
        assert init.kept.cells[0, 0, (y + above) // 8, (x + before) // 8] == 0


def test_a_picture_and_its_mask_are_cut_alike(mosaic):
    image = PIL.Image.new("RGB", (192, 64), "blue")
    image.paste("red", (80, 16, 112, 48))
    mask = holed(192, 64, 80, 16, 112, 48)
    painted = PIL.Image.new("RGB", (64, 64), "blue")

    init = prepare_latent(Masked(image, mask), 64, 64, GEOMETRY, mosaic)

    assert set(map(tuple, shades(init.finished(painted))[16:48, 16:48, 0])) == {
        (0,) * 32
    }


def test_pixels_far_from_the_white_are_those_of_the_picture(mosaic):
    image, painted = noise(60, 60), noise(60, 60, 1)

    init = prepare_latent(
        Masked(image, holed(60, 60, 20, 20, 40, 40)), 60, 60, GEOMETRY, mosaic
    )

    finished = shades(init.finished(painted))
    far = np.ones((60, 60), bool)
    far[12:48, 12:48] = False
    np.testing.assert_array_equal(finished[far], shades(image)[far])
    np.testing.assert_array_equal(finished[20:40, 20:40], shades(painted)[20:40, 20:40])


def test_pictures_are_turned_upright_before_their_masks_are_laid_on(mosaic):
    image = noise(64, 48)
    image.getexif()[0x0112] = 6

    init = prepare_latent(
        Masked(image, holed(48, 64, 0, 0, 9, 9)), 48, 64, GEOMETRY, mosaic
    )

    assert init.shape == (1, 4, 8, 6)


def test_around_a_window_the_picture_is_painted_on(mosaic):
    image, painted = noise(64, 64), noise(128, 96, 1)

    init = prepare_latent(Window(image, 32, 16), 128, 96, GEOMETRY, mosaic)

    finished = shades(init.finished(painted))
    inner = (slice(16 + 16, 80 - 16), slice(32 + 16, 96 - 16))
    np.testing.assert_array_equal(finished[inner], shades(image)[16:-16, 16:-16])
    outside = np.ones((96, 128), bool)
    outside[24:72, 40:88] = False
    np.testing.assert_array_equal(finished[outside], shades(painted)[outside])
    assert init.keep is not None
    cells = np.pad(np.ones((4, 4)), ((4, 4), (6, 6)))
    np.testing.assert_array_equal(init.keep[0, 0].numpy(), cells)


@pytest.mark.parametrize(
    ("left", "top", "kept"),
    [
        (0, 0, (slice(0, 48), slice(0, 48))),
        (-30, 10, (slice(26, 58), slice(0, 18))),
        (70, 40, (slice(56, 88), slice(86, 118))),
    ],
)
def test_a_side_on_the_edge_of_the_canvas_has_no_seam(mosaic, left, top, kept):
    image, painted = noise(64, 64), noise(128, 96, 1)

    init = prepare_latent(Window(image, left, top), 128, 96, GEOMETRY, mosaic)

    finished = shades(init.finished(painted))
    whole = np.zeros((300, 300, 3), int)
    whole[100 + top : 164 + top, 100 + left : 164 + left] = shades(image)
    np.testing.assert_array_equal(finished[kept], whole[100:196, 100:228][kept])


def test_the_encoder_sees_the_edges_of_a_window_repeated(mosaic):
    image = PIL.Image.new("RGB", (64, 64), "white")

    prepare_latent(Window(image, 20, 20), 100, 90, GEOMETRY, mosaic)

    assert (mosaic.seen[0] == 1).all()


@pytest.mark.parametrize("corner", [(-32, 0), (0, -40), (64, 0), (0, 64), (900, 900)])
def test_a_window_outside_of_the_canvas_is_refused(mosaic, corner):
    window = Window(noise(32, 32), *corner)

    with pytest.raises(ImageError, match=r"32 x 32 .* lies outside of the 64 x 64"):
        prepare_latent(window, 64, 64, GEOMETRY, mosaic)


def test_a_window_that_covers_the_canvas_is_refused(mosaic):
    window = Window(noise(80, 70), -10, 0)

    with pytest.raises(ImageError, match=r"nothing to paint: .* covers the 64 x 64"):
        prepare_latent(window, 64, 64, GEOMETRY, mosaic)


@pytest.mark.parametrize("left", [-20, -31, 33])
def test_a_window_of_which_nothing_would_be_kept_is_refused(mosaic, left):
    window = Window(noise(32, 32), left, 16)

    with pytest.raises(ImageError, match="too little of the 32 x 32 picture at"):
        prepare_latent(window, 64, 64, GEOMETRY, mosaic)


@given(st.data())
def test_a_window_is_refused_or_keeps_only_its_own_pixels(data):
    width, height = data.draw(st.integers(16, 60)), data.draw(st.integers(16, 60))
    left, top = data.draw(st.integers(-70, 70)), data.draw(st.integers(-70, 70))
    black = PIL.Image.new("RGB", (width, height), "black")
    white = PIL.Image.new("RGB", (64, 48), "white")
    try:
        init = prepare_latent(Window(black, left, top), 64, 48, GEOMETRY, Mosaic())
    except ImageError:
        return

    finished = shades(init.finished(white))

    ys, xs = np.nonzero(finished[..., 0] < 255)
    assert prod(finished.shape) > finished.sum() / 255 > 0
    assert left <= xs.min()
    assert xs.max() < left + width
    assert top <= ys.min()
    assert ys.max() < top + height
