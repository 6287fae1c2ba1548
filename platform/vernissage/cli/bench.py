"""The bench of judges: one line of JSON in, one answer out."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from moderation import ImageGate, PromptGate, Verdict
from moderation.errors import ImageRefused
from moderation.image.uploads import MAX_BYTES, read_image
from moderation.text.canonical import canonical
from moderation.text.language import language

LONGEST: Final = 10_000
WANTED: Final = 'a line is {"text": "…"} or {"image": "PATH"}'


@dataclass(frozen=True)  # no slots: cached_property needs a place to keep the gates
class Bench:
    """Judges texts and pictures; each gate is built when it is first asked."""

    texts: Callable[[], PromptGate]
    pictures: Callable[[], ImageGate]

    @cached_property
    def text_gate(self) -> PromptGate:
        """The gate for texts."""
        return self.texts()

    @cached_property
    def picture_gate(self) -> ImageGate:
        """The gate for pictures."""
        return self.pictures()

    def answer(self, line: bytes) -> dict[str, Any]:
        """The verdict on what *line* holds, or why there is none."""
        try:
            return self._verdict(json.loads(line.decode()))
        except (ValueError, RecursionError) as error:
            return {"error": f"the line is not JSON ({error}): {WANTED}"}
        except ImageRefused as error:
            return {"error": str(error)}
        except OSError as error:
            return {"error": f"cannot read the picture: {error.strerror}"}

    def _verdict(self, asked: Any) -> dict[str, Any]:
        match asked:
            case {"text": str(text), **rest} if not rest:
                return self._on_text(text)
            case {"image": str(path), **rest} if not rest:
                return self._on_picture(path)
        return {"error": WANTED}

    def _on_text(self, text: str) -> dict[str, Any]:
        if len(text) > LONGEST:
            return {
                "error": f"a text has at most {LONGEST} characters,"
                f" this one has {len(text)}"
            }
        spelt = canonical(text).text
        if not spelt:
            return {"error": "the text is empty"}
        verdict = self.text_gate.judge(spelt)
        return {**_written(verdict), "language": language(spelt), "canonical": spelt}

    def _on_picture(self, path: str) -> dict[str, Any]:
        file = Path(path)
        if "\0" in path or not file.is_file():
            return {"error": f"there is no picture file {path}"}
        if (size := file.stat().st_size) > MAX_BYTES:
            return {
                "error": f"a picture has at most {MAX_BYTES} bytes, this one has {size}"
            }
        return _written(self.picture_gate.judge(read_image(file.read_bytes())))


def _written(verdict: Verdict) -> dict[str, Any]:
    return {
        "outcome": verdict.outcome.label,
        "judged": verdict.judged,
        "scores": {c.value: round(score, 4) for c, score in verdict.scores.items()},
        "reasons": [
            {
                "category": reason.category.value,
                "score": round(reason.score, 4),
                "threshold": reason.threshold,
                "outcome": reason.outcome.label,
            }
            for reason in verdict.reasons
        ],
        "policy": verdict.policy,
        "models": list(verdict.models),
        "milliseconds": round(verdict.milliseconds, 1),
    }
