#!/usr/bin/env bash
# Starts Spark on loopback (a master and a worker, on free ports) with Beam's job server for it, or stops just that.
#
#   spark.sh start SPARK_VERSION BEAM_VERSION    leaves the options for `langloom run ... --` in .spark/options
#   spark.sh stop
set -euo pipefail
cd "$(dirname "$0")/../.."
state=$PWD/.spark
packages=(.venv-spark/lib/python3*/site-packages)
export SPARK_HOME=$PWD/${packages[0]}/pyspark SPARK_LOCAL_IP=127.0.0.1

say() { echo "$*" >&2; }

stop() {
  local file pid
  for file in "$state"/*.pid; do
    [ -f "$file" ] || continue
    pid=$(cat "$file")
    # The number may belong to another process by now.
    if grep -q org.apache.spark.deploy "/proc/$pid/cmdline" 2>/dev/null; then kill "$pid"; fi
    rm "$file"
  done
  rm -f "$state/options"
}

fetch() {  # the versions of Spark and of Beam's runner
  if [ ! -f "$SPARK_HOME/jars/spark-core_2.12-$1.jar" ]; then
    say "fetching Spark $1 (300 MB)"
    "${PYTHON:-python3.11}" -m venv .venv-spark
    .venv-spark/bin/pip install --quiet "pyspark==$1"
    packages=(.venv-spark/lib/python3*/site-packages)
    SPARK_HOME=$PWD/${packages[0]}/pyspark
  fi
  if [ ! -f "$state/job-server-$2.jar" ]; then
    say "fetching Beam's Spark runner $2 (100 MB)"
    rm -rf "$state/jars"
    mvn --batch-mode --quiet --file tests/clusters/spark.xml "-Dbeam=$2" \
      dependency:copy-dependencies "-DoutputDirectory=$state/jars"
    "${PYTHON:-python3.11}" tests/clusters/job_server_jar.py "$state/job-server-$2.jar.new" \
      org.apache.beam.runners.spark.SparkJobServerDriver "$state/jars" "$SPARK_HOME/jars"
    mv "$state/job-server-$2.jar.new" "$state/job-server-$2.jar"
    ln -sf "job-server-$2.jar" "$state/job-server.jar"
  fi
}

launch() {  # a name, and the words of the process
  local name=$1
  shift
  "$SPARK_HOME/bin/spark-class" "$@" > "$state/$name.log" 2>&1 < /dev/null &
  echo $! > "$state/$name.pid"
}

found() {  # a name, and what its log says when it is ready
  local second
  for second in $(seq 120); do
    grep -oE -m 1 "$2" "$state/$1.log" && return
    kill -0 "$(cat "$state/$1.pid")" 2>/dev/null || break
    sleep 1
  done
  say "Spark's $1 didn't start within $second seconds: see $state/$1.log"
  return 1
}

start() {
  mkdir -p "$state"
  fetch "$1" "$2"
  stop
  launch master org.apache.spark.deploy.master.Master --host 127.0.0.1 --port 0 --webui-port 0
  local master
  master=$(found master 'spark://127[0-9.:]+')
  launch worker org.apache.spark.deploy.worker.Worker --host 127.0.0.1 --cores 2 --memory 2g --webui-port 0 \
    --work-dir "$state/work" "$master"
  found worker 'Successfully registered' > /dev/null
  printf '%s\n' --runner=SparkRunner "--spark_master_url=$master" "--spark_job_server_jar=$state/job-server.jar" \
    "--files_to_stage=$state/job-server.jar" --environment_type=LOOPBACK > "$state/options"
  say "Spark is at $master; langloom run RECIPE -- \$(cat .spark/options)"
}

case ${1:-} in
  start) start "$2" "$3" || { stop; exit 1; } ;;
  stop) stop ;;
  *) say "usage: spark.sh start SPARK_VERSION BEAM_VERSION | stop"; exit 2 ;;
esac
