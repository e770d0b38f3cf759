//go:build race

package worker

// underRace says that the race detector's own memory counts against a child's.
const underRace = true
