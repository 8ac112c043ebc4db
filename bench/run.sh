#!/usr/bin/env bash
# Makes the published numbers; bench/README.md describes each table.
# usage: bench/run.sh golden
set -euo pipefail
cd "$(dirname "$0")/.."

# A Python with the pinned OpenCV; BENCH_PYTHON names another one.
python=${BENCH_PYTHON:-}
if [ -z "$python" ]; then
  venv=target/bench-venv
  python=$venv/bin/python
  if ! cmp -s bench/requirements.txt $venv/requirements.txt; then
    python3 -m venv $venv
    $venv/bin/pip install -q -r bench/requirements.txt
    cp bench/requirements.txt $venv/requirements.txt
  fi
fi

command=${1:-help}
[ $# -eq 0 ] || shift
case $command in
  golden) exec "$python" bench/golden.py "$@" ;;
  *) sed -n '2,3p' bench/run.sh; exit 2 ;;
esac
