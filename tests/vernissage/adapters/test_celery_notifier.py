"""Notifications arrive on every broker; one that is down delays no request."""

import socket
from contextlib import closing
from time import monotonic

import pytest
from kombu.connection import Connection
from structlog.testing import capture_logs

from tests.servers import free_port
from vernissage.adapters.celery_notifier import CeleryNotifier

pytestmark = pytest.mark.enable_socket

PATIENCE = 5
"""Seconds; a second for the notifier itself, the rest for a busy machine."""


@pytest.fixture(params=["redis", "rabbitmq"])
def broker_url(request):
    return request.getfixturevalue(request.param).url


@pytest.mark.parametrize("queue", ["screening", "painting"])
def test_a_notification_is_a_message_without_content(broker_url, queue):
    notifier = CeleryNotifier.at(broker_url)

    getattr(notifier, queue)()

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
    notifier.app.close()


@pytest.mark.parametrize("scheme", ["redis", "amqp"])
def test_a_broker_that_is_down_is_missed_quickly(scheme):
    notifier = CeleryNotifier.at(f"{scheme}://user:hush@127.0.0.1:{free_port()}//")
    started = monotonic()

    with capture_logs() as logged:
        notifier.painting()
        notifier.screening()

    assert monotonic() - started < PATIENCE
    assert [entry["event"] for entry in logged] == ["notification_failed"] * 2
    assert "hush" not in str(logged)


@pytest.mark.parametrize("scheme", ["redis", "amqp"])
def test_a_broker_that_never_answers_is_missed_quickly(scheme):
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        port = deaf.getsockname()[1]
        notifier = CeleryNotifier.at(f"{scheme}://127.0.0.1:{port}//")
        started = monotonic()

        with capture_logs() as logged:
            notifier.painting()

        assert monotonic() - started < PATIENCE
    assert [entry["event"] for entry in logged] == ["notification_failed"]


def test_a_broker_that_comes_back_is_heard_again(redis):
    notifier = CeleryNotifier.at(redis.url)
    redis.stop()
    with capture_logs() as logged:
        notifier.painting()
    redis.start()

    with capture_logs() as logged_later:
        notifier.painting()

    assert [entry["event"] for entry in logged] == ["notification_failed"]
    assert logged_later == []
