"""Files of one user, under names that are names."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from metathink.core.errors import InvalidConfig, StoreFailed
from metathink.core.paths import home, is_name, private_file, private_folder, write_private


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_files_and_folders_are_this_users_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        write_private(tmp_path / "a" / "b" / "record.json", "text \ud800")
        private_file(private_folder(tmp_path / "c") / "memory.db")
    finally:
        os.umask(before)
    assert [mode(tmp_path / part) for part in ("a", "a/b", "c")] == [0o700] * 3
    assert mode(tmp_path / "a" / "b" / "record.json") == mode(tmp_path / "c" / "memory.db") == 0o600
    assert [p.name for p in (tmp_path / "a" / "b").iterdir()] == ["record.json"]


def test_what_is_there_keeps_its_content_and_mode(tmp_path: Path) -> None:
    path = tmp_path / "kept.db"
    path.write_text("content")
    path.chmod(0o640)
    private_file(path)
    assert path.read_text() == "content" and mode(path) == 0o640


@pytest.mark.parametrize("name", ["a\0b", "x" * 300])
def test_a_path_that_cannot_be_is_a_typed_error(tmp_path: Path, name: str) -> None:
    for write in (private_folder, private_file, lambda path: write_private(path, "text")):
        with pytest.raises(StoreFailed):
            write(tmp_path / name)


def test_a_file_in_place_of_a_folder_is_a_typed_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreFailed):
        private_folder(tmp_path / "file")
    with pytest.raises(StoreFailed):
        write_private(tmp_path / "file" / "record.json", "text")


@pytest.mark.parametrize("text", ["../x", "a/b", "", ".", "a.b", "x" * 65, "ä", "a\n", 5, None])
def test_what_is_no_name(text: object) -> None:
    assert not is_name(text)
    assert is_name("0a1b-2_c")


def test_without_a_home_directory_it_says_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("METATHINK_HOME", raising=False)
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    with pytest.raises(InvalidConfig, match="METATHINK_HOME"):
        home()
