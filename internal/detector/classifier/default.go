package classifier

import (
	_ "embed"
	"sync"
)

// builtIn is made by the command that docs/classifiers.md gives.
//
//go:embed model.json
var builtIn []byte

// Default returns the built-in model.
var Default = sync.OnceValues(func() (*Model, error) { return Parse(builtIn) })
