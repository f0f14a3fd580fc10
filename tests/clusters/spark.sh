# What is Spark's own: see cluster.sh, which reads this. A master, whose REST port takes jobs too, and a worker.
# shellcheck shell=bash disable=SC2034,SC2154 # names are set here for cluster.sh, and there for here
package=pyspark module=pyspark jars=jars
runner=beam-runners-spark-3 driver=org.apache.beam.runners.spark.SparkJobServerDriver
process=org.apache.spark.deploy

run() {
  local opened words=()
  # spark-submit would open these to a driver; one that the REST port was asked for has only what the worker passes on.
  for opened in lang lang.invoke lang.reflect io net nio util util.concurrent; do
    words+=("--add-opens=java.base/java.$opened=ALL-UNNAMED")
  done
  export JDK_JAVA_OPTIONS="${words[*]} --add-opens=java.base/sun.nio.ch=ALL-UNNAMED"
  export SPARK_HOME=$home SPARK_LOCAL_IP=127.0.0.1
  export SPARK_MASTER_OPTS="-Dspark.master.rest.enabled=true -Dspark.master.rest.port=0"
  cd "$state"  # where workers may leave files
  exec "$home/bin/spark-class" "$@"
}

start_all() {
  launch master org.apache.spark.deploy.master.Master --host 127.0.0.1 --port 0 --webui-port 0
  local master rest
  master=$(found master 'spark://127[0-9.:]+')
  rest=$(found master 'Started REST server .* with port [0-9]+')
  launch worker org.apache.spark.deploy.worker.Worker --host 127.0.0.1 --cores 2 --memory 2g --webui-port 0 \
    --work-dir "$state/work" "$master"
  found worker 'Successfully registered' > /dev/null
  printf '%s\n' --runner=SparkRunner "--spark_master_url=$master" "--spark_rest_url=http://127.0.0.1:${rest##* }" \
    "--spark_job_server_jar=$state/job-server.jar" "--files_to_stage=$state/job-server.jar" --environment_type=LOOPBACK
}
