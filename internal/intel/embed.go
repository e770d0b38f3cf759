package intel

import (
	"embed"
	"fmt"
	"io/fs"
	"time"
)

// The folder of the data that binaries carry; data/README.md says how a build
// fills it.
//
//go:embed data
var embedded embed.FS

// embeddedSource names the lists of the folder that do not say where they are
// from.
const embeddedSource = "built-in"

// Default returns the data that the binary carries. Each call reads it anew.
func Default() (*Store, error) {
	folder, err := fs.Sub(embedded, "data")
	if err != nil {
		return nil, err
	}
	s, err := openFolder(folder)
	if err != nil {
		return nil, fmt.Errorf("built-in known-malware data: %w", err)
	}
	return s, nil
}

// openFolder opens the data file of a folder or, where there are lists instead,
// makes one of them in memory. A list that is not read completely is an error.
func openFolder(folder fs.FS) (*Store, error) {
	files, err := fs.Glob(folder, "*"+Extension)
	if err != nil {
		return nil, err
	}
	if len(files) == 1 {
		data, err := fs.ReadFile(folder, files[0])
		if err != nil {
			return nil, err
		}
		return Open(data)
	}
	im, err := ImportDir(folder, Options{Source: embeddedSource})
	if err != nil {
		return nil, err
	}
	if err := im.Err(); err != nil {
		return nil, err
	}
	data, err := Encode(im.Data, time.Time{})
	if err != nil {
		return nil, err
	}
	return Open(data)
}
