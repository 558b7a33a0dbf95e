#!/usr/bin/env bash
# Makes the virtual environment: the pinned packages, then the lab itself in place. Safe to repeat.
set -euo pipefail
cd "$(dirname "$0")/.."
python=$1 venv=$2

fail() { echo "$1" >&2; exit 3; }

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
  fail "Python 3.11 or newer is needed; install it, or name one: make setup PYTHON=python3.12"
# Without pip it was only half made, as where python3-venv was missing.
[ -x "$venv/bin/pip" ] || "$python" -m venv --clear "$venv" ||
  fail "A virtual environment could not be made; on Debian and Ubuntu install python3-venv."
export PIP_DISABLE_PIP_VERSION_CHECK=1
"$venv/bin/python" -c 'import uv' 2>/dev/null || "$venv/bin/pip" install --quiet "$(grep -o '^uv==[0-9.]*' requirements.lock)"
"$venv/bin/uv" pip install --quiet --python "$venv/bin/python" --require-hashes -r requirements.lock
"$venv/bin/uv" pip install --quiet --python "$venv/bin/python" --no-deps --no-build-isolation --editable .
touch "$venv/.installed"
