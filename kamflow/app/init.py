"""Start a project: a few files that check, test and decide at once. Nothing is ever overwritten."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kamflow.app.init_text import project_files
from kamflow.base.text import Lang
from kamflow.base.write_file import write_text


@dataclass(frozen=True, slots=True)
class Started:
    """``written``: the files made; ``in_the_way``: those that were there, then nothing is written."""

    written: tuple[Path, ...] = ()
    in_the_way: tuple[Path, ...] = ()


def start_project(folder: Path, lang: Lang) -> Started:
    """Write the files of a new project into a folder, which is made where it is missing."""
    files = {folder / name: text for name, text in project_files(lang).items()}
    taken = [p for p in files if p.exists() or p.is_symlink()]
    if not taken and any((folder / "rules").glob("*.kam")):
        taken.append(folder / "rules")
    if folder.exists() and not folder.is_dir():
        taken = [folder]
    if taken:
        return Started(in_the_way=tuple(taken))
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, text)
    return Started(tuple(files))
