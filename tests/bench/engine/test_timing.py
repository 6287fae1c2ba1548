import torch

from bench.engine.timing import Runs, Stopwatch, alternate

CPU = torch.device("cpu")


def test_both_sides_get_the_same_tasks_and_take_turns_to_be_first():
    heard: list[tuple[str, int]] = []
    tasks = iter(range(9))

    def side(name):
        def run(task):
            heard.append((name, task))
            return [1.0]

        return run

    alternate(2, lambda: next(tasks), side("ours"), side("theirs"))

    assert heard == [
        ("theirs", 0),
        ("ours", 0),
        ("ours", 1),
        ("theirs", 1),
        ("theirs", 2),
        ("ours", 2),
    ]


def test_the_round_that_warms_up_counts_for_nothing():
    seconds = iter([100.0, 1.0, 2.0])

    runs = alternate(2, lambda: None, lambda _: [next(seconds)], lambda _: [5.0])

    assert runs.ours == [[1.0], [2.0]]


def test_a_round_is_over_when_its_last_thing_is_done():
    runs = Runs(ours=[[1.0, 3.0], [2.0, 5.0], [1.0, 4.0]], theirs=[[2.0, 8.0]])

    assert runs.last() == (4.0, 8.0)
    assert runs.mean() == (2.5, 5.0)


def test_a_stopwatch_never_runs_backwards():
    watch = Stopwatch.start(CPU)

    first = watch.seconds()

    assert 0 <= first <= watch.seconds()
