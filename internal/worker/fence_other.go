//go:build !linux && !darwin

package worker

// fence does nothing: the system offers no limits to set.
func fence(setup) Fence { return FenceNone }
