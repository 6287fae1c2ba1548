"""supervisord, which starts again what dies.

Run as a program of its own, so that what keeps the house open carries nothing else.
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

ROOMS: Final = {"serve": ["serve"], "screen": ["screen"], "paint": ["paint"]}
"""What every house has: the name of a room, and the command that opens it."""

CLEANING: Final = {"clean": ["clean", "work"]}
"""What a house has besides that cleans data sets from the desk."""

HOUSE: Final = """\
[supervisord]
nodaemon = true
loglevel = warn
logfile = /dev/null
logfile_maxbytes = 0
pidfile = {pidfile}
strip_ansi = {plain}
user = {user}

[group:house]
programs = {programs}
"""
"""Without a user it warns root of being root, who knows. What is in one group is told
to stop at the same moment."""

ROOM: Final = """
[program:{room}]
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
"""What dies within its first seconds is tried again after ever longer pauses; attempts
at a picture are counted elsewhere, so trying for ever is safe. Threads that wait for
each other sleep: spinning, they would keep the other rooms off the processor."""


class House(supervisord.Supervisor):  # type: ignore[misc]  # it has no types
    """A supervisord that passes on what is said in its rooms, and in which."""

    def runforever(self) -> None:
        """Run until a signal says that it is enough."""
        events.subscribe(events.ProcessLogStdoutEvent, Echo().hear)
        super().runforever()


class Echo:
    """Puts the name of the room before each whole line."""

    def __init__(self) -> None:
        self.unfinished: dict[str, str] = {}

    def hear(self, event: Any) -> None:
        """Pass on the lines that end in *event*."""
        room = event.process.config.name
        text = self.unfinished.get(room, "") + event.data.decode("utf-8", "replace")
        *lines, self.unfinished[room] = text.split("\n")
        for line in filter(None, lines):
            sys.stdout.write(f"{room:<6} | {line}\n")
        sys.stdout.flush()


def supervise(folder: Path, rooms: Mapping[str, Sequence[str]]) -> Never:
    """Become what keeps all *rooms* open; its own files go to *folder*."""
    path = folder / "supervisord.conf"
    path.touch(mode=0o600)
    plain = not sys.stdout.isatty()
    path.write_text(configuration(folder, rooms, plain=plain), "utf-8")
    sys.stdout.flush()
    arguments = [sys.executable, "-m", __name__, str(path)]
    os.execv(sys.executable, arguments)  # noqa: S606  # no shell is wanted


def configuration(
    folder: Path, rooms: Mapping[str, Sequence[str]], *, plain: bool
) -> str:
    """What supervisord reads. It holds no secret: those are in the environment."""
    services = HOUSE.format(
        pidfile=_literal(folder / "supervisord.pid"),
        plain=str(plain).lower(),
        programs=",".join(rooms),
        user=pwd.getpwuid(os.geteuid()).pw_name,
    )
    programs = (
        ROOM.format(
            room=room,
            command=_literal(
                shlex.join([sys.executable, "-m", "vernissage", *arguments])
            ),
        )
        for room, arguments in rooms.items()
    )
    return services + "".join(programs)


def _literal(value: object) -> str:
    """*value* as supervisord reads it: a percent sign begins an expansion."""
    return str(value).replace("%", "%%")


def main(path: str) -> None:
    """Keep the house open that the file at *path* describes.

    Once only: supervisord's own entrance begins anew when its terminal is closed.
    """
    wishes = options.ServerOptions()
    wishes.realize(["-c", path])
    wishes.first, wishes.test = True, False
    try:
        House(wishes).main()
    except ExitNow:
        return


if __name__ == "__main__":
    main(sys.argv[1])
