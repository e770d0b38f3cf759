// Package corpus tests what package javascript says about the scripts of popular
// npm packages. It has tests only, which run where the environment variable
// AMALFI_CORPUS names the folder that fetch.sh made:
//
//	internal/e2e/corpus/fetch.sh "$dir"
//	AMALFI_CORPUS="$dir" go test -count=1 -timeout 30m -v ./internal/e2e/corpus
//
// TestTrees parses every script. TestModules compares the modules that each file
// loads with what testdata/resolve.mjs says, which shares no code with package
// javascript; that one needs Node.js. TestInsertion puts uses of modules and
// globals into files and looks at how the counts change.
//
// Nothing of a package is run.
package corpus
