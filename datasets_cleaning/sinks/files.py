"""Records as single files: `kept/`, and `dropped/` with a folder for each reason."""

from dataclasses import dataclass
from pathlib import Path

from datasets_cleaning.record import Decision


@dataclass(frozen=True, slots=True)
class Files:
    """Copies the files of records below *root*."""

    root: Path

    def write(self, decision: Decision) -> None:
        """Copy the files of one record."""
        drop = decision.drop
        folder = (
            Path("dropped", drop.reason.replace(":", "-")) if drop else Path("kept")
        )
        for part in decision.record.parts:
            file = self.root / folder / part.name
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("xb") as copy:
                copy.writelines(part.chunks())
