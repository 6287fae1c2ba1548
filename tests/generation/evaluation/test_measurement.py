from itertools import repeat

from PIL import Image

from generation.engine import OnStep
from generation.evaluation.measurement import Measurement
from generation.evaluation.prompts import Question
from generation.evaluation.report import Answer, summed
from generation.recipe import Recipe
from generation.regimes import Regime
from generation.work import Work
from generation.world.vocabulary import COLOURS, things

RECIPE = Recipe(seed=1, width=32, height=32)
CAT, DOG = things()[:2]
RED, BLUE = COLOURS[0], COLOURS[5]


class Monochrome:
    """Paints every prompt red."""

    def imagine(self, regime: Regime, recipe: Recipe) -> Work:
        return Work(regime=regime, recipe=recipe, steps=1)

    def finish(self, work: Work, on_step: OnStep) -> Image.Image:
        on_step(1, 1)
        return Image.new("RGB", (work.recipe.width, work.recipe.height), RED.rgb)


class Partial:
    """Finds the sentence about a cat wherever there is one."""

    def best(self, picture: Image.Image, sentences: list[str]) -> int:
        return next(i for i, said in enumerate(sentences) if "cat" in said)


def test_a_picture_is_judged_by_its_border_and_by_the_critic():
    asked = [Question(CAT, RED, "en", (DOG,)), Question(DOG, BLUE, "en", (CAT,))]

    painted = list(Measurement(Monochrome(), Partial()).answer(asked, repeat(RECIPE)))

    assert [(answer.background, answer.thing) for answer, _ in painted] == [
        (True, True),
        (False, False),
    ]
    assert all(answer.seconds >= 0 for answer, _ in painted)


def test_shares_are_summed_over_all_and_by_language():
    english, russian = (Question(CAT, RED, language, ()) for language in ("en", "ru"))
    answers = [
        Answer(english, background=True, thing=False, seconds=1.0),
        Answer(english, background=True, thing=True, seconds=2.0),
        Answer(russian, background=False, thing=True, seconds=3.0),
    ]

    report = summed("toy", answers)

    assert (report.all.pictures, report.seconds) == (3, 2.0)
    assert report.by_language["en"].thing == 0.5
    assert report.by_language["ru"].background == 0.0


def test_a_language_that_was_not_asked_is_not_reported():
    asked = Question(CAT, RED, "en", ())
    answers = [Answer(asked, background=True, thing=True, seconds=1.0)]

    assert set(summed("toy", answers).by_language) == {"en"}
