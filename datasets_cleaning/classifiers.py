"""Models of a job: their paths, which travel, and their weights, which do not."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import file_digest
from importlib.resources import as_file, files
from pathlib import Path
from typing import Final, Self

from datasets_cleaning.decode import SIDE
from datasets_cleaning.measures.captions import CaptionScores
from datasets_cleaning.measures.embeddings import Embedder
from moderation.bundled import bundled_classifiers
from moderation.clip import (
    ClipImageEncoder,
    ClipTextEncoder,
    OpenClip,
    TransformersClip,
)
from moderation.devices import available_device
from moderation.errors import ClassifierUnavailable
from moderation.image.hash_lists import HashList
from moderation.image.heads import Heads, ImageScorer
from moderation.image.quality import QualityScorer
from moderation.text.detoxify import Detoxify

BUNDLED: Final = ("weights/prompt-linear.safetensors", "text/lexicon.toml")
BUNDLED_HEADS: Final = "weights/heads-mini.safetensors"


@dataclass(frozen=True, slots=True, kw_only=True)
class Classifiers:
    """Paths of models and lists; what is None is not there.

    *clip* is a folder in the layout of transformers, with a *processor* folder unless
    its configuration of pixels lies in it; or open_clip's safetensors file of ViT-L/14,
    which holds the text half, too. *text* and *tokenizer* are the folders of the text
    half. Without *heads* the bundled ones are asked, which fit kandinsky-mini alone.
    """

    clip: Path | None = None
    processor: Path | None = None
    text: Path | None = None
    tokenizer: Path | None = None
    heads: Path | None = None
    detoxify: Path | None = None
    aesthetics: Path | None = None
    watermark: Path | None = None
    lists: tuple[Path, ...] = ()
    device: str = "cpu"

    @classmethod
    def of_prior(cls, folder: Path, *, heads: Path | None = None) -> Self:
        """Classifiers in the *folder* `prior` of Kandinsky's weights, with *heads*."""
        return cls(
            clip=folder / "image_encoder",
            processor=folder / "image_processor",
            text=folder / "text_encoder",
            tokenizer=folder / "tokenizer",
            heads=heads,
        )

    def load(self) -> "LoadedClassifiers":
        """The models at the paths, each loaded when it is first used."""
        return LoadedClassifiers(self)

    def on_cpu(self) -> "LoadedClassifiers":
        """The same models on the CPU, as where a job is driven."""
        return replace(self, device="cpu").load()

    def versions(self) -> dict[str, str]:
        """The digest of everything behind the paths, no model loaded.

        Raises ClassifierUnavailable for what is not there.
        """
        named: list[tuple[str, Path]] = [
            (name, path)
            for name in ("clip", "processor", "text", "tokenizer", "heads", "detoxify")
            if (path := getattr(self, name)) is not None
        ]
        named += [
            (name, path)
            for name in ("aesthetics", "watermark")
            if (path := getattr(self, name)) is not None
        ]
        named += [(f"list {path.name}", path) for path in self.lists]
        found = {name: _digest(path) for name, path in named}
        ours = BUNDLED if self.heads else (*BUNDLED, BUNDLED_HEADS)
        for name in ours:
            with as_file(files("moderation") / name) as path:
                found[Path(name).name] = _digest(path)
        return found


@dataclass(frozen=True)  # no slots: cached_property needs a place to keep things
class LoadedClassifiers:
    """The models of *classifiers*, each at its first use, or ClassifierUnavailable."""

    classifiers: Classifiers

    @cached_property
    def device(self) -> str:
        """The device of networks; it is present."""
        return available_device(self.classifiers.device)

    @cached_property
    def captions(self) -> CaptionScores:
        """The bundled classifiers of texts."""
        return CaptionScores(bundled_classifiers())

    @cached_property
    def embedder(self) -> Embedder:
        """The embedder of pictures over CLIP."""
        encoder = self._encoder()
        if encoder.preprocessing.side > SIDE:
            raise ClassifierUnavailable(
                f"the encoder wants pictures of {encoder.preprocessing.side} pixels,"
                f" they are decoded to {SIDE}: give one for {SIDE} or fewer"
            )
        return Embedder(encoder)

    @cached_property
    def scorer(self) -> ImageScorer:
        """The heads over CLIP."""
        path = self.classifiers.heads
        heads = Heads.bundled() if path is None else Heads.load(path)
        return ImageScorer(encoder=self.embedder.encoder, heads=heads)

    @cached_property
    def text_encoder(self) -> ClipTextEncoder:
        """CLIP's text half."""
        c = self.classifiers
        if c.text is not None:
            return ClipTextEncoder.load(
                c.text, c.tokenizer or c.text, device=self.device
            )
        if c.clip is not None and c.clip.is_file():
            return ClipTextEncoder.load_open_clip(c.clip, device=self.device)
        raise ClassifierUnavailable("no text half of CLIP is set")

    @cached_property
    def detoxify(self) -> Detoxify:
        """The second reader of captions."""
        path = _required(self.classifiers.detoxify, "Detoxify")
        return Detoxify.load(path, device=self.device)

    @cached_property
    def aesthetics(self) -> QualityScorer:
        """The scorer of beauty."""
        return self._quality(self.classifiers.aesthetics, "aesthetics scorer")

    @cached_property
    def watermark(self) -> QualityScorer:
        """The scorer of watermarks."""
        return self._quality(self.classifiers.watermark, "watermark scorer")

    @cached_property
    def lists(self) -> HashList:
        """All lists of known pictures as one."""
        if not self.classifiers.lists:
            raise ClassifierUnavailable("no list of known pictures is set")
        return HashList.read(*self.classifiers.lists)

    def _encoder(self) -> ClipImageEncoder:
        path = _required(self.classifiers.clip, "CLIP")
        if path.is_dir():
            processor = self.classifiers.processor
            return TransformersClip.load(path, processor, device=self.device)
        return OpenClip.load(path, device=self.device)

    def _quality(self, path: Path | None, name: str) -> QualityScorer:
        quality = QualityScorer.load(_required(path, name))
        length = self.scorer.heads.dimension
        if quality.dimension != length:
            raise ClassifierUnavailable(
                f"the {name} {path} wants embeddings [{quality.dimension}],"
                f" the encoder makes [{length}]"
            )
        return quality


def _required(path: Path | None, name: str) -> Path:
    if path is None:
        raise ClassifierUnavailable(f"no {name} is set")
    return path


def _digest(path: Path) -> str:
    """The beginning of a SHA-256 over the file *path*, or all files in that folder."""
    try:
        return " ".join(_digests(sorted(_files(path)))) or "nothing"
    except OSError as error:
        raise ClassifierUnavailable(f"cannot read {path}: {error}") from error


def _files(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from (file for file in path.iterdir() if file.is_file())
    else:
        yield path


def _digests(paths: Sequence[Path]) -> Iterator[str]:
    for path in paths:
        with path.open("rb") as file:
            yield f"{path.name}@{file_digest(file, 'sha256').hexdigest()[:12]}"
