import os

import pytest

from generation.world.renderer import FONT, Renderer


@pytest.fixture(scope="session")
def renderer() -> Renderer:
    if not FONT.is_file():
        lack = "needs Debian's fonts-noto-color-emoji"
        if os.environ.get("CI") == "true":  # noqa: TID251  # CI has every package
            pytest.fail(lack)
        pytest.skip(lack)
    return Renderer(FONT)
