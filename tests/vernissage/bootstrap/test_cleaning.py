import pytest

from vernissage.bootstrap.cleaning import classifiers
from vernissage.errors import SettingsError
from vernissage.settings import Settings


def test_every_classifier_that_is_set_is_asked(tmp_path):
    (tmp_path / "b.csv").touch()
    (tmp_path / "a.csv").touch()
    settings = Settings(
        cleaning_lists=tmp_path,
        clip=tmp_path / "clip",
        heads=tmp_path / "heads",
        detoxify=tmp_path / "detoxify",
        aesthetics=tmp_path / "beauty",
        watermark=tmp_path / "marks",
        device="cuda",
    )

    judges = classifiers(settings)

    assert judges.lists == (tmp_path / "a.csv", tmp_path / "b.csv")
    assert (judges.clip, judges.heads) == (tmp_path / "clip", tmp_path / "heads")
    assert (judges.detoxify, judges.aesthetics, judges.watermark, judges.device) == (
        tmp_path / "detoxify",
        tmp_path / "beauty",
        tmp_path / "marks",
        "cuda",
    )


def test_the_bundled_encoder_looks_unless_another_is_set():
    judges = classifiers(Settings())

    assert judges.clip is not None
    assert judges.clip.is_dir()
    assert "clip" in judges.versions()


def test_lists_that_are_not_there_are_said(tmp_path):
    with pytest.raises(SettingsError, match=r"no \.csv file is in"):
        classifiers(Settings(cleaning_lists=tmp_path))
