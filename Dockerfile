# The whole program, browser files included, is one binary: built here, copied below.
FROM rust:1.95-bookworm AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends nodejs npm \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /campfire
COPY . .
RUN cargo build --release --locked

FROM debian:bookworm-slim
# Such as ffmpeg, with which films in messages are shown with a picture; it takes more room than
# everything else together.
ARG EXTRA_PACKAGES=""
# The certificates are for what the server says to others: webhooks, push messages, link previews.
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates $EXTRA_PACKAGES \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 1000 --user-group --no-create-home --home-dir /data campfire \
    && install --directory --owner=campfire --group=campfire --mode=700 /data
COPY --from=build /campfire/target/release/campfire /usr/local/bin/campfire
USER 1000:1000
ENV BIND=0.0.0.0:3000 DATA_DIR=/data
VOLUME /data
EXPOSE 3000
ENTRYPOINT ["campfire"]
