import shutil

import pytest

from generation.checkpoints.families import Family
from generation.checkpoints.weights import Weights
from generation.errors import WeightsError
from tests.generation.repositories import DECODERS, PRIORS, REVISION, into_cache
from tests.generation.toy import save_unet

FIRST = ["kandinsky-2-1", "kandinsky-2-1-prior", "kandinsky-2-1-inpaint"]
SECOND = [
    "kandinsky-2-2-decoder",
    "kandinsky-2-2-prior",
    "kandinsky-2-2-decoder-inpaint",
]


def complaint(folder):
    with pytest.raises(WeightsError) as caught:
        Weights.find(folder)
    return str(caught.value)


@pytest.fixture
def cache(own_repositories, tmp_path):
    """The hub's cache with everything in it."""
    for name in (*PRIORS, *DECODERS):
        into_cache(own_repositories / name, tmp_path / "cache")
    return tmp_path / "cache"


def test_our_own_names_are_known(toy):
    found = Weights.find(toy)

    assert (found.name, found.family) == ("toy", Family.KANDINSKY_21)
    assert found.inpaint == toy / "inpaint"


@pytest.mark.parametrize("half", ["prior", "decoder", "inpaint"])
def test_each_half_of_ours_leads_to_the_rest(half, toy):
    assert Weights.find(toy / half) == Weights.find(toy)


@pytest.mark.parametrize(
    ("folders", "name", "family"),
    [
        (FIRST, "kandinsky-2-1", Family.KANDINSKY_21),
        (SECOND, "kandinsky-2-2", Family.KANDINSKY_22),
    ],
)
def test_published_names_are_known(folders, name, family, repositories):
    for half in folders:
        found = Weights.find(repositories / half)

        assert (found.name, found.family) == (name, family)
        assert found.decoder == repositories / folders[0]
        assert found.prior == repositories / folders[1]
        assert found.inpaint == repositories / folders[2]


def test_a_folder_with_one_published_model_is_enough(own_repositories):
    for name in SECOND:
        shutil.rmtree(own_repositories / name)

    assert Weights.find(own_repositories).name == "kandinsky-2-1"


def test_a_folder_with_two_models_asks_which(repositories):
    assert complaint(repositories) == (
        f"{repositories} holds kandinsky-2-1 and kandinsky-2-2: name one of them by "
        f"its decoder, as {repositories / 'kandinsky-2-2-decoder'}"
    )


@pytest.mark.parametrize(
    ("missing", "left"),
    [
        ("kandinsky-2-1-prior", "kandinsky-2-1"),
        ("kandinsky-2-2-decoder", "kandinsky-2-2-prior"),
    ],
)
def test_a_half_without_the_other_names_it(missing, left, own_repositories):
    shutil.rmtree(own_repositories / missing)

    assert complaint(own_repositories / left).startswith(
        f"{own_repositories} lacks {missing}/: put it beside"
    )


def test_the_inpainting_half_may_be_missing(own_repositories):
    shutil.rmtree(own_repositories / "kandinsky-2-1-inpaint")

    assert Weights.find(own_repositories / "kandinsky-2-1").inpaint is None


@pytest.mark.parametrize("half", [*FIRST, *SECOND])
def test_the_hubs_cache_is_known(half, cache):
    repository = cache / f"models--kandinsky-community--{half}"

    by_name = Weights.find(repository)
    by_snapshot = Weights.find(repository / "snapshots" / REVISION)

    assert by_name == by_snapshot
    assert by_name.decoder.name == REVISION
    assert by_name.verified().startswith(by_name.name)


def test_a_blob_that_its_name_disowns_is_found(cache):
    weights = Weights.find(cache / "models--kandinsky-community--kandinsky-2-1")
    file = weights.decoder / "movq" / "diffusion_pytorch_model.safetensors"
    with file.open("r+b") as blob:
        blob.seek(-1, 2)
        blob.write(b"?")

    with pytest.raises(WeightsError, match=r"sha256 .* the hub's cache says"):
        weights.verified()


def test_a_blob_that_is_gone_is_named(cache):
    weights = Weights.find(cache / "models--kandinsky-community--kandinsky-2-1")
    file = weights.decoder / "unet" / "diffusion_pytorch_model.safetensors"
    file.resolve().unlink()

    with pytest.raises(WeightsError, match=f"{file} is missing"):
        weights.verified()


def test_the_branch_main_is_taken_where_there_are_others(cache):
    repository = cache / "models--kandinsky-community--kandinsky-2-1"
    (repository / "snapshots" / "another").mkdir()

    assert Weights.find(repository).decoder.name == REVISION


def test_the_only_revision_is_taken_where_there_is_no_main(own_repositories, tmp_path):
    for name in FIRST:
        into_cache(own_repositories / name, tmp_path / "cache", branch="v1")

    assert Weights.find(tmp_path / "cache").decoder.name == REVISION


def test_two_revisions_without_main_are_none(cache):
    repository = cache / "models--kandinsky-community--kandinsky-2-1"
    (repository / "refs" / "main").unlink()
    (repository / "snapshots" / "another").mkdir()

    assert "lacks kandinsky-2-1/" in complaint(repository)


def test_an_unfinished_download_is_none(cache):
    repository = cache / "models--kandinsky-community--kandinsky-2-1"
    (repository / "refs" / "main").write_text("another", "utf-8")

    assert "lacks kandinsky-2-1/" in complaint(repository)


@pytest.mark.parametrize(
    ("family", "channels", "said"),
    [
        (Family.KANDINSKY_21, 4, "holds the painting U-Net of kandinsky-2.1: call it"),
        (Family.KANDINSKY_22, 9, "holds the inpainting U-Net of kandinsky-2.2: call"),
        (Family.KANDINSKY_22, 8, "is a ControlNet decoder of Kandinsky 2.2"),
    ],
)
def test_a_decoder_under_another_name_is_recognised(family, channels, said, tmp_path):
    save_unet(tmp_path / "downloaded" / "unet", family, in_channels=channels)

    assert said in complaint(tmp_path / "downloaded")
