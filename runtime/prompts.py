"""The prompts that users may replace: where they are found, and how replacements are read and checked."""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from ..core.errors import InvalidConfig, StoreFailed
from ..core.message import Prompt, variables_of

ENVIRONMENT = "METATHINK_PROMPTS"
"""The environment variable that names a folder of prompts."""
SUFFIX = ".txt"

_ROOT = __name__.removesuffix(".runtime.prompts")
_modules: dict[str, str] = {
    "structured": f"{_ROOT}.models.typed.structured",
    **{
        role: f"{_ROOT}.agents.{role}"
        for role in ("extractor", "formatter", "meta_thinker", "reasoner", "selector", "strategist")
    },
    **{
        role: f"{_ROOT}.agents.critique.{role}"
        for role in (
            "aggregator",
            "criteria_maker",
            "critic",
            "judge",
            "meta_critic",
            "reference_writer",
            "reviser",
            "task_describer",
        )
    },
    **{
        role: f"{_ROOT}.agents.mind.{role}"
        for role in ("domain", "memory_keeper", "responder", "situation", "theory_of_mind")
    },
}


def register_prompts(role: str, module: str) -> None:
    """Let users replace the prompts of a role: `module`, a dotted name, holds `Prompt` constants whose
    names begin with `role` and a dot."""
    _modules[role] = module


def all_prompts() -> list[Prompt]:
    """Every prompt, by name. Loads the modules of all roles."""
    return sorted((p for role in _modules for p in _prompts_of(role)), key=lambda p: p.name)


def find_prompt(name: str) -> Prompt:
    """The prompt of that name. Raises InvalidConfig, which lists what there is, for an unknown one."""
    role = name.partition(".")[0]
    if role not in _modules:
        raise InvalidConfig(
            f"no prompt {name!r}; there are the roles {', '.join(sorted(_modules))}"
        )
    known = {prompt.name: prompt for prompt in _prompts_of(role)}
    if name not in known:
        raise InvalidConfig(f"no prompt {name!r}; {role} has {', '.join(sorted(known))}")
    return known[name]


def read_prompts(given: Any) -> Any:
    """Replacements by prompt name: from a mapping of texts, or from a folder with a file `NAME.txt` for
    each.

    Raises InvalidConfig for an unknown name and for a text without exactly the prompt's variables,
    StoreFailed for a folder or file that cannot be read. What is neither is returned as it is, for
    pydantic to refuse.
    """
    if isinstance(given, str) and not given.strip():
        return {}
    texts = _read_folder(Path(given)) if isinstance(given, (str, Path)) else given
    if isinstance(texts, Mapping):
        for name, text in texts.items():
            if isinstance(name, str) and isinstance(text, str):
                _check(find_prompt(name), text)
    return texts


def environment_prompts() -> dict[str, str]:
    """The replacements in METATHINK_PROMPTS's folder; empty where it is not set. Raises as `read_prompts`."""
    return read_prompts(os.environ.get(ENVIRONMENT, ""))


def export_prompts(folder: Path) -> list[Path]:
    """Write every prompt as a file `NAME.txt`, and return the files. Raises StoreFailed, and InvalidConfig
    where one of them is there already."""
    prompts = all_prompts()
    paths = [folder / f"{prompt.name}{SUFFIX}" for prompt in prompts]
    if there := [path.name for path in paths if path.exists()]:
        raise InvalidConfig(f"{folder} has {', '.join(there)} already; export to another folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for prompt, path in zip(prompts, paths, strict=True):
            path.write_text(f"{prompt.text}\n", encoding="utf-8")
    except OSError as error:
        raise StoreFailed(f"cannot write prompts to {folder}: {error.strerror}") from error
    return paths


def _prompts_of(role: str) -> list[Prompt]:
    constants = vars(import_module(_modules[role])).values()
    return [c for c in constants if isinstance(c, Prompt) and c.role == role]


def _check(prompt: Prompt, text: str) -> None:
    """Raises InvalidConfig for a text that cannot stand in for the prompt."""
    if not text.strip():
        raise InvalidConfig(f"the text for prompt {prompt.name!r} is empty")
    found = variables_of(text)
    faults = [f"misses {{{name}}}" for name in sorted(prompt.variables - found)]
    faults += [f"has an unknown {{{name}}}" for name in sorted(found - prompt.variables)]
    if faults:
        wanted = ", ".join(f"{{{name}}}" for name in sorted(prompt.variables)) or "none"
        raise InvalidConfig(
            f"the text for prompt {prompt.name!r} {' and '.join(faults)}; its variables are: {wanted}"
        )


def _read_folder(folder: Path) -> dict[str, str]:
    if not folder.is_dir():
        raise InvalidConfig(f"prompts: there is no folder {folder}")
    try:
        files = sorted(folder.glob(f"*{SUFFIX}"))
        texts = {f.stem: f.read_text(encoding="utf-8").removesuffix("\n") for f in files}
    except UnicodeDecodeError as error:
        raise InvalidConfig(f"prompts: a file in {folder} is not UTF-8 text") from error
    except OSError as error:
        raise StoreFailed(f"cannot read prompts from {folder}: {error.strerror}") from error
    if not texts:
        raise InvalidConfig(
            f"prompts: {folder} has no file NAME{SUFFIX}; `metathink prompts --export` writes them"
        )
    return texts
