#!/usr/bin/env bash
# Builds the image with neither a Docker daemon nor a registry, and runs the demo in it as a user who isn't root.
#
#   sudo docker/test.sh                  needs buildah and debootstrap (apt-get install buildah debootstrap) and Go
#
#   WORK       where what takes long stays for the next time: the base and Beam's boot program (default: .image)
#   BUD_FLAGS  further words for `buildah bud`, such as --volume of a folder of wheels
#   BEAM       Beam's version (default: the one that requirements.txt pins)
# Debian's own Python 3.11 on a minimal system stands in for the base image, a boot program built from Beam's source for
# the SDK image, and in the Flex Template's image a script that runs the entry as Google's launcher does.
set -euo pipefail
cd "$(dirname "$0")/.."
work=${WORK:-.image}
beam=${BEAM:-$(sed -n 's/^apache-beam==//p' requirements.txt)}
export BUILDAH_ISOLATION=chroot STORAGE_DRIVER=vfs
mkdir -p "$work"
work=$(cd "$work" && pwd)

if [ ! -e "$work/rootfs/etc/debian_version" ]; then
    debootstrap --variant=minbase --include=python3,python3-venv,ca-certificates bookworm "$work/rootfs"
fi
if [ ! -x "$work/boot/container" ]; then
    GOBIN=$work/boot GOFLAGS=-mod=mod CGO_ENABLED=0 go install "github.com/apache/beam/sdks/v2/python/container@v$beam"
fi
image() { # NAME FROM TO: an image that holds one file or folder
    local container
    container=$(buildah from scratch)
    buildah add --quiet "$container" "$2" "$3" > /dev/null
    buildah commit --quiet --rm "$container" "$1" > /dev/null
}
image langloom-test-base "$work/rootfs" /
image langloom-test-sdk "$work/boot/container" /opt/apache/beam/boot
launcher=$work/python_template_launcher
printf '#!/bin/sh\nexec python "$FLEX_TEMPLATE_PYTHON_PY_FILE" "$@"\n' > "$launcher"
chmod 755 "$launcher"
image langloom-test-launcher "$launcher" /opt/google/dataflow/python_template_launcher
build() { # TAG WORD...: the Dockerfile's image, or with `--target` another of it; what both need is built once
    # shellcheck disable=SC2086 # several words
    buildah bud --layers ${BUD_FLAGS:-} --build-arg BASE=localhost/langloom-test-base \
        --build-arg SDK=localhost/langloom-test-sdk --build-arg LAUNCHER=localhost/langloom-test-launcher \
        --build-arg EXTRAS=firefox --tag "$1" "${@:2}" .
}
build langloom-test
build langloom-test-flex-template --target flex-template

container=$(buildah from langloom-test)
template=$(buildah from langloom-test-flex-template)
trap 'buildah rm "$container" "$template" > /dev/null' EXIT
inside() { buildah run "$container" -- /opt/langloom/entrypoint "$@"; }
[ "$(inside id -u)" = 1000 ]
inside langloom run /opt/langloom/configs/quickstart.yaml --output /home/langloom/quickstart
inside langloom show /home/langloom/quickstart
inside python -m pip check
# A worker that is told nothing says what it lacks: the boot program is there, and options alone start it.
{ inside --id=1 2>&1 || true; } | grep "No provision endpoint provided"
# The service starts the template's launcher by its path, with a word for each parameter.
buildah run "$template" -- /opt/google/dataflow/python_template_launcher --runner=FnApiRunner \
    --recipe=/opt/langloom/configs/quickstart.yaml --output=/home/langloom/quickstart
{ buildah run "$template" -- /opt/google/dataflow/python_template_launcher 2>&1 || true; } | grep "'recipe' is missing"
buildah images localhost/langloom-test
