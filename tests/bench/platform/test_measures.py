import sys

import psutil  # type: ignore[import-untyped]  # it has no types
import pytest

from bench.platform.measures import quantile, shares
from bench.platform.running_site import wait

SLEEP = "import time; time.sleep(60)"
COMPUTE = "while True: pass"


class TwoProcesses:
    """A site of one process that sleeps and one that computes."""

    def __init__(self, *programs):
        self.started = [
            psutil.Popen([sys.executable, "-c", program]) for program in programs
        ]

    def processes(self):
        asleep, busy = self.started
        return {"asleep": [asleep], "busy": [busy]}


@pytest.fixture
def site():
    site = TwoProcesses(SLEEP, COMPUTE)
    yield site
    for process in site.started:
        process.kill()
        process.wait(20)


def test_a_process_that_sleeps_takes_less_than_one_that_computes(site):
    wait(lambda: site.started[1].cpu_times().user > 0.1)
    wait(lambda: site.started[0].status() == psutil.STATUS_SLEEPING)

    found = shares(site, 0.5)

    assert found["asleep"] < found["busy"]
    assert 0 < found["busy"] < 150


def test_a_quantile_is_one_of_the_values():
    values = [float(value) for value in range(20, 0, -1)]

    assert (quantile(values, 0.5), quantile(values, 0.95)) == (10, 19)
    assert quantile([7.0], 0.95) == 7


def test_what_never_happens_is_not_waited_for_ever():
    with pytest.raises(TimeoutError):
        wait(lambda: False, 0.1)
