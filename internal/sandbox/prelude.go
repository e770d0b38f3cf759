package sandbox

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"sync"

	"github.com/dop251/goja"
)

//go:embed all:prelude
var preludeFiles embed.FS

// inside is the name under which the prelude is compiled. Scripts see it in
// stacks, so it is one that they would see under Node.js.
const inside = "node:internal/main"

// prelude is the JavaScript that stands around a script: the body of a function
// whose parameter is __host. Compiled programs are kept, one for each engine.
type prelude struct {
	text  string
	files []preludeFile

	gojaOnce    sync.Once
	goja        *goja.Program
	gojaErr     error
	quickjsOnce sync.Once
	quickjs     []byte
	quickjsErr  error
}

// preludeFile is where a file starts in the text.
type preludeFile struct {
	name string
	line int
}

// builtin is the prelude in the folder of that name.
var builtin = sync.OnceValue(func() *prelude {
	names, err := fs.Glob(preludeFiles, "prelude/*.js")
	if err != nil {
		panic(err) // the pattern is wrong
	}
	sort.Strings(names)
	var sources []preludeSource
	for _, name := range names {
		text, err := preludeFiles.ReadFile(name)
		if err != nil {
			panic(err) // an embedded file is there
		}
		sources = append(sources, preludeSource{path.Base(name), string(text)})
	}
	return newPrelude(sources...)
})

type preludeSource struct{ name, text string }

// newPrelude puts files into one function.
func newPrelude(sources ...preludeSource) *prelude {
	p := &prelude{}
	var b strings.Builder
	b.WriteString("(function (__host) {\"use strict\";\n")
	line := 2
	for _, s := range sources {
		p.files = append(p.files, preludeFile{s.name, line})
		b.WriteString(s.text)
		b.WriteByte('\n')
		line += strings.Count(s.text, "\n") + 1
	}
	b.WriteString("})")
	p.text = b.String()
	return p
}

// preludeLine is a place in the prelude as the engines write it.
var preludeLine = regexp.MustCompile(regexp.QuoteMeta(inside) + `(?::|: Line )(\d+)`)

// locate names the prelude's files in an error.
func (p *prelude) locate(err error) error {
	return errors.New(preludeLine.ReplaceAllStringFunc(err.Error(), func(place string) string {
		line, err := strconv.Atoi(place[strings.LastIndexAny(place, ": ")+1:])
		if err != nil {
			return place
		}
		for i := len(p.files) - 1; i >= 0; i-- {
			if f := p.files[i]; line >= f.line {
				return fmt.Sprintf("%s:%d", f.name, line-f.line+1)
			}
		}
		return place
	}))
}
