#!/usr/bin/env bash
# Runs the asking job side by side with its peers, prints the table and leaves it in benchmarks/results.
#
#   PYTHON         the interpreter of the peers' environment, which is made in .venv-bench-asking (default: python3.11)
#   LANGLOOM_DATA  the folder of the published texts (default: ../shared/data)
# Arguments go to measure.py: --rounds 1, --segments 500, --under reject, --only langloom curator, ...
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$(dirname "$here")")
data=${LANGLOOM_DATA:-$root/../shared/data}
bench=$root/.venv-bench-asking
. "$root/benchmarks/environment.sh"

if [ ! -d "$data" ]; then
    echo "there are no texts in $data; set LANGLOOM_DATA to a folder that holds gpteacher and self_instruct" >&2
    exit 2
fi
need_langloom "$root/.venv/bin/langloom"
environment "$bench" "$here/requirements.txt"

cd "$root"
.venv/bin/python -m benchmarks.asking.measure --data "$data" --peers "$bench/bin/python" "$@"
