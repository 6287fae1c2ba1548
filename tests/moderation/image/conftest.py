import numpy as np
import pytest
from PIL import Image

from moderation import Category
from moderation.image.heads import Head, Heads
from moderation.image.networks import SoftmaxNetwork
from tests.moderation.toy import DIMENSION


@pytest.fixture
def half_red() -> Image.Image:
    """A wide picture whose right quarter, outside the middle square, is red."""
    picture = Image.new("RGB", (64, 32), "white")
    picture.paste("red", (48, 0, 64, 32))
    return picture


@pytest.fixture
def head() -> Head:
    """A knife is the first direction, a pill the second; the rest is harmless."""
    axes = np.eye(DIMENSION, dtype=np.float32)
    membership = np.zeros((2, DIMENSION), np.float32)
    membership[0, 0] = membership[1, 1] = 1
    return Head(
        name="toy",
        encoder="0" * 64,
        categories=(Category.VIOLENCE, Category.ILLEGAL),
        network=SoftmaxNetwork(
            weight=8 * axes, bias=np.zeros(DIMENSION, np.float32), membership=membership
        ),
        harmless=axes[2:4],
        flagged=axes[:2],
    )


@pytest.fixture
def heads(head: Head) -> Heads:
    return Heads((head,))


@pytest.fixture(scope="module")
def photo() -> Image.Image:
    return Image.radial_gradient("L").resize((60, 40)).convert("RGB")
