"""What holds for every command: language, colour, policies, from flags, variables and the configuration.

Precedence: flags, then ``KAMFLOW_…`` variables, then ``kamflow.toml`` or ``[tool.kamflow]`` of
``pyproject.toml`` (searched upwards from the current folder), then what is usual. Assumes nothing about
the configuration: what is wrong with it is a finding in ``Settings.findings``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from os import pathsep
from pathlib import Path
from typing import cast

from kamflow.app import errors
from kamflow.base.diagnostic import Diagnostic
from kamflow.base.resources import resource_dir
from kamflow.base.span import DataPlace
from kamflow.base.suggest import suggest
from kamflow.base.text import Lang

CONFIG_NAME = "kamflow.toml"
DB_NAME = "kamflow.db"
_LANGS = ("en", "zh", "auto")
_KEYS = ("policies", "workflows", "db", "record", "lang", "color", "as_of")


class Color(StrEnum):
    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


class Origin(StrEnum):
    """Where a setting comes from."""

    FLAG = "flag"
    VARIABLE = "variable"
    CONFIG = "config"
    FOLDER = "folder"  # the `rules/` of the project
    LOCALE = "locale"  # LC_ALL, LC_MESSAGES, LANG
    BUILT_IN = "built-in"  # the shipped policies; English


@dataclass(frozen=True, slots=True)
class Settings:
    """Settled for one run. ``policies`` is never empty: the project's, or the shipped ones. ``workflows``
    are those of the project, the shipped ones with the shipped policies, or none.

    ``db`` is where cases are kept: a URL of SQLAlchemy, `kamflow.db` beside the project where none is said.

    ``root`` is the project's folder, or the current one outside a project; ``as_of`` and ``record``
    are None where neither a variable nor the configuration says them.
    """

    lang: Lang = Lang.EN
    color: Color = Color.AUTO
    quiet: bool = False
    verbose: int = 0
    policies: tuple[Path, ...] = ()
    workflows: tuple[Path, ...] = ()
    db: str = ""
    record: str | None = None
    as_of: date | None = None
    root: Path = Path()
    config: Path | None = None
    lang_from: Origin = Origin.BUILT_IN
    policies_from: Origin = Origin.BUILT_IN
    findings: tuple[Diagnostic, ...] = ()


def load_settings(cwd: Path, env: Mapping[str, str], lang: str | None = None) -> Settings:
    """Settle everything but the flags; only ``lang`` is needed before they are read (for `--help`)."""
    found: list[Diagnostic] = []
    config, table = _find_config(cwd, found)
    root = config.parent if config is not None else cwd
    origin, said = _said(env, table, config, found)
    policies, policies_from = _policies(root, cwd, said.get("policies"), origin.get("policies"))
    workflows = _workflows(root, cwd, said.get("workflows"), policies_from)
    color = said.get("color", "auto")
    base = Settings(
        color=Color(color) if color in set(Color) else Color.AUTO,
        policies=policies,
        workflows=workflows,
        db=said.get("db") or f"sqlite:///{root / DB_NAME}",
        record=said.get("record"),
        as_of=date.fromisoformat(said["as_of"]) if "as_of" in said else None,
        root=root,
        config=config,
        policies_from=policies_from,
        findings=tuple(found),
    )
    configured = said.get("lang", "auto")
    settled = with_lang(base, configured, env, origin.get("lang", Origin.LOCALE))
    return with_lang(settled, lang, env) if lang in _LANGS else settled


def with_lang(
    settings: Settings, asked: str | None, env: Mapping[str, str], by: Origin = Origin.FLAG
) -> Settings:
    """Choose the language: ``en``, ``zh``, or ``auto`` for what the locale says."""
    if asked in {Lang.EN, Lang.ZH}:
        return replace(settings, lang=Lang(asked), lang_from=by)
    locale = next((env[n] for n in ("LC_ALL", "LC_MESSAGES", "LANG") if env.get(n)), "")
    if not locale:
        return replace(settings, lang=Lang.EN, lang_from=Origin.BUILT_IN)
    lang = Lang.ZH if locale.lower().startswith("zh") else Lang.EN
    return replace(settings, lang=lang, lang_from=Origin.LOCALE)


def _find_config(cwd: Path, found: list[Diagnostic]) -> tuple[Path | None, Mapping[str, object]]:
    for folder in (cwd, *cwd.parents):
        own = folder / CONFIG_NAME
        if own.is_file():
            return own, _read_toml(own, found) or {}
        shared = folder / "pyproject.toml"
        if shared.is_file() and b"[tool.kamflow" in _bytes(shared):
            tools = (_read_toml(shared, found) or {}).get("tool")
            table = tools.get("kamflow") if isinstance(tools, dict) else None
            return shared, table if isinstance(table, dict) else {}
    return None, {}


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _read_toml(path: Path, found: list[Diagnostic]) -> dict[str, object] | None:
    import tomllib

    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as e:
        found.append(errors.config_unreadable(DataPlace(str(path)), str(e)))
        return None


def _said(
    env: Mapping[str, str], table: Mapping[str, object], config: Path | None, found: list[Diagnostic]
) -> tuple[dict[str, Origin], dict[str, str]]:
    """Return what variables and the configuration say, each value tried; bad ones are findings."""
    origin: dict[str, Origin] = {}
    said: dict[str, str] = {}
    for key in table:
        if key not in _KEYS:
            near = suggest(key, _KEYS)
            found.append(errors.config_key(DataPlace(str(config), f" {key}"), key, near, _KEYS))
    for key in _KEYS:
        name = f"KAMFLOW_{key.upper()}"
        if env.get(name):
            place, value, by = DataPlace(name), env[name], Origin.VARIABLE
        elif key in table:
            written = _written(key, table[key], cast(Path, config).parent)
            place, by = DataPlace(str(config), f" {key}"), Origin.CONFIG
            value = written if written is not None else ""
        else:
            continue
        wanted = _wanted(key, value)
        if wanted:
            found.append(errors.config_value(place, key, value or str(table.get(key)), wanted))
        else:
            origin[key], said[key] = by, value
    return origin, said


def _written(key: str, value: object, folder: Path) -> str | None:
    """Return a value of the configuration as a variable would say it; None where it has no such form.

    Paths of a configuration count from its own folder.
    """
    if key in {"policies", "workflows"}:
        parts = value if isinstance(value, list) else [value]
        paths = [str(folder / p) for p in parts if isinstance(p, str)]
        return pathsep.join(paths) if len(paths) == len(parts) else None
    if key == "as_of" and isinstance(value, date):
        return value.isoformat()[:10]
    return value if isinstance(value, str) else None


def _wanted(key: str, value: str) -> str:
    """Return what would be right where a value is wrong, else nothing."""
    match key:
        case "lang" if value not in _LANGS:
            return "en, zh, auto"
        case "color" if value not in set(Color):
            return "auto, always, never"
        case "as_of" if not _is_day(value):
            return "2026-06-30"
        case "policies" if not value:
            return '["rules"]'
        case "workflows" if not value:
            return '["workflows"]'
        case "db" if "://" not in value:
            return '"sqlite:///kamflow.db"'
        case "record" if not value:
            return '"customer"'
        case _:
            return ""


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _policies(root: Path, cwd: Path, said: str | None, by: Origin | None) -> tuple[tuple[Path, ...], Origin]:
    if said and by is not None:
        return tuple(_short(Path(p), cwd) for p in said.split(pathsep) if p), by
    own = root / "rules"
    # a folder of that name without a policy is somebody else's
    if own.is_dir() and next(own.rglob("*.kam"), None) is not None:
        return (_short(own, cwd),), Origin.FOLDER
    return (resource_dir("rules"),), Origin.BUILT_IN


def _workflows(root: Path, cwd: Path, said: str | None, policies: Origin) -> tuple[Path, ...]:
    """Return what is named, the project's folder, or the shipped workflows: these belong to the shipped
    policies."""
    if said:
        return tuple(_short(Path(p), cwd) for p in said.split(pathsep) if p)
    own = root / "workflows"
    if own.is_dir() and next(own.rglob("*.yaml"), None) is not None:
        return (_short(own, cwd),)
    return (resource_dir("workflows"),) if policies is Origin.BUILT_IN else ()


def _short(path: Path, cwd: Path) -> Path:
    """Name a path from the current folder where that is shorter: findings are read by people."""
    return path.relative_to(cwd) if path.is_absolute() and path.is_relative_to(cwd) else path
