"""Pairs by hand, and the bundled model for what needs one."""

from collections.abc import Callable
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from datasets_cleaning.classifiers import Classifiers, LoadedClassifiers
from datasets_cleaning.pair import Blob, Pair
from datasets_cleaning.pair_contents import LazyPairContents

PRIOR = Path("generation/bundled/kandinsky-mini/prior")
MakeContents = Callable[..., LazyPairContents]


@pytest.fixture(scope="session")
def photo() -> Image.Image:
    """A photograph of 640 x 427 pixels; to find it, scikit-learn is not imported."""
    spec = find_spec("sklearn")
    assert spec is not None
    [root] = spec.submodule_search_locations or []
    return Image.open(Path(root) / "datasets/images/china.jpg").convert("RGB")


@pytest.fixture(scope="session")
def loaded() -> LoadedClassifiers:
    """kandinsky-mini's classifiers."""
    return Classifiers.of_prior(PRIOR).load()


@pytest.fixture
def contents() -> MakeContents:
    """A view of a pair with this picture and caption."""

    def of(
        data: bytes | None = None, caption: str | None = "a lake"
    ) -> LazyPairContents:
        blob = data and Blob(
            name="1.jpg", extension=".jpg", size=len(data), read=lambda: data
        )
        return LazyPairContents(
            Pair(index=0, key="1", image=blob or None, caption=caption)
        )

    return of


def saved(image: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()
