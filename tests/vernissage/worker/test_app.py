import pytest

from vernissage.errors import SettingsError
from vernissage.settings import Settings
from vernissage.worker.app import application, broker
from vernissage.worker.queues import PAINTING


def settings(broker_url):
    return Settings(broker_url=broker_url)


def test_a_message_makes_the_worker_look():
    looked = []
    app = application(
        settings("redis://localhost/0"), PAINTING, lambda: looked.append(1)
    )

    app.tasks["vernissage.paint"].apply(throw=True)

    assert looked == [1]


@pytest.mark.parametrize(
    "url", ["redis://localhost/0", "amqp://guest:guest@localhost//"]
)
def test_a_broker_gets_its_heartbeats_while_a_picture_is_painted(url):
    app = application(settings(url), PAINTING, lambda: None)

    assert app.conf.worker_pool == "threads"
    assert app.conf.worker_concurrency == 1


def test_messages_are_json_and_never_come_twice():
    conf = application(settings("redis://localhost/0"), PAINTING, lambda: None).conf

    assert conf.accept_content == ["json"]
    assert not conf.task_acks_late
    assert conf.task_ignore_result


@pytest.mark.parametrize("url", ["filesystem://", "sqla+sqlite:///jobs", "nonsense"])
def test_a_broker_that_loses_messages_is_refused(url):
    with pytest.raises(SettingsError, match="VERNISSAGE_BROKER_URL"):
        broker(settings(url))


def test_a_refused_broker_keeps_its_password():
    with pytest.raises(SettingsError) as refusal:
        broker(settings("kafka://me:secret@host"))

    assert "kafka" in str(refusal.value)
    assert "secret" not in str(refusal.value)
