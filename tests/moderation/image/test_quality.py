import numpy as np
import pytest
import torch
from safetensors.numpy import save_file

from moderation.errors import ClassifierUnavailable
from moderation.image.quality import QualityScorer

EMBEDDINGS = np.array([[3.0, 4.0], [0.0, 2.0]], np.float32)
"""Their directions are (0.6, 0.8) and (0, 1)."""


def test_one_linear_layer_is_read_as_laion_publishes_it(tmp_path):
    file = tmp_path / "sa_0_4.pth"
    torch.save(
        {"weight": torch.tensor([[10.0, 0.0]]), "bias": torch.tensor([1.0])}, file
    )

    assert QualityScorer.load(file)(EMBEDDINGS) == pytest.approx([7.0, 1.0])


def test_layers_with_dropout_between_them_are_one_layer(tmp_path):
    file = tmp_path / "improved.pth"
    first, last = torch.nn.Linear(2, 3), torch.nn.Linear(3, 1)
    network = torch.nn.Sequential(first, torch.nn.Dropout(0.2), last).eval()
    torch.save(
        {f"layers.{n}": t for n, t in network.state_dict().items()},
        file,
    )
    with torch.inference_mode():
        expected = network(torch.tensor([[0.6, 0.8], [0.0, 1.0]]))[:, 0]

    assert QualityScorer.load(file)(EMBEDDINGS) == pytest.approx(
        expected.numpy(), abs=1e-5
    )


def test_weights_in_an_npz_are_shown_embeddings_as_they_are(tmp_path):
    file = tmp_path / "w_head.npz"
    np.savez(file, weights=np.array([[1.0, 1.0]]), biases=np.array([-1.0]))

    assert QualityScorer.load(file)(EMBEDDINGS) == pytest.approx([6.0, 1.0])


@pytest.mark.parametrize(("shown", "first"), [("direction", 1.4), ("embedding", 7.0)])
def test_a_file_of_one_s_own_says_what_it_wants_to_see(tmp_path, shown, first):
    file = tmp_path / "own.safetensors"
    tensors = {"weight": np.ones((1, 2), np.float32), "bias": np.zeros(1, np.float32)}
    save_file(tensors, file, {"shown": shown})

    quality = QualityScorer.load(file)

    assert quality(EMBEDDINGS)[0] == pytest.approx(first)
    assert quality.version.startswith("own@")
    assert quality.dimension == 2


def two_numbers(file):
    torch.save({"weight": torch.ones(2, 2), "bias": torch.ones(2)}, file)


def an_activation(file):
    torch.save({"weight": torch.ones(1, 2), "bias": torch.ones(1), "slope": 1.0}, file)


def no_number(file):
    torch.save({"weight": torch.full((1, 2), torch.nan), "bias": torch.ones(1)}, file)


def code(file):
    torch.save(
        {"weight": test_weights_in_an_npz_are_shown_embeddings_as_they_are}, file
    )


@pytest.mark.parametrize("write", [two_numbers, an_activation, no_number, code])
def test_what_is_no_scorer_is_refused(tmp_path, write):
    file = tmp_path / "wrong.pth"
    write(file)

    with pytest.raises(ClassifierUnavailable, match="wrong"):
        QualityScorer.load(file)


def test_a_file_that_does_not_say_what_it_wants_is_refused(tmp_path):
    file = tmp_path / "silent.safetensors"
    save_file({"weight": np.ones((1, 2), np.float32)}, file)

    with pytest.raises(
        ClassifierUnavailable, match="`shown` is direction or embedding"
    ):
        QualityScorer.load(file)
