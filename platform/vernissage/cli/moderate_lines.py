"""Moderation of JSON lines: one line in, one answer out."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from moderation import PromptGate, Verdict
from moderation.image.uploads import MAX_BYTES
from moderation.language import language
from moderation.text.canonical import canonical
from vernissage.errors import BadInput
from vernissage.services.uploads import UploadReader

LONGEST: Final = 10_000
WANTED: Final = 'a line is {"text": "…"} or {"image": "PATH"}'


@dataclass(frozen=True)  # no slots: cached_property needs a place to keep the gates
class LineModerator:
    """Judges texts and pictures; each gate is built when it is first asked."""

    texts: Callable[[], PromptGate]
    pictures: Callable[[], UploadReader]

    @cached_property
    def text_gate(self) -> PromptGate:
        """The gate for texts."""
        return self.texts()

    @cached_property
    def upload_reader(self) -> UploadReader:
        """The reader and judge of pictures."""
        return self.pictures()

    def answer(self, line: bytes) -> dict[str, Any]:
        """The verdict on the text or picture of *line*, or its error."""
        try:
            return self._verdict(json.loads(line.decode()))
        except (ValueError, RecursionError) as error:
            return {"error": f"the line is not JSON ({error}): {WANTED}"}
        except BadInput as error:  # its cause says more of the file
            return {"error": str(error.__cause__ or error)}
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
        canonical_text = canonical(text).text
        if not canonical_text:
            return {"error": "the text is empty"}
        verdict = self.text_gate.judge(canonical_text)
        return {
            **_written(verdict),
            "language": language(canonical_text),
            "canonical": canonical_text,
        }

    def _on_picture(self, path: str) -> dict[str, Any]:
        file = Path(path)
        if "\0" in path or not file.is_file():
            return {"error": f"there is no picture file {path}"}
        if (size := file.stat().st_size) > MAX_BYTES:
            return {
                "error": f"a picture has at most {MAX_BYTES} bytes, this one has {size}"
            }
        return _written(*self.upload_reader.read(file.read_bytes()).verdicts)


def _written(*verdicts: Verdict) -> dict[str, Any]:
    """The *verdicts* in one: the worst outcome, with all scores, reasons and models."""
    scores: dict[str, float] = {}
    for category, score in ((c, s) for v in verdicts for c, s in v.scores.items()):
        scores[category.value] = max(scores.get(category.value, 0.0), round(score, 4))
    return {
        "outcome": max(verdict.outcome for verdict in verdicts).label,
        "judged": all(verdict.judged for verdict in verdicts),
        "scores": scores,
        "reasons": [
            {
                "category": reason.category.value,
                "score": round(reason.score, 4),
                "threshold": reason.threshold,
                "outcome": reason.outcome.label,
            }
            for verdict in verdicts
            for reason in verdict.reasons
        ],
        "policy": verdicts[0].policy,
        "models": [model for verdict in verdicts for model in verdict.models],
        "milliseconds": round(sum(v.milliseconds for v in verdicts), 1),
    }
