"""Names of sources, places of lakes, files that appear whole."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saaf.cli.project import load, name_of, source_of
from saaf.cli.terminal import replacing
from saaf.config import SourceConfig
from saaf.errors import ConfigError, InputError, StorageError


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/data/My Texts/", "my-texts"),
        ("/data/news/a.txt", "news"),
        ("/data/news/a.JSONL.gz", "news"),
        ("/data/news.d", "news-d"),
        ("/data/خبریں", "input"),
        ("/data/خبریں/a.txt", "input"),
        ("/data/--x_1--", "x_1"),
        ("s3://bucket/prefix/day.parquet", "prefix"),
        ("s3://bucket/prefix/", "prefix"),
        ("/", "input"),
        ("/data/" + "a" * 90, "a" * 63),
    ],
)
def test_a_source_is_named_after_its_folder(path, name):
    assert name_of(path) == name


@given(st.text(max_size=120))
def test_any_folder_gives_a_name_that_is_allowed(folder):
    SourceConfig(name=name_of(f"/data/{folder}"), path="x")


def test_a_folder_whose_name_looks_like_a_file(tmp_path):
    (tmp_path / "texts.txt").mkdir()
    assert name_of(str(tmp_path / "texts.txt")) == "texts-txt"


def test_a_relative_path_counts_from_the_current_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert source_of("texts").location(Path("/elsewhere")) == str(tmp_path / "texts")
    assert source_of("s3://bucket/x").location(Path("/elsewhere")) == "s3://bucket/x"


def test_a_name_that_is_not_allowed():
    with pytest.raises(ConfigError) as caught:
        source_of("texts", "Not Allowed")
    assert "Not Allowed" in str(caught.value)


def test_the_lake_of_the_command_line_counts_from_the_current_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert load(None, Path("mine")).lake == str(tmp_path / "mine")


def test_what_was_written_appears_whole(tmp_path):
    target = tmp_path / "new" / "x.txt"
    with replacing(target) as unfinished:
        unfinished.write_text("half")
        assert not target.exists()
    assert target.read_text() == "half"
    assert [p.name for p in target.parent.iterdir()] == ["x.txt"]


def test_an_error_leaves_what_was_there(tmp_path):
    target = tmp_path / "x.txt"
    target.write_text("before")

    def fail() -> None:
        with replacing(target) as unfinished:
            unfinished.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert target.read_text() == "before"
    assert [p.name for p in tmp_path.iterdir()] == ["x.txt"]


def test_a_folder_and_a_full_or_forbidden_place_are_told(tmp_path):
    with pytest.raises(InputError), replacing(tmp_path):
        pass
    with pytest.raises(StorageError), replacing(Path("/proc/x.txt")):
        pass


def test_a_new_file_has_the_usual_permissions(tmp_path):
    (tmp_path / "usual").write_text("")
    with replacing(tmp_path / "ours"):
        pass
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "usual").stat().st_mode
