#!/usr/bin/env bash
# Orders the same lines by langloom and by OpusTrainer, and leaves tables in benchmarks/results.
#
#   benchmarks/order/run.sh counts                           which lines come when (a minute; no timing)
#   benchmarks/order/run.sh speed --rows 1000000 --rounds 5  how long it takes (on an idle machine)
#
#   PYTHON         the interpreter of OpusTrainer's environment, which is made in .venv-bench-order (default: python3.11)
#   LANGLOOM_DATA  the folder of the published pairs, for speed (default: ../shared/data)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$(dirname "$here")")
bench=$root/.venv-bench-order
. "$root/benchmarks/environment.sh"

if [ "${1:-}" != counts ] && [ "${1:-}" != speed ]; then
    echo "say what to measure: $0 counts, or $0 speed" >&2
    exit 2
fi
need_langloom "$root/.venv/bin/langloom"
environment "$bench" "$here/requirements.txt"

what=$1
shift
if [ "$what" = speed ]; then
    set -- --data "${LANGLOOM_DATA:-$root/../shared/data}" "$@"
fi
cd "$root"
.venv/bin/python -m "benchmarks.order.$what" --opustrainer "$bench/bin/opustrainer-train" "$@"
