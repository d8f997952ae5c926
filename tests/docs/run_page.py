"""One page from top to bottom in a folder of its own: files written, edited, commands and Python run.

| block | is |
|---|---|
| ``kam`` | checked, its tests run (``kam_blocks``); with ``file=`` only written |
| any language with ``file=PATH`` | written to PATH |
| any language with ``part=PATH`` | must stand so in PATH |
| ``diff file=PATH`` | an edit of PATH: what stands there without ``+`` must be found, once |
| ``console`` | commands after ``$``, with lines that must be in what each prints, in order; ``…``: anything |
| ``python`` | run; with ``>>>`` as a doctest. One namespace for the page |
| ``text`` | only shown |

A page with the comment ``<!-- in a clone -->`` finds ``rules`` (to change), ``workflows`` and ``examples``
in its folder.
"""

from __future__ import annotations

import contextlib
import doctest
import io
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from kamflow.base.diagnostic import Sink
from kamflow.base.span import Source
from kamflow.cli.main import main
from kamflow.project import load
from kamflow.project.load import Project, load_sources
from tests.docs.blocks import ROOT, Block, Table, read_page
from tests.docs.kam_blocks import KamPage
from tests.docs.read_table import read_values

_SHOWN_ONLY = frozenset({"text"})
_CLONE = "<!-- in a clone -->"
_LOADED: dict[tuple[tuple[str, str], ...], Project] = {}
_OUTPUT = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


def run_page(text: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return what a page promises and does not keep, with the lines of its blocks."""
    monkeypatch.chdir(folder)
    for name in [n for n in os.environ if n.startswith(("LANG", "LC_", "KAMFLOW_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "120")
    if _CLONE in text:
        shutil.copytree(ROOT / "rules", folder / "rules")
        for name in ("workflows", "examples"):
            (folder / name).symlink_to(ROOT / name)
        monkeypatch.setattr(load, "load_sources", remembered)
    kam = KamPage()
    names: dict[str, object] = {"__name__": "page"}
    out: list[str] = []
    for item in read_page(text):
        match item:
            case Table(how="read"):
                wrong = read_values(item)
            case Table():
                wrong = kam.evaluate(item)
            case Block(lang="diff"):
                wrong = edit(Path(item.options["file"]), item.text)
            case Block() if "part" in item.options:
                whole = Path(item.options["part"]).read_text(encoding="utf-8")
                wrong = [] if item.text in whole else [f"this is no part of {item.options['part']}"]
            case Block() if "file" in item.options:
                path = Path(item.options["file"])
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(item.text, encoding="utf-8")
                wrong = []
            case Block(lang="kam"):
                wrong = kam.run(item)
            case Block(lang="console"):
                wrong = run_console(item.text)
            case Block(lang="python"):
                wrong = run_python(item, names)
            case Block(lang=lang):
                wrong = [] if lang in _SHOWN_ONLY else [f"nothing runs `{lang}` blocks"]
        out += [f"line {item.line}: {w}" for w in wrong]
    return out


def remembered(sources: Mapping[str, Source], sink: Sink | None = None) -> Project:
    """Load policies from texts; the same texts, which dozens of commands read, are loaded once."""
    if sink is not None and len(sink):
        return load_sources(sources, sink)
    key = tuple((name, source.text) for name, source in sources.items())
    if key not in _LOADED:
        _LOADED[key] = load_sources(sources, sink)
    return _LOADED[key]


def edit(path: Path, patch: str) -> list[str]:
    """Change a file as a diff without positions says."""
    lines = [line for line in patch.split("\n") if line]
    old = "\n".join(line[1:] for line in lines if line[0] in " -")
    new = "\n".join(line[1:] for line in lines if line[0] in " +")
    text = path.read_text(encoding="utf-8")
    if text.count(old) != 1:
        return [f"what is to be changed stands {text.count(old)} times in {path.name}"]
    path.write_text(text.replace(old, new), encoding="utf-8")
    return []


def run_console(text: str) -> list[str]:
    """Run the commands of a block; each line shown below one must be in what it prints, in order."""
    commands: list[tuple[str, list[str]]] = []
    for line in text.split("\n"):
        if line.startswith("$ "):
            commands.append((line[2:], []))
        elif commands and line.strip():
            commands[-1][1].append(line)
    out: list[str] = []
    code = 0
    for command, shown in commands:
        done = run_command(command, code)
        if done is None:
            out.append(f"`{command}` is no command that a page can use")
            continue
        printed, code = done
        if code == 70:
            out.append(f"`{command}` stopped at a mistake of its own")
            continue
        out += _not_printed(command, shown, printed)
    return out


def run_command(command: str, last: int) -> tuple[str, int] | None:
    """Return everything that a command prints, and its exit code; None for what readers could not run.

    ``> FILE`` sends the result there, as a shell would; ``last`` is what ``echo $?`` says.
    """
    command, _, into = command.partition(" > ")
    program, *args = shlex.split(command, comments=True)
    match program, args:
        case "cd", [folder]:
            os.chdir(folder)
            return "", 0
        case "cp", ["-r", folder, copy]:
            shutil.copytree(folder, copy)
            return "", 0
        case "echo", ["$?"]:
            return str(last), 0
        case "python", [script, *words] if into:
            done = subprocess.run([sys.executable, script, *words], capture_output=True, check=False)
            Path(into.strip()).write_bytes(done.stdout)
            return done.stderr.decode(), done.returncode
        case "kamflow", _:
            pass
        case _:
            return None
    said, result = io.BytesIO(), io.BytesIO()
    out = io.TextIOWrapper(result if into else said, encoding="utf-8", write_through=True)
    err = io.TextIOWrapper(said, encoding="utf-8", write_through=True)
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(args)
    if into:
        Path(into.strip()).write_bytes(result.getvalue())
    return said.getvalue().decode(), code


def _not_printed(command: str, shown: list[str], printed: str) -> list[str]:
    rest = _flat(printed)
    for line in shown:
        for part in (p for p in line.split("…") if p.strip()):
            at = rest.find(_flat(part))
            if at < 0:
                return [f"`{command}` does not print “{part.strip()}” (in this place); it prints:\n{printed}"]
            rest = rest[at + len(_flat(part)) :]
    return []


def _flat(text: str) -> str:
    return " ".join(text.split())


def run_python(block: Block, names: dict[str, object]) -> list[str]:
    if ">>> " not in block.text:
        code = compile("\n" * block.line + block.text, "page", "exec")
        try:
            exec(code, names)
        except Exception as fault:
            return [f"{type(fault).__name__}: {fault}"]
        return []
    said: list[str] = []
    test = doctest.DocTestParser().get_doctest(block.text, names, "page", "page", block.line)
    runner = doctest.DocTestRunner(optionflags=_OUTPUT, verbose=False)
    runner.run(test, out=said.append, clear_globs=False)
    names.update(test.globs)
    return ["".join(said)] if said else []
