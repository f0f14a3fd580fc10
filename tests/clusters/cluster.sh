#!/usr/bin/env bash
# Starts a cluster on loopback (its processes take free ports) with Beam's job server for it, or stops just that.
#
#   cluster.sh spark start VERSION BEAM_VERSION    leaves the options for `langloom run ... --` in .spark/options
#   cluster.sh spark stop
#   cluster.sh flink start VERSION BEAM_VERSION    ... in .flink/options
#   cluster.sh flink stop
#
# What is Spark's or Flink's own is in spark.sh or flink.sh, each of which sets
#   package   the package on PyPI that carries the distribution
#   module    its folder there; what becomes of it is `home`
#   jars      the folder of the cluster's own jars, within `home`
#   runner    Beam's runner on Maven Central
#   driver    the class of its job server
#   process   part of the command line of each process of the cluster
# and defines
#   run WORDS   become a process of the cluster
#   start_all   launch the processes, and print the options for langloom
set -euo pipefail
cd "$(dirname "$0")/../.."
python=${PYTHON:-python3.11}

say() { echo "$*" >&2; }

usage() {
  say "usage: cluster.sh spark|flink start VERSION BEAM_VERSION | stop"
  exit 2
}

case ${1:-} in
  spark | flink) name=$1 state=$PWD/.$1 ;;
  *) usage ;;
esac

stop() {
  local file pid
  for file in "$state"/*.pid; do
    [ -f "$file" ] || continue
    pid=$(cat "$file")
    # The number may belong to another process by now.
    if grep -q "$process" "/proc/$pid/cmdline" 2>/dev/null; then kill "$pid"; fi
    rm "$file"
  done
  rm -f "$state/options"
}

find_home() {
  local packages=(".venv-$name"/lib/python3*/site-packages)
  home=$PWD/${packages[0]}/$module
}

fetch() {  # the versions of the cluster and of Beam's runner
  if [ ! -f "$state/$package-$1" ]; then
    say "fetching $package $1 (300 MB)"
    "$python" -m venv ".venv-$name"
    ".venv-$name/bin/pip" install --quiet --no-deps "$package==$1"
    rm -f "$state/$package"-*
    touch "$state/$package-$1"
  fi
  find_home
  if [ ! -f "$state/job-server-$2.jar" ]; then
    say "fetching $runner $2 (100 MB)"
    rm -rf "$state/runner"
    mvn --batch-mode --quiet --file tests/clusters/job_server.xml "-Drunner=$runner" "-Dbeam=$2" \
      dependency:copy-dependencies "-DoutputDirectory=$state/runner"
    "$python" tests/clusters/job_server_jar.py "$state/job-server-$2.jar.new" "$driver" "$state/runner" "$home/$jars"
    mv "$state/job-server-$2.jar.new" "$state/job-server-$2.jar"
    ln -sf "job-server-$2.jar" "$state/job-server.jar"
  fi
}

launch() {  # a name, and the words of the process
  local called=$1
  shift
  rm -f "$state/$called.log"  # a process that is ending may still write to it
  run "$@" > "$state/$called.log" 2>&1 < /dev/null &
  echo $! > "$state/$called.pid"
}

found() {  # a name, and what its log says when it is ready
  local second
  for second in $(seq 120); do
    grep -oE -m 1 "$2" "$state/$1.log" && return
    kill -0 "$(cat "$state/$1.pid")" 2>/dev/null || break
    sleep 1
  done
  say "$name's $1 didn't start within $second seconds: see $state/$1.log"
  return 1
}

start() {
  mkdir -p "$state"
  fetch "$1" "$2"
  stop
  start_all > "$state/options.new"
  mv "$state/options.new" "$state/options"
  say "$name is running; langloom run RECIPE -- \$(cat .$name/options)"
}

# shellcheck source=/dev/null
. "tests/clusters/$name.sh"
case ${2:-} in
  start)
    [ $# = 4 ] || usage
    trap '[ -f "$state/options" ] || stop' EXIT  # half of a cluster is none
    start "$3" "$4"
    ;;
  stop) stop ;;
  *) usage ;;
esac
