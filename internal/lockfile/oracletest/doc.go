// Package oracletest compares the lockfile readers of this project with those
// of two others, go-dep-parser and osv-scalibr: do they find the same registry
// packages, at the same lines, with the same development flags, sources and
// resolved URLs. Every difference is either explained in the table of known
// faults of the oracles, or it fails the test. Neither oracle reads integrity;
// package lockfile's own tests compare that with other facts.
//
// It has tests only, and is a module of its own for one reason: the oracles
// bring hundreds of modules into the module graph, and none of them belongs in
// the go.mod, go.sum and dependency review of the product. Lying below
// internal/lockfile, it may import it all the same. Run it with
//
//	cd internal/lockfile/oracletest && go test -v
//
// Of osv-scalibr only the four extractors for lockfiles are imported, so that
// the build stays small. When the product's go.mod changes, run "go mod tidy"
// here too.
package oracletest
