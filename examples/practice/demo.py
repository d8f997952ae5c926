"""One quarter of key-account management, from exports to decisions: `make demo`.

    python -m examples.practice.demo                 # KAMFLOW_LANG=zh for Chinese

Assumes: a checkout with everything installed. Leaves: ``build/practice``: the records, the cases, the report.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from examples.practice.state import State


def main() -> int:
    started = time.monotonic()
    state = State()
    state.start()  # before anything else is loaded: cases take longest

    from rich.console import Console

    import kamflow
    from examples.practice.show import Show
    from examples.practice.telling import tell
    from kamflow.app.settings import load_settings
    from kamflow.report.catalog import REPORTS

    lang = load_settings(Path.cwd(), os.environ).lang
    show = Show(lang, Console(highlight=False, width=None if sys.stdout.isatty() else 100))
    try:
        tell(show, state, tuple(REPORTS))
    except kamflow.PolicyError as wrong:
        show.say(show.t(f"{wrong}\nsee: kamflow check rules", f"{wrong}\n请运行：kamflow check rules"))
        return 1
    seconds = f"{time.monotonic() - started:.1f}"
    show.say(show.t(f"{seconds} s in all", f"共用时 {seconds} 秒"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
