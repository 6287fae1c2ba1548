"""A linear prior that has seen 500 pictures of one kind, asked for other things."""

from dataclasses import replace
from typing import Final

import numpy as np
import torch

from generation.checkpoints.regressions import LinearNetwork
from generation.engine import Engine
from generation.errors import EvaluationError
from generation.evaluation.experiment import Trial
from generation.evaluation.fid import score
from generation.evaluation.findings import Findings
from generation.evaluation.image_cache import Album, opened
from generation.evaluation.probes import Question, lone, questions
from generation.evaluation.result import Result, share
from generation.evaluation.verdicts import BY_CLIP, BY_LIKENESS, judged
from generation.priors import Prior
from generation.priors.regression import RegressionPrior
from generation.recipe import PriorKind
from generation.regimes import text_to_image
from generation.training.linear import fitted
from generation.training.regression import Moments
from generation.training.rendered import Rendered
from generation.world.repertoire import Repertoire
from generation.world.vocabulary import Thing, things

PAIRS: Final = 500
RIDGE: Final = 1e-3  # as the full prior
NOTES: Final = (
    (
        f"As in figure 5 of the paper: a linear prior fitted on {PAIRS} pairs of one"
        " kind, of any background and style, is asked for lone things that are"
        " none of it."
    ),
)


def cat_prior(trial: Trial, kind: str) -> Result:
    """The prior of *kind* beside the model's own linear one, and beside none."""
    thing = _thing(kind)
    asked = [
        question
        for question in questions(lone, count=2 * trial.count, seed=trial.recipe.seed)
        if thing not in _shown(question)
    ][: trial.count]
    own = trial.engine.pipeline.prior_pipeline.priors
    narrow = replace(
        trial, album=_album(trial, RegressionPrior(narrow_prior(trial, thing)), kind)
    )
    found = _measured(narrow, asked, f"{kind} prior", PriorKind.LINEAR)
    if PriorKind.LINEAR in own:
        found += _measured(trial, asked, "full linear prior", PriorKind.LINEAR)
    found += _measured(trial, asked, "no prior", PriorKind.NONE)
    settings = {**trial.settings, "kind": kind, "pairs": PAIRS}
    return (found + Findings(notes=NOTES)).result("cat-prior", settings)


@torch.inference_mode()
def narrow_prior(trial: Trial, thing: Thing) -> LinearNetwork:
    """A linear prior that knows nothing but *thing*."""
    repertoire = Repertoire(known=(thing,), subjects={"one": 0.5, "posed": 0.5})
    data = Rendered(repertoire=repertoire, renderer=trial.renderer, seed=0)
    random = np.random.default_rng(0)
    frame = (trial.engine.side, trial.engine.side)
    told = trial.judge.told(data.caption(n, random).text for n in range(PAIRS))
    seen = trial.judge.seen(data.picture(n, frame) for n in range(PAIRS))
    pairs = torch.from_numpy(told), torch.from_numpy(seen)
    prior: LinearNetwork = fitted(Moments.of([pairs]), ridge=RIDGE).eval()
    return prior.to(trial.engine.pipeline.zero_embedding.device)


def _measured(
    trial: Trial, asked: list[Question], of: str, prior: PriorKind
) -> Findings:
    asks = trial.asks((text_to_image(q.prompt) for q in asked), prior=prior)
    files = trial.album.filled(asks, of)
    pictures = list(opened(files))
    told = trial.judge.told(question.sentences[0] for question in asked)
    clip, likeness = judged(trial, asked, pictures)
    return Findings(
        figures=[
            score(trial.judge.seen(pictures), told, of=of),
            share(clip, of=of, measure=BY_CLIP),
            share(likeness, of=of, measure=BY_LIKENESS),
        ],
        rows=[trial.row(of, files)],
    )


def _album(trial: Trial, prior: Prior, kind: str) -> Album:
    """One that is painted with *prior* in place of the model's own linear one."""
    pipeline = trial.engine.pipeline
    own = pipeline.prior_pipeline
    prior_pipeline = replace(
        own,
        priors={**own.priors, PriorKind.LINEAR: prior},
        unsafe={},
        concepts={},
    )
    engine = Engine(
        pipeline=replace(pipeline, prior_pipeline=prior_pipeline),
        capacity=trial.engine.capacity,
    )
    return replace(trial.album, engine=engine, variant=f"{PAIRS} pairs of {kind}")


def _thing(name: str) -> Thing:
    for thing in things():
        if any(said.split(" ", 1)[-1] == name for said in thing.en):
            return thing
    raise EvaluationError(f"the world has no {name!r}: name one thing in English")


def _shown(question: Question) -> set[Thing]:
    subject = question.scene.subject
    return {group.thing for group in getattr(subject, "groups", ())}
