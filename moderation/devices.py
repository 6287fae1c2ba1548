"""Where networks compute."""

from moderation.errors import ClassifierUnavailable


def present(device: str) -> str:
    """*device*, which torch sees on this machine; or ClassifierUnavailable."""
    import torch  # noqa: PLC0415  # importing this module stays light

    try:
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise ClassifierUnavailable(
            f"torch sees no device {device!r} here: give cpu, or cuda where there is"
            " a graphics card"
        ) from error
    return device
