"""The package map in pyproject.toml names every folder with code, and nothing that is not there."""

from __future__ import annotations

import subprocess
import tomllib
from pathlib import Path

import pytest

from metathink.graphs import METHODS
from metathink.runtime.registry import module_of

ROOT = Path(__file__).parents[1]
NOT_SHIPPED = {"tests", "examples", "benchmarks", "docs"}
TOOLS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
SETUPTOOLS = TOOLS["setuptools"]


def folders_with_code() -> set[str]:
    """Every folder in the repository that holds a Python file and is shipped."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    folders = {str(Path(name).parent) for name in listed.stdout.splitlines()}
    return {f for f in folders if f != "." and Path(f).parts[0] not in NOT_SHIPPED}


def folder_of(package: str) -> str:
    return SETUPTOOLS["package-dir"].get(package, package.replace(".", "/"))


def test_every_folder_with_code_is_a_package() -> None:
    assert {folder_of(package) for package in SETUPTOOLS["packages"]} == folders_with_code()


def test_every_package_has_its_caption() -> None:
    """Each folder is a regular package that says what it is."""
    bare = [
        folder
        for package in SETUPTOOLS["packages"]
        if not (ROOT / (folder := folder_of(package)) / "__init__.py").is_file()
    ]
    assert bare == []


def test_the_map_names_packages_by_their_place() -> None:
    for package, folder in SETUPTOOLS["package-dir"].items():
        assert package == "metathink." + folder.replace("/", ".")
        assert package in SETUPTOOLS["packages"]


def test_each_room_is_linked_into_the_package() -> None:
    """The links let type checkers and linters see one package; they must lead to the folders.

    Git writes a link as a text file where the system has none: the installed package needs none of them.
    """
    rooms = {f for package in SETUPTOOLS["packages"][1:] if "/" not in (f := folder_of(package))}
    for room in rooms:
        link = ROOT / "metathink" / room
        assert link.is_symlink() or link.is_file(), f"metathink/{room} is not a link"
        assert (link.readlink() if link.is_symlink() else Path(link.read_text())) == Path(
            "..", room
        )


def test_every_method_is_kept_apart_from_the_others() -> None:
    contracts = {each["name"]: each for each in TOOLS["importlinter"]["contracts"]}
    apart = contracts["no method imports a method"]["modules"]
    assert sorted(apart) == sorted(map(module_of, METHODS))
