"""Supervision by supervisord, which starts the processes of a site and restarts them.

It runs as a program of its own, so that the supervisor carries none of our code.
"""

import os
import pwd
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Never

from supervisor import (  # type: ignore[import-untyped]  # it has no types
    events,
    options,
    supervisord,
)
from supervisor.medusa.asyncore_25 import ExitNow  # type: ignore[import-untyped]

PROGRAMS: Final = {"serve": ["serve"], "screen": ["screen"], "paint": ["paint"]}
"""The programs that always run, by name, and the command of each."""

CLEANING: Final = {"clean": ["clean", "work"]}
"""The program that also runs where data sets are cleaned from the site."""

SUPERVISOR_SECTION: Final = """\
[supervisord]
nodaemon = true
loglevel = warn
logfile = /dev/null
logfile_maxbytes = 0
pidfile = {pidfile}
strip_ansi = {plain}
user = {user}

[group:vernissage]
programs = {programs}
"""
"""Without a user it warns root of being root, who knows. Programs of one group are told
to stop at the same moment."""

PROGRAM_SECTION: Final = """
[program:{program}]
command = {command}
autorestart = true
startsecs = 10
startretries = 1000000
stopsignal = TERM
stopwaitsecs = 30
killasgroup = true
redirect_stderr = true
stdout_logfile = NONE
stdout_events_enabled = true
environment = OMP_WAIT_POLICY="passive"
"""
"""A program that dies within its first seconds is restarted after ever longer pauses.
Attempts at a picture are counted elsewhere, so trying for ever is safe. Threads that
wait for each other sleep: spinning, they would keep the other programs off the
processor."""


class Supervisor(supervisord.Supervisor):  # type: ignore[misc]  # it has no types
    """A supervisord that prints what its programs print."""

    def runforever(self) -> None:
        """Run until told to stop."""
        events.subscribe(events.ProcessLogStdoutEvent, PrefixedOutput().write)
        super().runforever()


class PrefixedOutput:
    """Standard output with the name of the program before each whole line."""

    def __init__(self) -> None:
        self.unfinished: dict[str, str] = {}

    def write(self, event: Any) -> None:
        """Print the lines that end in *event*."""
        program = event.process.config.name
        text = self.unfinished.get(program, "") + event.data.decode("utf-8", "replace")
        *lines, self.unfinished[program] = text.split("\n")
        for line in filter(None, lines):
            sys.stdout.write(f"{program:<6} | {line}\n")
        sys.stdout.flush()


def supervise(folder: Path, programs: Mapping[str, Sequence[str]]) -> Never:
    """Become the supervisor of *programs*; its own files go to *folder*."""
    path = folder / "supervisord.conf"
    path.touch(mode=0o600)
    plain = not sys.stdout.isatty()
    path.write_text(configuration(folder, programs, plain=plain), "utf-8")
    sys.stdout.flush()
    arguments = [sys.executable, "-m", __name__, str(path)]
    os.execv(sys.executable, arguments)  # noqa: S606  # no shell is wanted


def configuration(
    folder: Path, programs: Mapping[str, Sequence[str]], *, plain: bool
) -> str:
    """The file that supervisord reads, without secrets: they are in the environment."""
    supervisor = SUPERVISOR_SECTION.format(
        pidfile=_literal(folder / "supervisord.pid"),
        plain=str(plain).lower(),
        programs=",".join(programs),
        user=pwd.getpwuid(os.geteuid()).pw_name,
    )
    sections = (
        PROGRAM_SECTION.format(
            program=program,
            command=_literal(
                shlex.join([sys.executable, "-m", "vernissage", *arguments])
            ),
        )
        for program, arguments in programs.items()
    )
    return supervisor + "".join(sections)


def _literal(value: object) -> str:
    """*value* as supervisord reads it, to which a percent sign is an expansion."""
    return str(value).replace("%", "%%")


def main(path: str) -> None:
    """Supervise the programs that the file at *path* describes.

    Once only: supervisord's own entrance begins anew when its terminal is closed.
    """
    settings = options.ServerOptions()
    settings.realize(["-c", path])
    settings.first, settings.test = True, False
    try:
        Supervisor(settings).main()
    except ExitNow:
        return


if __name__ == "__main__":
    main(sys.argv[1])
