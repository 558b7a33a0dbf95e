# PostgreSQL with the shop's data in it. BASE is PostgreSQL's own image, or a root unpacked from Debian's packages.
ARG BASE
FROM ${BASE}
COPY prepare.sh /shop/prepare.sh
COPY postgres/ /shop/postgres/
RUN sh /shop/prepare.sh && chown -R 10001:10001 /shop
ENV PATH=/usr/lib/postgresql/15/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin PGHOST=/run/postgresql
USER 10001:10001
RUN sh /shop/postgres/build.sh
ENTRYPOINT ["/bin/sh", "/shop/postgres/run.sh"]
