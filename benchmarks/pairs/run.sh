#!/usr/bin/env bash
# Runs the pairs job side by side with its peers, prints the table and leaves it in benchmarks/results.
#
#   PYTHON         the interpreter of the peers' environment, which is made in .venv-bench (default: python3.11)
#   LANGLOOM       the command (default: .venv/bin/langloom, which `make` installs)
#   LANGLOOM_DATA  the folder of the published pairs (default: ../shared/data)
#   ROWS           sizes to measure (default: "150000 365000")
# Arguments go to measure.py: --rounds 3, --only langloom datasets, ...
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$(dirname "$here")")
data=${LANGLOOM_DATA:-$root/../shared/data}
langloom=${LANGLOOM:-$root/.venv/bin/langloom}
bench=$root/.venv-bench
. "$root/benchmarks/environment.sh"

if [ ! -d "$data" ]; then
    echo "there are no published pairs in $data; set LANGLOOM_DATA to a folder that holds gsm8kinstruct_question and opennmt_en_de" >&2
    exit 2
fi
need_langloom "$langloom"
environment "$bench" "$here/requirements.txt"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
inputs=()
export PYTHONPATH="$root"
for rows in ${ROWS:-150000 365000}; do
    "$bench/bin/python" -m benchmarks.pairs.make_pairs "$work/pairs-$rows" "$rows" --data "$data"
    inputs+=("$work/pairs-$rows")
done
"$bench/bin/python" -m benchmarks.pairs.measure "${inputs[@]}" --langloom "$langloom" "$@"
