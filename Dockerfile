# The Action's image: one static program, the certificate authorities and an
# empty /tmp. There is no shell and no git; what is audited comes through
# GitHub's API. A release puts the programs that it has built in the place of
# the first stage (.github/scripts/image.sh).
FROM --platform=$BUILDPLATFORM golang:1.26 AS build
WORKDIR /src
COPY . .
ARG VERSION=""
# The npm registry that is used where nothing else names one.
ARG DEFAULT_REGISTRY=""
ARG TARGETARCH
RUN .github/scripts/build.sh /out "linux/$TARGETARCH" \
 && .github/scripts/rootfs.sh "/image/$TARGETARCH" "/out/audit_linux_$TARGETARCH"

FROM scratch
ARG TARGETARCH
COPY --from=build /image/${TARGETARCH}/ /
# GitHub runs the containers of actions as root and mounts the workspace so;
# another user could not write the outputs.
ENTRYPOINT ["/audit"]
CMD ["action"]
