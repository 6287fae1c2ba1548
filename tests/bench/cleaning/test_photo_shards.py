from io import BytesIO

import pytest
from PIL import Image

from bench.cleaning import baseline, job_pipeline
from bench.cleaning.photo_shards import jpegs, shards

PAIRS = 20
"""As few as the mix of prompts can be drawn from."""


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    return shards(tmp_path_factory.mktemp("shards"), count=1, pairs=PAIRS)


# theirs: webdataset leaves the closing of tars to whoever collects the garbage
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_both_sides_find_the_same_pairs(paths):
    assert job_pipeline.walk_all(paths[0].parent) == baseline.walk_all(paths) == PAIRS


def test_pictures_weigh_what_photographs_weigh():
    data = jpegs(2)[1]

    width, height = Image.open(BytesIO(data)).size
    assert 0.25e6 < width * height < 0.45e6
    assert 60_000 < len(data) < 140_000


def test_both_sides_cut_the_same_square():
    data = jpegs(1)[0]

    assert baseline.square(data).shape == (224, 224, 3)
    assert job_pipeline.cut_views(data, again=True) == 2
    assert job_pipeline.cut_middle(data, again=True) == 1
