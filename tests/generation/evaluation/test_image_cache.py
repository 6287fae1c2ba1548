from dataclasses import replace

from generation.evaluation.image_cache import opened
from generation.recipe import PriorKind
from generation.regimes import Part, fusion, text_to_image


def test_what_is_there_is_never_painted_again(trial):
    asks = trial.asks([text_to_image("a"), text_to_image("b")])
    [kept, lost] = trial.album.filled(asks, "first")
    before = kept.stat().st_mtime_ns
    lost.unlink()

    again = trial.album.filled(asks, "again")

    assert again == [kept, lost]
    assert kept.stat().st_mtime_ns == before
    assert lost.is_file()


def test_more_than_the_engine_holds_is_painted_in_turns(trial):
    count = trial.engine.capacity + 3

    files = trial.album.filled(trial.asks([text_to_image("a")] * count), "many")

    assert len(set(files)) == count
    assert all(file.is_file() for file in files)


def test_whatever_decides_a_picture_decides_its_name(trial):
    regimes = [
        text_to_image("a"),
        text_to_image("b"),
        fusion([Part("a", 0.5), Part("b", 0.5)]),
        fusion([Part("a", 0.4), Part("b", 0.6)]),
    ]
    asks = [(regime, trial.recipe) for regime in regimes]
    asks += [(regimes[0], replace(trial.recipe, seed=9))]
    files = trial.album.filled(asks, "different")
    files += replace(trial.album, variant="other").filled(asks[:1], "variant")

    assert len(set(files)) == 6


def test_a_picture_that_fails_leaves_the_engine_empty(trial):
    wrong = replace(trial.recipe, prior=PriorKind.LINEAR)
    trial.engine.pipeline.prior_pipeline.require(PriorKind.LINEAR)
    asks = [(text_to_image("a"), trial.recipe), (text_to_image("b"), wrong)]

    files = trial.album.filled(asks, "both")

    assert [picture.size for picture in opened(files)] == [(32, 32)] * 2
    assert trial.engine.idle
