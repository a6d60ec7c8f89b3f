# syntax=docker/dockerfile:1
# The operator's image: one bundled file with the data that it reads, the Node it was tested on, and a list of what is in it.
# No shell, no package manager, no node_modules. `hack/try-image` plays the build's steps without a daemon and tries what comes out.
#
# Builds should pin both images by digest: --build-arg NODE_IMAGE=node:…@sha256:… --build-arg RUNTIME_IMAGE=…@sha256:…
ARG NODE_IMAGE=node:24.21.0-bookworm-slim
ARG RUNTIME_IMAGE=gcr.io/distroless/cc-debian12:nonroot

FROM ${NODE_IMAGE} AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
# Not `npm ci`: it refuses a lock file without the builds for other platforms. Versions and checksums are the lock file's.
RUN npm install --no-save --ignore-scripts --loglevel=error
COPY LICENSE ./
COPY crds crds
COPY hack/build.ts hack/sbom.ts hack/
COPY operator operator
RUN node hack/build.ts
RUN node hack/sbom.ts > dist/sbom.cdx.json
RUN rm dist/tradewind.mjs.map && cp LICENSE dist/ && node dist/tradewind.mjs --version

FROM ${RUNTIME_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Tradewind" \
      org.opencontainers.image.description="Places GPU inference replicas across EKS and AKS clusters, and moves them safely" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build /usr/local/bin/node /usr/local/bin/node
COPY --from=build /src/dist /app
# A share of the container's memory limit, so that the heap grows with it and not past it.
ENV NODE_ENV=production NODE_OPTIONS=--max-old-space-size-percentage=75
WORKDIR /app
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["/usr/local/bin/node", "/app/tradewind.mjs"]
CMD ["run"]
