# What is Flink's own: see cluster.sh, which reads this. A job manager, and a task manager with two slots.
# shellcheck shell=bash disable=SC2034,SC2154 # names are set here for cluster.sh, and there for here
package=apache-flink-libraries module=pyflink jars=lib
runner=beam-runners-flink-1.19 driver=org.apache.beam.runners.flink.FlinkJobServerDriver
process=org.apache.flink.runtime

run() {
  local opened words=()
  for opened in lang lang.reflect net io nio text time util util.concurrent util.concurrent.atomic; do
    words+=("--add-opens=java.base/java.$opened=ALL-UNNAMED")
  done
  cd "$state"  # where workers may leave files
  exec java -Xmx1g "${words[@]}" -Dorg.apache.logging.log4j.level=INFO -cp "$home/lib/*" "$@" --configDir "$state/conf"
}

configure() {  # Flink's own scripts, which the package lacks, would work out the memory of each kind
  mkdir -p "$state/conf"
  cat > "$state/conf/config.yaml" << END
jobmanager.rpc.address: 127.0.0.1
jobmanager.rpc.port: 0
jobmanager.bind-host: 127.0.0.1
rest.address: 127.0.0.1
rest.bind-address: 127.0.0.1
rest.port: 0
rest.bind-port: "0"
taskmanager.host: 127.0.0.1
taskmanager.bind-host: 127.0.0.1
taskmanager.numberOfTaskSlots: 2
taskmanager.cpu.cores: 2
taskmanager.memory.framework.heap.size: 128m
taskmanager.memory.framework.off-heap.size: 128m
taskmanager.memory.task.heap.size: 768m
taskmanager.memory.task.off-heap.size: 128m
taskmanager.memory.managed.size: 256m
taskmanager.memory.network.min: 512m
taskmanager.memory.network.max: 512m
taskmanager.memory.jvm-metaspace.size: 256m
taskmanager.memory.jvm-overhead.min: 192m
taskmanager.memory.jvm-overhead.max: 192m
# Each of a job's many shuffles would keep 512 buffers of 32 kB.
taskmanager.network.sort-shuffle.min-buffers: 64
io.tmp.dirs: $state/tmp
END
}

start_all() {
  configure
  rm -rf "$state/tmp"
  launch jobmanager org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint
  local address master
  address=$(found jobmanager 'pekko.tcp://flink@127.0.0.1:[0-9]+')
  master=$(found jobmanager 'Rest endpoint listening at [0-9.:]+')
  launch taskmanager org.apache.flink.runtime.taskexecutor.TaskManagerRunner -D "jobmanager.rpc.port=${address##*:}"
  found taskmanager 'Successful registration at resource manager' > /dev/null
  printf '%s\n' --runner=FlinkRunner "--flink_master=${master##* }" "--flink_job_server_jar=$state/job-server.jar" \
    "--files_to_stage=$state/job-server.jar" --parallelism=2 --environment_type=LOOPBACK
}
