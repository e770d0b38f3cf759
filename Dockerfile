# The Action's image: one static program, the certificate authorities and an
# empty /tmp. There is no shell and no git; what is audited comes through
# GitHub's API.
FROM golang:1.26 AS build
WORKDIR /src
COPY . .
ARG VERSION=""
# The npm registry that is used where nothing else names one.
ARG DEFAULT_REGISTRY=""
RUN CGO_ENABLED=0 go build -trimpath -buildvcs=false \
      -ldflags "-s -w -X main.version=${VERSION} -X main.defaultRegistry=${DEFAULT_REGISTRY}" \
      -o /image/audit ./cmd/audit \
 && install -D -m 0644 /etc/ssl/certs/ca-certificates.crt /image/etc/ssl/certs/ca-certificates.crt \
 && install -d -m 1777 /image/tmp

FROM scratch
COPY --from=build /image/ /
# GitHub runs the containers of actions as root and mounts the workspace so;
# another user could not write the outputs.
ENTRYPOINT ["/audit"]
CMD ["action"]
