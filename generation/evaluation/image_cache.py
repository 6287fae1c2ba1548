"""Generated pictures on disk, none of which is generated twice."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from hashlib import sha256
from pathlib import Path

from PIL import Image
from rich.progress import Progress

from generation.engine import Engine
from generation.recipe import Recipe
from generation.regimes import Part, Regime
from generation.request import GenerationRequest, RequestStage

Task = tuple[Regime, Recipe]
"""All that decides a picture."""


@dataclass(frozen=True, slots=True)
class ImageCache:
    """The pictures of one model in *folder*, named by a digest of their tasks.

    *variant* distinguishes models of one name, such as one with another prior.
    """

    engine: Engine
    folder: Path
    bars: Progress
    variant: str = ""

    def generate(self, tasks: Sequence[Task], label: str) -> list[Path]:
        """A file for each of *tasks*; all that are missing are generated together."""
        self.folder.mkdir(parents=True, exist_ok=True)
        files = [self.folder / f"{self._name(task)}.png" for task in tasks]
        missing = {
            file: task
            for file, task in zip(files, tasks, strict=True)
            if not file.is_file()
        }
        bar = self.bars.add_task(label, total=len(files))
        self.bars.advance(bar, len(files) - len(missing))
        for file, picture in self._generated(missing.items()):
            part = file.with_suffix(".part")
            picture.save(part, "PNG")
            part.replace(file)
            self.bars.advance(bar)
        self.bars.update(bar, completed=len(files))
        return files

    def _generated(
        self, missing: Iterable[tuple[Path, Task]]
    ) -> Iterable[tuple[Path, Image.Image]]:
        """Pictures as they are done; the engine is kept full."""
        waiting = iter(missing)
        under_way: dict[GenerationRequest, Path] = {}
        try:
            while True:
                while self.engine.free and (following := next(waiting, None)):
                    file, task = following
                    under_way[self.engine.submit(*task)] = file
                if not under_way:
                    return
                for request in [
                    w for w in under_way if w.stage is RequestStage.EMBEDDED
                ]:
                    self.engine.decode(request)
                self.engine.tick()
                for request in list(under_way):
                    if request.error is not None:
                        raise request.error
                    if request.picture is not None:
                        yield under_way.pop(request), request.picture
        finally:
            for request in under_way:
                self.engine.cancel(request)

    def _name(self, task: Task) -> str:
        regime, recipe = task
        said = f"{self.engine.model} {self.variant} {recipe!r} {type(regime.canvas)}"
        digest = sha256(said.encode())
        for part in regime.subject.parts:
            digest.update(_bytes(part.weight) + _bytes(part.source))
        subject = replace(regime.subject, parts=(Part(""),))
        for whole in (subject, regime.canvas):
            for field in fields(whole):
                digest.update(_bytes(getattr(whole, field.name)))
        return digest.hexdigest()[:20]


def load_images(files: Iterable[Path]) -> Iterable[Image.Image]:
    """The pictures in *files*, one by one."""
    for file in files:
        with Image.open(file) as picture:
            yield picture.convert("RGB")


def _bytes(value: object) -> bytes:
    """*value* for a digest: of a picture its pixels."""
    if isinstance(value, Image.Image):
        return f"{value.mode} {value.size}".encode() + value.tobytes()
    return f"\n{value!r}".encode()
