"""Keeps the libraries' progress bars and remarks out of the results."""

import diffusers.utils.logging
import transformers.utils.logging


def quiet() -> None:
    """From here on only errors are said aloud."""
    for library in (diffusers.utils.logging, transformers.utils.logging):
        library.set_verbosity_error()
        library.disable_progress_bar()
