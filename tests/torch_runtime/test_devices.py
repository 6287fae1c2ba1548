import pytest
import torch

from torch_runtime.devices import find_device


def test_the_processor_is_always_there():
    assert find_device("cpu") == torch.device("cpu")


@pytest.mark.parametrize("name", ["abacus", "cuda:99", ""])
def test_a_device_that_is_not_there_is_named(name):
    with pytest.raises(LookupError, match=f"no device '{name}' here"):
        find_device(name)
