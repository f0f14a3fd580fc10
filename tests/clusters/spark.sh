# What is Spark's own: see cluster.sh, which reads this. A master, whose REST port takes jobs too, and a worker.
# shellcheck shell=bash disable=SC2034,SC2154 # names are set here for cluster.sh, and there for here
package=pyspark module=pyspark jars=jars
runner=beam-runners-spark-3 driver=org.apache.beam.runners.spark.SparkJobServerDriver
process=org.apache.spark.deploy

run() {
  cd "$state"  # where workers may leave files
  SPARK_HOME=$home SPARK_LOCAL_IP=127.0.0.1 exec "$home/bin/spark-class" "$@"
}

start_all() {
  launch master org.apache.spark.deploy.master.Master --host 127.0.0.1 --port 0 --webui-port 0
  local master
  master=$(found master 'spark://127[0-9.:]+')
  launch worker org.apache.spark.deploy.worker.Worker --host 127.0.0.1 --cores 2 --memory 2g --webui-port 0 \
    --work-dir "$state/work" "$master"
  found worker 'Successfully registered' > /dev/null
  printf '%s\n' --runner=SparkRunner "--spark_master_url=$master" "--spark_job_server_jar=$state/job-server.jar" \
    "--files_to_stage=$state/job-server.jar" --environment_type=LOOPBACK
}
