"""What a training run does, read from a TOML file."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from generation.errors import PlanError


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """How long and how fast one network learns.

    *rate* is reached after *warmup* steps and falls to zero over the last fifth;
    *average* is the decay of the averaged weights, which are the ones that are kept.
    """

    steps: int
    batch: int
    rate: float
    warmup: int
    average: float
    save_every: int


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What the rendered world shows, where nothing else is learnt from.

    Kinds of subjects and backgrounds and how often there are, *styled* the share of
    the pictures of things that are in a style.
    """

    font: Path
    subjects: Mapping[str, float]
    backgrounds: Mapping[str, float]
    styled: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Frames:
    """How many pictures of one format are encoded; *size* is in sides."""

    size: tuple[float, float]
    pictures: int

    def pixels(self, side: int) -> tuple[int, int]:
        """Width and height when the shorter side is *side* pixels."""
        return round(self.size[0] * side), round(self.size[1] * side)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One reproducible training run, from captions to a bundle."""

    seed: int
    side: int
    world: World
    captions: int
    clip_vocabulary: int
    multilingual_vocabulary: int
    shapes: Mapping[str, Any]
    schedules: Mapping[str, Schedule]
    defaults: Mapping[str, float]
    encoding_batch: int
    frames: tuple[Frames, ...]
    perceptual: float
    adversarial: float
    prior_drops_text: float
    linear_captions: int
    linear_ridge: float
    decoder_drops_text: float
    decoder_drops_image: float
    square_share: float

    @classmethod
    def read(cls, file: Path) -> Self:
        """The plan in *file*, or PlanError."""
        try:
            table = tomllib.loads(file.read_text("utf-8"))
            return cls._of(table)
        except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
            raise PlanError(f"{file} is not a training plan: {error!r}") from error

    @classmethod
    def _of(cls, table: dict[str, Any]) -> Self:
        prior, decoder = dict(table["prior"]), dict(table["decoder"])
        painter = dict(table["autoencoder"])
        return cls(
            seed=table["seed"],
            side=table["side"],
            world=World(**{**table["world"], "font": Path(table["world"]["font"])}),
            captions=table["tokenizers"]["captions"],
            clip_vocabulary=table["tokenizers"]["clip_vocabulary"],
            multilingual_vocabulary=table["tokenizers"]["multilingual_vocabulary"],
            shapes=table["shapes"],
            perceptual=painter.pop("perceptual"),
            adversarial=painter.pop("adversarial"),
            prior_drops_text=prior.pop("drop_text"),
            linear_captions=table["linear"]["captions"],
            linear_ridge=table["linear"]["ridge"],
            decoder_drops_text=decoder.pop("drop_text"),
            decoder_drops_image=decoder.pop("drop_image"),
            square_share=decoder.pop("square_share"),
            schedules={
                "clip": Schedule(**table["clip"]),
                "autoencoder": Schedule(**painter),
                "prior": Schedule(**prior),
                "residual": Schedule(**table["residual"]),
                "decoder": Schedule(**decoder),
                "inpaint": Schedule(**table["inpaint"]),
                "polish": Schedule(**table["polish"]),
            },
            defaults=table["defaults"],
            encoding_batch=table["latents"]["batch"],
            frames=tuple(
                Frames(size=tuple(frame["size"]), pictures=frame["pictures"])
                for frame in table["latents"]["frames"]
            ),
        )
