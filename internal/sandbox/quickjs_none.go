//go:build 386 || arm

package sandbox

import "errors"

func newQuickJS(*host, Limits, *prelude) (runner, error) {
	return nil, errors.New("quickjs: not on 32-bit machines")
}
