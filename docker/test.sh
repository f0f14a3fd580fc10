#!/usr/bin/env bash
# Builds the image with neither a Docker daemon nor a registry, and runs the demo in it as a user who isn't root.
#
#   sudo docker/test.sh                  needs buildah and debootstrap (apt-get install buildah debootstrap) and Go
#
#   WORK       where what takes long stays for the next time: the base and Beam's boot program (default: .image)
#   BUD_FLAGS  further words for `buildah bud`, such as --volume of a folder of wheels
#   BEAM       Beam's version (default: the one that requirements.txt pins)
# Debian's own Python 3.11 on a minimal system stands in for the base image, and a boot program built from Beam's source
# for the SDK image.
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
# shellcheck disable=SC2086 # several words
buildah bud ${BUD_FLAGS:-} --build-arg BASE=localhost/langloom-test-base --build-arg SDK=localhost/langloom-test-sdk \
    --build-arg EXTRAS=firefox --tag langloom-test .

container=$(buildah from langloom-test)
trap 'buildah rm "$container" > /dev/null' EXIT
inside() { buildah run "$container" -- /opt/langloom/entrypoint "$@"; }
[ "$(inside id -u)" = 1000 ]
inside langloom run /opt/langloom/configs/quickstart.yaml --output /home/langloom/quickstart
inside langloom show /home/langloom/quickstart
inside python -m pip check
# A worker that is told nothing says what it lacks: the boot program is there, and options alone start it.
{ inside --id=1 2>&1 || true; } | grep "No provision endpoint provided"
buildah images localhost/langloom-test
