#!/usr/bin/env bash
# Builds the wheel and uses it the way a stranger would: only its run-time dependencies, no checkout in sight.
set -euo pipefail

# made absolute by its folder: following the link of a venv's python would lead out of the venv
python=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset PYTHONPATH VIRTUAL_ENV

"$python" -m build --wheel --no-isolation --outdir "$work/dist" "$root" >"$work/build.log" 2>&1 || {
  cat "$work/build.log"
  exit 1
}

"$python" -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --require-hashes -r "$root/requirements-run.lock"
"$work/venv/bin/python" -m pip install --quiet --no-deps "$work"/dist/kamflow-*.whl
"$work/venv/bin/python" -m pip check

mkdir "$work/elsewhere"
cp "$root/examples/customers.json" "$work/elsewhere/"
cd "$work/elsewhere"
kamflow=$work/venv/bin/kamflow

"$work/venv/bin/python" - "$work" <<'PY'
import sys
from pathlib import Path

import kamflow
from kamflow.base.resources import resource_dir

inside = Path(sys.argv[1]).resolve()
assert Path(kamflow.__file__).resolve().is_relative_to(inside), f"{kamflow.__file__} is not the wheel's"
for name in ("grammar", "rules", "workflows", "findings"):
    where = resource_dir(name).resolve()
    assert where.is_relative_to(inside), f"{name} comes from {where}, not from the wheel"
    assert any(where.iterdir()), f"{name} is empty in the wheel"
steps = Path(kamflow.__file__).parent / "journal" / "migrations"
assert (steps / "env.py").is_file() and list(steps.glob("versions/v0001*.py")), "no steps of the store's schema"
PY

"$kamflow" --version
"$kamflow" check
"$kamflow" eval customers.json --as-of 2026-06-30 --format ndjson -o decisions.ndjson
"$work/venv/bin/python" - <<'PY'
import json
from pathlib import Path

asked = json.loads(Path("customers.json").read_text(encoding="utf-8"))
answers = [json.loads(line) for line in Path("decisions.ndjson").read_text(encoding="utf-8").splitlines()]
assert len(answers) == len(asked) > 0, f"{len(asked)} customers in, {len(answers)} decisions out"
assert all(a["decisions"] for a in answers), "a customer without a decision"
PY
echo "wheel: built, installed and run outside the checkout"
