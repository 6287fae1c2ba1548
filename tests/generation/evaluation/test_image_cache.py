from dataclasses import replace

from generation.evaluation.image_cache import load_images
from generation.recipe import PriorKind
from generation.regimes import Part, fusion, text_to_image


def test_what_is_there_is_never_painted_again(experiment):
    tasks = experiment.tasks([text_to_image("a"), text_to_image("b")])
    [kept, lost] = experiment.images.generate(tasks, "first")
    before = kept.stat().st_mtime_ns
    lost.unlink()

    again = experiment.images.generate(tasks, "again")

    assert again == [kept, lost]
    assert kept.stat().st_mtime_ns == before
    assert lost.is_file()


def test_more_than_the_engine_holds_is_painted_in_turns(experiment):
    count = experiment.engine.capacity + 3

    files = experiment.images.generate(
        experiment.tasks([text_to_image("a")] * count), "many"
    )

    assert len(set(files)) == count
    assert all(file.is_file() for file in files)


def test_whatever_decides_a_picture_decides_its_name(experiment):
    regimes = [
        text_to_image("a"),
        text_to_image("b"),
        fusion([Part("a", 0.5), Part("b", 0.5)]),
        fusion([Part("a", 0.4), Part("b", 0.6)]),
    ]
    tasks = [(regime, experiment.recipe) for regime in regimes]
    tasks += [(regimes[0], replace(experiment.recipe, seed=9))]
    files = experiment.images.generate(tasks, "different")
    files += replace(experiment.images, variant="other").generate(tasks[:1], "variant")

    assert len(set(files)) == 6


def test_a_picture_that_fails_leaves_the_engine_empty(experiment):
    wrong = replace(experiment.recipe, prior=PriorKind.LINEAR)
    experiment.engine.pipeline.prior_pipeline.require(PriorKind.LINEAR)
    tasks = [(text_to_image("a"), experiment.recipe), (text_to_image("b"), wrong)]

    files = experiment.images.generate(tasks, "both")

    assert [picture.size for picture in load_images(files)] == [(32, 32)] * 2
    assert experiment.engine.idle
