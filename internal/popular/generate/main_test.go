package main

import (
	"slices"
	"testing"
)

func TestParse(t *testing.T) {
	got, err := parse("export const top = [\n  'semver',\n  '@a/b',\n  \"c\"\n]\n")
	if want := []string{"semver", "@a/b", "c"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
	for _, bad := range []string{
		"", "export const top = [\n]", "export const top = [\n  'a',\n  'a'\n]", "export const top = [\n  run(),\n]", "export const top = [\n  '../a'\n]",
	} {
		if names, err := parse(bad); err == nil {
			t.Errorf("%q: no error but %q", bad, names)
		}
	}
}
