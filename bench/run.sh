#!/usr/bin/env bash
# Makes the published numbers; bench/README.md describes each table.
# usage: bench/run.sh features|tutorial|python|search|embed|conformance|quality|same|unseen|bursts|verdicts|similar|cluster|decode|formats|load|golden|pages [options; --help lists them]
set -euo pipefail
cd "$(dirname "$0")/.."

# A Python with the pinned OpenCV; BENCH_PYTHON names another one.
python=${BENCH_PYTHON:-}
environment() {
  [ -z "$python" ] || return 0
  local venv=target/bench-venv
  python=$venv/bin/python
  if ! cmp -s bench/requirements.txt $venv/requirements.txt; then
    python3 -m venv $venv
    $venv/bin/pip install -q -r bench/requirements.txt
    cp bench/requirements.txt $venv/requirements.txt
  fi
}

command=${1:-help}
[ $# -eq 0 ] || shift
case $command in
  features | tutorial | python | search | embed | conformance | quality | same | unseen | bursts | verdicts | similar | cluster | decode | formats | load) build=1 ;;
  golden | pages) build=0 ;;
  *) sed -n '2,3p' bench/run.sh; exit 2 ;;
esac
[ $command = load ] || environment
# Both at once: alone, each would build what they share with other features.
[ $build = 0 ] || cargo build --release -p lookalike-cli -p lookalike-bench
if [ $command = python ]; then
  # The package, built as the program is.
  $python -m pip install -q 'maturin>=1.16,<2'
  rm -rf target/bench-wheel
  $python -m maturin build --release -m crates/lookalike-python/Cargo.toml -i "$python" -o target/bench-wheel
  $python -m pip install -q --force-reinstall --no-deps target/bench-wheel/*.whl
fi
if [ $command = load ]; then
  target/release/lookalike-bench load --program target/release/lookalike "$@" | tee bench/results/load.md
  exit
fi
exec "$python" "bench/$command.py" "$@"
