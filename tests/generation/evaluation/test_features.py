from pathlib import Path

import pytest
import torch
from PIL import Image

from generation.errors import EvaluationError
from generation.evaluation.features import Inception, InceptionFeatures


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("inception") / "inception.pth"
    with torch.random.fork_rng():
        torch.manual_seed(0)
        torch.save(Inception().network.state_dict(), file)
    return file


def test_inception_sees_2048_features(weights, tmp_path):
    extractor = InceptionFeatures.load(weights)
    pictures = [Image.new("RGB", (40, 40), colour) for colour in ("red", "blue")]

    features = extractor.features(pictures)

    assert features.shape == (2, 2048)
    assert abs(features[0] - features[1]).max() > 0


def test_means_leave_padding_out():
    network = Inception()
    block = network.network.Mixed_5b.eval()
    even = torch.ones(1, 192, 5, 5)

    pooled = block(even)[:, -32:]

    assert torch.allclose(pooled, pooled[..., 2:3, 2:3].expand_as(pooled))


def test_other_weights_are_refused(tmp_path):
    file = tmp_path / "other.pth"
    torch.save({"weight": torch.zeros(2)}, file)

    with pytest.raises(EvaluationError, match="does not hold Inception weights"):
        InceptionFeatures.load(file)
