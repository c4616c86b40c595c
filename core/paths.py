"""Where metathink keeps things on this machine, for its user alone.

One folder with one name on every system, which documentation and messages can say. platformdirs would put it
at a place of each system's own (`~/.local/share`, `~/Library/Application Support`, `AppData`).
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path
from typing import Final

from .errors import InvalidConfig, StoreFailed

_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")


def home() -> Path:
    """`$METATHINK_HOME`, else `~/.metathink`: saved runs, server logs. Nothing is made until needed.

    Raises InvalidConfig where this user has no home directory.
    """
    if given := os.environ.get("METATHINK_HOME"):
        return Path(given)
    try:
        return Path.home() / ".metathink"
    except RuntimeError as error:
        raise InvalidConfig("this user has no home directory: set METATHINK_HOME") from error


def private_folder(path: Path) -> Path:
    """The folder, made with its parents where it is missing, for this user alone (0700).

    A folder that is there already keeps its mode. Raises StoreFailed where it cannot be made.
    """
    try:
        missing = [folder for folder in (path, *path.parents) if not folder.exists()]
        for folder in reversed(missing):
            folder.mkdir(mode=0o700, exist_ok=True)
        if not path.is_dir():
            raise NotADirectoryError(20, "not a directory")
    except (OSError, ValueError) as error:
        raise StoreFailed(f"cannot make the folder {path}: {_reason(error)}") from error
    return path


def private_file(path: Path) -> Path:
    """The file, made empty where it is missing, readable by this user alone (0600); so are those that SQLite
    puts beside it. A file that is there already keeps its mode.

    Raises StoreFailed where it cannot be made.
    """
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except (OSError, ValueError) as error:
        raise StoreFailed(f"cannot write {path}: {_reason(error)}") from error
    return path


def write_private(path: Path, text: str) -> None:
    """Replace the file's text in one step; the file is this user's alone, its folder is made if missing.

    Raises StoreFailed where it cannot be written.
    """
    private_folder(path.parent)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with open(os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as file:
            file.write(text.encode("utf-8", "replace"))
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    except (OSError, ValueError) as error:
        with suppress(
            OSError, ValueError
        ):  # what cannot be written can often not be removed either
            draft.unlink(missing_ok=True)
        raise StoreFailed(f"cannot write {path}: {_reason(error)}") from error


def is_name(text: object) -> bool:
    """Whether the text can be a file's name anywhere: letters, digits, `_` and `-`, at most 64."""
    return isinstance(text, str) and _NAME.fullmatch(text) is not None


def _reason(error: OSError | ValueError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
