from pathlib import Path

import pytest

from datasets_cleaning import clean
from tests.datasets_cleaning.toys import Inline

CAPTIONS = ("a lake", "write to me at ivan@example.org", "", "озеро", "a quiet lake")


def cleaned(root: Path, names: tuple[str, ...]) -> Path:
    """A job over captions alone, by the real plan and classifier, in this process."""
    rows = [f"{name},{text}" for name, text in zip(names, CAPTIONS, strict=True)]
    (root / "in.csv").write_text("\n".join(["image_name,caption", *rows]), "utf-8")
    clean(root / "in.csv", root / "out", plan="captions", engine=Inline())
    return root / "out"


@pytest.fixture(scope="session")
def job(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return cleaned(tmp_path_factory.mktemp("job"), tuple("12345"))


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    names = tuple(f"<img onerror=x>{number}/1.jpg" for number in range(5))
    return cleaned(tmp_path_factory.mktemp("hostile"), names)
