"""The devices that classifiers compute on."""

from moderation.errors import ClassifierUnavailable


def available_device(device: str) -> str:
    """*device*, which torch finds on this machine; or ClassifierUnavailable."""
    from torch_runtime.devices import find_device  # noqa: PLC0415  # it imports torch

    try:
        find_device(device)
    except LookupError as error:
        raise ClassifierUnavailable(
            f"torch sees no device {device!r} here: give cpu, or cuda where there is"
            " a graphics card"
        ) from error
    return device
