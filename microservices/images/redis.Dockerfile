# BASE is Redis' own image, or a root unpacked from Debian's packages.
ARG BASE
FROM ${BASE}
USER 10001:10001
ENTRYPOINT ["redis-server"]
