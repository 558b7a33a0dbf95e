# What every Python service stands on. BASE is a slim Python image, or a root unpacked from Debian's packages.
ARG BASE
FROM ${BASE}
COPY prepare.sh /shop/prepare.sh
COPY site-packages/ /shop/site-packages/
# A container's root file system is read-only: what is not compiled here is compiled at every start.
RUN sh /shop/prepare.sh packet-filter \
 && python3 -m compileall -q --invalidation-mode unchecked-hash \
    "$(python3 -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')" /shop/site-packages
ENV PYTHONPATH=/shop:/shop/site-packages PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /shop
USER 10001:10001
