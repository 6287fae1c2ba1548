import torch
from hypothesis import given
from hypothesis import strategies as st

import torch_runtime.torchvision_operators  # noqa: F401  # before diffusers

# isort: split
from diffusers.pipelines.kandinsky.pipeline_kandinsky_inpaint import prepare_mask

from generation.latent_init import NEIGHBOURS, eroded, latent_mask


def erased(mask):
    """What the authors describe: each 0 takes six of its eight neighbours with it."""
    result = mask.clone()
    rows, columns = mask.shape
    for row in range(rows):
        for column in range(columns):
            if mask[row, column]:
                continue
            for down, right in NEIGHBOURS:
                if 0 <= row + down < rows and 0 <= column + right < columns:
                    result[row + down, column + right] = 0
    return result


def test_neither_the_upper_right_nor_the_lower_left_neighbour_goes():
    keep = torch.ones(1, 1, 5, 5)
    keep[..., 2, 2] = 0

    assert eroded(keep)[0, 0].tolist() == [
        [1, 1, 1, 1, 1],
        [1, 0, 0, 1, 1],
        [1, 0, 0, 0, 1],
        [1, 1, 0, 0, 1],
        [1, 1, 1, 1, 1],
    ]


@given(st.integers(1, 9), st.integers(1, 9), st.integers(0, 2**32), st.floats(0, 1))
def test_erosion_is_the_double_loop_of_its_definition(rows, columns, seed, share):
    random = torch.Generator().manual_seed(seed)
    keep = (torch.rand(rows, columns, generator=random) > share).float()

    assert eroded(keep[None, None])[0, 0].equal(erased(keep))


def test_erosion_is_that_of_diffusers_pipeline():
    keep = (torch.rand(3, 1, 12, 9) > 0.1).float()

    theirs = prepare_mask(keep.clone())

    assert eroded(keep).equal(theirs)


@given(st.integers(1, 6), st.integers(1, 6), st.integers(0, 2**32))
def test_a_larger_hole_never_keeps_more(rows, columns, seed):
    random = torch.Generator().manual_seed(seed)
    hole = torch.rand(1, 1, 4 * rows, 4 * columns, generator=random) < 0.03
    larger = hole | (torch.rand(hole.shape, generator=random) < 0.03)

    assert (latent_mask(larger, 4) <= latent_mask(hole, 4)).all()
