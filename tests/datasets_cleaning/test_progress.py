from dataclasses import replace
from datetime import timedelta
from io import StringIO

from rich.console import Console

from datasets_cleaning.progress import Progress, rendered, showing_progress
from datasets_cleaning.protocols import Phase, ShardProgress


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def step(done, *, phase=Phase.JUDGE, problem="", total=10):
    return ShardProgress(
        phase=phase,
        number=done,
        name=f"{done}.tar",
        done=done,
        total=total,
        count=0 if problem else 100,
        tallies={} if problem else {"blurred": 3, "image_too_small": 1},
        seconds={} if problem else {"decoded": 1.0, "read": 0.5, "all": 2.0},
        problem=problem,
    )


def test_the_limit_is_what_the_dearest_stage_alone_would_allow():
    clock = Clock()
    progress = Progress(workers=2, clock=clock)

    for done in (1, 2, 3, 4):
        clock.now += 1.0
        progress.add(step(done))

    assert progress.rate == 100.0
    assert progress.bound == "decoded"
    assert progress.limit == 200.0
    assert progress.left == timedelta(seconds=6)
    assert "50% of the 200/s of it alone" in progress.line()


def test_shards_of_earlier_runs_make_nobody_faster():
    clock = Clock()
    progress = Progress(workers=1, clock=clock)
    clock.now += 5.0

    progress.add(step(9, total=10))

    assert progress.rate == 20.0
    assert progress.left == timedelta(seconds=5)


def test_writing_is_counted_anew():
    clock = Clock()
    progress = Progress(workers=1, clock=clock)
    clock.now += 50.0
    progress.add(step(10))
    clock.now += 1.0

    progress.add(step(1, phase=Phase.WRITE))

    assert progress.rate == 100.0
    assert progress.line().startswith("writing 1/10 shards")


def test_only_the_most_frequent_reasons_are_told():
    progress = Progress(workers=1)
    many = {f"reason_{n}": n for n in range(1, 20)}
    progress.add(replace(step(1), tallies=many))

    assert len(progress.top_reasons()) == 8
    assert progress.top_reasons()[0] == ("reason_19", 19)


def test_where_there_is_no_terminal_a_run_is_a_few_lines():
    file = StringIO()

    with showing_progress(
        workers=1, console=Console(file=file, width=40)
    ) as on_progress:
        for done in range(1, 11):
            on_progress(step(done))
        on_progress(step(10, problem="[red]it broke"))
        on_progress(step(1, phase=Phase.WRITE))

    lines = file.getvalue().splitlines()
    assert lines[0] == "10.tar failed: [red]it broke"
    assert lines[1].startswith("judging 10/10 shards, ")
    assert lines[1].endswith("1 failed; dropped: blurred 30, image_too_small 10")
    assert lines[2].startswith("writing 1/10 shards, ")
    assert len(lines) == 3


def test_on_a_terminal_there_is_a_picture():
    file = StringIO()
    console = Console(file=file, force_terminal=True, width=100)

    with showing_progress(workers=1, console=console) as on_progress:
        on_progress(step(5))
    progress = Progress(workers=1)
    progress.add(step(5))
    console.print(rendered(progress))

    assert "judging 5/10 shards" in file.getvalue()
    assert "blurred" in file.getvalue()
