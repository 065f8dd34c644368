# The proxy alone, small: the Swift runtime is linked into the binary, Debian's libraries come from packages.
# Both stages are Debian 12, so that what is linked against is what is there at run time.
FROM swift:6.3-bookworm AS build
RUN apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends \
        git pkg-config libcurl4-openssl-dev libnghttp2-dev libssl-dev libre2-dev libisal-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN swift build -c release --product kubelet-relabel-proxy --static-swift-stdlib -Xlinker -s \
    && install -D "$(swift build -c release --show-bin-path)/kubelet-relabel-proxy" /out/kubelet-relabel-proxy

FROM debian:bookworm-slim
# ca-certificates: an API server in a kubeconfig may have a certificate of a public CA.
RUN apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends \
        ca-certificates libcurl4 libnghttp2-14 libssl3 libre2-9 libisal2 \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /out/kubelet-relabel-proxy /usr/local/bin/kubelet-relabel-proxy
# A number, so that Kubernetes can see that it is not root (runAsNonRoot). Nothing is written: readOnlyRootFilesystem works.
USER 65532:65532
# Scrapes, and metrics with health. Both listen on loopback until the configuration says otherwise.
EXPOSE 9480 9481
ENTRYPOINT ["/usr/local/bin/kubelet-relabel-proxy"]
CMD ["serve"]
