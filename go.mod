module github.com/amalfi-audit/audit

go 1.26

require deps.dev/util/semver v0.0.0-20260727054525-2946ae4a6141
