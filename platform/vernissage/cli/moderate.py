"""Moderation of texts and pictures, one JSON line each."""

import sys

import click


@click.command()
def moderate() -> int:
    """Moderate texts and pictures given as JSON lines.

    Each line of standard input is {"text": "…"} or {"image": "PATH"}. Each is answered
    by one line, in the same order, with outcome, scores and reasons; a text also with
    its language and its canonical form. A line that cannot be moderated is answered
    with an error, and the exit code is then 2.
    """
    from moderation import PromptGate
    from vernissage.bootstrap.gates import text_gate, upload_reader
    from vernissage.cli.environment import load_settings
    from vernissage.cli.extras import demand
    from vernissage.cli.moderate_lines import LineModerator
    from vernissage.cli.output import print_line
    from vernissage.db import migrate
    from vernissage.services.uploads import UploadReader

    settings = load_settings()

    def texts() -> PromptGate:
        if settings.detoxify is not None:
            demand("screener")
        return text_gate(settings)

    def pictures() -> UploadReader:
        demand("painter")
        migrate.upgrade(settings.database)  # the lists of known pictures are there
        return upload_reader(settings)

    moderator = LineModerator(texts=texts, pictures=pictures)
    flawless = True
    for line in sys.stdin.buffer:
        answer = moderator.answer(line)
        flawless = flawless and "error" not in answer
        print_line(answer)
    return 0 if flawless else 2
