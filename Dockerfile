# An image with rhythmconf and git: scripts/image builds and tries it, docs/install.md shows how to run it.
#
# Name the base image by its digest where the image must be the same on every build.
FROM python:3.13-slim-trixie AS build
WORKDIR /source
COPY requirements-runtime.lock ./
# The packages of the lock, by their hashes; hatchling among them builds rhythmconf.
RUN python -m venv /opt/rhythmconf \
    && /opt/rhythmconf/bin/pip install --quiet --no-cache-dir --no-deps --require-hashes -r requirements-runtime.lock
COPY . .
RUN /opt/rhythmconf/bin/pip install --quiet --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.13-slim-trixie
# A release of Debian has one version of git, with its security fixes.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates git \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --no-create-home --home-dir /nonexistent rhythmconf \
    && install --directory --mode 1777 /state /project
COPY --from=build /opt/rhythmconf /opt/rhythmconf
# Everything that is written is below /state, /tmp and the project, so the root may be read-only and the user any.
ENV PATH=/opt/rhythmconf/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    RHYTHMCONF_STATE_DIR=/state \
    XDG_CACHE_HOME=/tmp/cache
USER 10001
WORKDIR /project
ENTRYPOINT ["rhythmconf"]
CMD ["--help"]
