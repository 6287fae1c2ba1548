"""A linear prior that has seen 500 pictures of one kind, asked for other things."""

from dataclasses import replace
from typing import Final

import numpy as np
import torch

from generation.checkpoints.regressions import LinearNetwork
from generation.engine import Engine
from generation.errors import EvaluationError
from generation.evaluation.experiment import Experiment
from generation.evaluation.fid import score
from generation.evaluation.image_cache import ImageCache, load_images
from generation.evaluation.judges import BY_CLIP, BY_TEMPLATE
from generation.evaluation.probes import Probe, draw_probes, single
from generation.evaluation.result import Findings, Result, share
from generation.priors import Prior
from generation.priors.regression import RegressionPrior
from generation.recipe import PriorKind
from generation.regimes import text_to_image
from generation.training.dataset import RenderedDataset
from generation.training.regression import Moments, fit_linear_network
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


def cat_prior(experiment: Experiment, kind: str) -> Result:
    """The prior of *kind* beside the model's own linear one, and beside none."""
    thing = _thing(kind)
    probes = [
        probe
        for probe in draw_probes(
            single, count=2 * experiment.count, seed=experiment.recipe.seed
        )
        if thing not in _shown(probe)
    ][: experiment.count]
    own = experiment.engine.pipeline.prior_pipeline.priors
    narrow = replace(
        experiment,
        images=_album(
            experiment, RegressionPrior(narrow_prior(experiment, thing)), kind
        ),
    )
    found = _measured(narrow, probes, f"{kind} prior", PriorKind.LINEAR)
    if PriorKind.LINEAR in own:
        found += _measured(experiment, probes, "full linear prior", PriorKind.LINEAR)
    found += _measured(experiment, probes, "no prior", PriorKind.NONE)
    settings = {**experiment.settings, "kind": kind, "pairs": PAIRS}
    return (found + Findings(notes=NOTES)).result("cat-prior", settings)


@torch.inference_mode()
def narrow_prior(experiment: Experiment, thing: Thing) -> LinearNetwork:
    """A linear prior that knows nothing but *thing*."""
    repertoire = Repertoire(known=(thing,), subjects={"one": 0.5, "posed": 0.5})
    data = RenderedDataset(repertoire=repertoire, renderer=experiment.renderer, seed=0)
    random = np.random.default_rng(0)
    frame = (experiment.engine.side, experiment.engine.side)
    told = experiment.judge.embed_texts(
        data.caption(n, random).text for n in range(PAIRS)
    )
    seen = experiment.judge.embed_images(data.picture(n, frame) for n in range(PAIRS))
    pairs = torch.from_numpy(told), torch.from_numpy(seen)
    prior: LinearNetwork = fit_linear_network(Moments.of([pairs]), ridge=RIDGE).eval()
    return prior.to(experiment.engine.pipeline.zero_embedding.device)


def _measured(
    experiment: Experiment, probes: list[Probe], of: str, prior: PriorKind
) -> Findings:
    tasks = experiment.tasks((text_to_image(q.prompt) for q in probes), prior=prior)
    files = experiment.images.generate(tasks, of)
    pictures = list(load_images(files))
    told = experiment.judge.embed_texts(probe.sentences[0] for probe in probes)
    clip, templates = experiment.judge_all(probes, pictures)
    return Findings(
        figures=[
            score(experiment.judge.embed_images(pictures), told, of=of),
            share(clip, of=of, measure=BY_CLIP),
            share(templates, of=of, measure=BY_TEMPLATE),
        ],
        rows=[experiment.row(of, files)],
    )


def _album(experiment: Experiment, prior: Prior, kind: str) -> ImageCache:
    """One that is painted with *prior* in place of the model's own linear one."""
    pipeline = experiment.engine.pipeline
    own = pipeline.prior_pipeline
    prior_pipeline = replace(
        own,
        priors={**own.priors, PriorKind.LINEAR: prior},
        unsafe={},
        concepts={},
    )
    engine = Engine(
        pipeline=replace(pipeline, prior_pipeline=prior_pipeline),
        capacity=experiment.engine.capacity,
    )
    return replace(experiment.images, engine=engine, variant=f"{PAIRS} pairs of {kind}")


def _thing(name: str) -> Thing:
    for thing in things():
        if any(said.split(" ", 1)[-1] == name for said in thing.en):
            return thing
    raise EvaluationError(f"the world has no {name!r}: name one thing in English")


def _shown(probe: Probe) -> set[Thing]:
    subject = probe.scene.subject
    return {group.thing for group in getattr(subject, "groups", ())}
