# The recorded world as an image: the API, the page and OpenEnv on port 7860. No cluster and no Docker inside.
# `docker build -t incident-lab .`; where no registry answers, scripts/smoke/image.sh brings a base and the wheels.
ARG BASE=python:3.12-slim-bookworm

FROM ${BASE} AS libraries
# Wheels that lie in ./wheels come along; without any, they are fetched. The lock's hashes hold for both.
COPY requirements-image.lock wheels* /build/
RUN set -eu; \
    if ls /build/pip-*.whl >/dev/null 2>&1; then pip="$(ls /build/pip-*.whl)/pip"; from="--no-index --find-links=/build"; \
    else pip="-m pip"; from="--no-cache-dir"; fi; \
    python3 $pip install $from --quiet --disable-pip-version-check --root-user-action=ignore \
      --require-hashes --no-deps --only-binary=:all: --target=/lab/site-packages --requirement=/build/requirements-image.lock

FROM ${BASE}
COPY --from=libraries /lab/site-packages /lab/site-packages
COPY pyproject.toml openenv.yaml inference.py LICENSE /lab/
COPY fault_injectors /lab/fault_injectors
COPY lab /lab/lab
# A user that Spaces know as well (1000), and bytecode, which that user could not write.
RUN echo 'lab:x:1000:1000::/tmp:/usr/sbin/nologin' >>/etc/passwd \
 && echo 'lab:x:1000:' >>/etc/group \
 && chmod 1777 /tmp \
 && python3 -m compileall -q --invalidation-mode unchecked-hash /lab/lab /lab/fault_injectors
ENV PYTHONPATH=/lab:/lab/site-packages PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HOME=/tmp LAB_WORLD=recorded
WORKDIR /lab
USER 1000:1000
EXPOSE 7860
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s \
  CMD ["python3", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:7860/health', timeout=4)"]
CMD ["python3", "-m", "lab", "serve", "--host", "0.0.0.0", "--port", "7860"]
