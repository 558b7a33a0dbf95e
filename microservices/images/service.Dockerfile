# One service: its own package and what all services share.
ARG BASE
FROM ${BASE}
ARG MODULE
COPY microservices/ /shop/microservices/
ENV MODULE=${MODULE}
ENTRYPOINT ["/bin/sh", "-c", "exec python3 -m microservices.${MODULE}"]
