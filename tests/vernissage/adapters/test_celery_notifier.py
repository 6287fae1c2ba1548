"""The bell is heard on every broker, and a broker that is down keeps nobody waiting."""

import socket
from contextlib import closing
from time import monotonic

import pytest
from kombu.connection import Connection
from structlog.testing import capture_logs

from tests.servers import free_port
from vernissage.adapters.celery_notifier import CeleryBell, SilentBell

pytestmark = pytest.mark.enable_socket

PATIENCE = 5
"""Seconds; a second for the bell itself, the rest for a busy machine."""


@pytest.fixture(params=["redis", "rabbitmq"])
def broker_url(request):
    return request.getfixturevalue(request.param).url


@pytest.mark.parametrize("queue", ["screening", "painting"])
def test_a_bell_is_a_message_without_content(broker_url, queue):
    bell = CeleryBell.at(broker_url)

    getattr(bell, queue)()

    with (
        Connection(broker_url) as connection,
        closing(connection.SimpleQueue(queue)) as received,
    ):
        message = received.get(timeout=PATIENCE)
        message.ack()
    task = {"screening": "vernissage.screen", "painting": "vernissage.paint"}[queue]
    assert message.headers["task"] == task
    assert message.headers["expires"] is not None
    assert message.content_type == "application/json"
    assert message.payload[:2] == [[], {}]
    bell.app.close()


@pytest.mark.parametrize("scheme", ["redis", "amqp"])
def test_a_broker_that_is_down_is_missed_quickly(scheme):
    bell = CeleryBell.at(f"{scheme}://user:hush@127.0.0.1:{free_port()}//")
    started = monotonic()

    with capture_logs() as logged:
        bell.painting()
        bell.screening()

    assert monotonic() - started < PATIENCE
    assert [entry["event"] for entry in logged] == ["bell_missed"] * 2
    assert "hush" not in str(logged)


@pytest.mark.parametrize("scheme", ["redis", "amqp"])
def test_a_broker_that_never_answers_is_missed_quickly(scheme):
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        port = deaf.getsockname()[1]
        bell = CeleryBell.at(f"{scheme}://127.0.0.1:{port}//")
        started = monotonic()

        with capture_logs() as logged:
            bell.painting()

        assert monotonic() - started < PATIENCE
    assert [entry["event"] for entry in logged] == ["bell_missed"]


def test_a_broker_that_comes_back_is_heard_again(redis):
    bell = CeleryBell.at(redis.url)
    redis.stop()
    with capture_logs() as logged:
        bell.painting()
    redis.start()

    with capture_logs() as logged_later:
        bell.painting()

    assert [entry["event"] for entry in logged] == ["bell_missed"]
    assert logged_later == []


def test_a_silent_bell_needs_no_broker():
    SilentBell().screening()
    SilentBell().painting()
