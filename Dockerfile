# One image for the launcher and for Beam's workers: the same langloom, the same libraries, the same Python.
#
#   docker build --build-arg EXTRAS=firefox --tag langloom .
#   docker run --rm --volume "$PWD:/data" --workdir /data langloom langloom run recipe.yaml
#   langloom run recipe.yaml -- --runner=... --environment_type=DOCKER --environment_config=langloom --sdk_location=container
#
#   docker build --target flex-template --build-arg EXTRAS=gcp,firefox --tag langloom-flex-template .     for Dataflow
#
# BASE must have Python 3.11 with venv, SDK the boot program of the Beam version that requirements.txt pins. EXTRAS are
# those of pyproject.toml, by commas: none by default, since some come under terms of their own. LAUNCHER has the launcher
# of Flex Templates, a program of Google's for Debian.
ARG BASE=python:3.11.14-slim-bookworm
ARG SDK=apache/beam_python3.11_sdk:2.77.0
ARG LAUNCHER=gcr.io/dataflow-templates-base/python311-template-launcher-base:20230622_RC00

FROM ${SDK} AS sdk

FROM ${BASE} AS install
ARG EXTRAS=""
WORKDIR /build
COPY requirements.txt pyproject.toml README.md LICENSE ./
COPY pipeline pipeline
COPY transforms transforms
COPY sinks sinks
RUN python3 -m venv /opt/langloom \
    && /opt/langloom/bin/pip install --no-cache-dir --constraint requirements.txt ".${EXTRAS:+[${EXTRAS}]}" \
    && find /opt/langloom -name tests -type d -prune -exec rm -r {} +

FROM ${BASE} AS image
RUN useradd --uid 1000 --create-home langloom
COPY --from=sdk /opt/apache/beam/boot /opt/apache/beam/boot
COPY --from=install /opt/langloom /opt/langloom
COPY docker/entrypoint /opt/langloom/entrypoint
COPY configs /opt/langloom/configs
# The boot program would make a virtual environment of its own, which only root could.
ENV PATH=/opt/langloom/bin:$PATH RUN_PYTHON_SDK_IN_DEFAULT_ENVIRONMENT=1
USER 1000
WORKDIR /home/langloom
ENTRYPOINT ["/opt/langloom/entrypoint"]

FROM ${LAUNCHER} AS launcher

# A Flex Template's launcher and workers alike: Dataflow starts the launcher by its path, and workers by the entry point.
FROM image AS flex-template
COPY --from=launcher /opt/google/dataflow/python_template_launcher /opt/google/dataflow/python_template_launcher
COPY docker/flex-template/launch.py /opt/langloom/flex-template/launch.py
ENV FLEX_TEMPLATE_PYTHON_PY_FILE=/opt/langloom/flex-template/launch.py

# Without --target, the image alone.
FROM image
