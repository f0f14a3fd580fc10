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

if [ ! -d "$data" ]; then
    echo "there are no texts in $data; set LANGLOOM_DATA to a folder that holds gpteacher and self_instruct" >&2
    exit 2
fi
if [ ! -x "$root/.venv/bin/langloom" ]; then
    echo "there is no command $root/.venv/bin/langloom; let make install it" >&2
    exit 2
fi
if [ ! -e "$bench/.installed" ] || [ "$here/requirements.txt" -nt "$bench/.installed" ]; then
    "${PYTHON:-python3.11}" -m venv "$bench"
    "$bench/bin/pip" install --quiet --requirement "$here/requirements.txt"
    touch "$bench/.installed"
fi

cd "$root"
.venv/bin/python -m benchmarks.asking.measure --data "$data" --peers "$bench/bin/python" "$@"
