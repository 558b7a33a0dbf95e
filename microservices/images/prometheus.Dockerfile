# BASE is Prometheus' own image, or nothing at all, and the program comes from bin/.
ARG BASE
FROM ${BASE}
COPY bin/ /bin/
USER 10001:10001
ENTRYPOINT ["/bin/prometheus"]
