package worker

import (
	"fmt"
	"slices"

	"github.com/amalfi-audit/audit/internal/chain"
	"github.com/amalfi-audit/audit/internal/feature"
	"github.com/amalfi-audit/audit/internal/javascript"
	"github.com/amalfi-audit/audit/internal/npm"
	"github.com/amalfi-audit/audit/internal/packagehash"
	"github.com/amalfi-audit/audit/internal/program"
	"github.com/amalfi-audit/audit/internal/similarity"
)

// Revision changes when Analysis has more to say of the same bytes than before
// (beside what feature.Digest stands for).
const Revision = 8

// Analysis is what is known of one tarball.
type Analysis struct {
	Program  *program.Program `json:"program"`
	Features *feature.Set     `json:"features"`
	// PackageHash is Amalfi's package hash (package packagehash); empty for a
	// package that has none and for those larger than tarball.MaxKeptFirst.
	PackageHash string `json:"packageHash,omitempty"`
	// Similarity holds the similarity hashes (package similarity) of the scripts
	// that have one, by path.
	Similarity map[string]string `json:"similarity,omitempty"`
	// Chains are the behaviour chains of the package.
	Chains []chain.Chain `json:"chains,omitempty"`
	// Summaries are what each script does with data. They stay in the analysis, so
	// that another version need not work them out again.
	Summaries map[string][]*chain.Summary `json:"summaries,omitempty"`
}

// Known is what an earlier analysis knows of one script, so that another
// version with the same content need not read it again.
type Known struct {
	SHA256   string           `json:"sha256"`
	Form     string           `json:"form"`
	Language program.Language `json:"language"`
	Source   *program.Source  `json:"source"`
	Counts   []feature.Count  `json:"counts,omitempty"`
	// Similarity is the script's similarity hash, empty where it has none.
	Similarity string `json:"similarity,omitempty"`
	// Summaries are what the script does with data.
	Summaries []*chain.Summary `json:"summaries,omitempty"`
}

// maxKnown bounds what Analysis.Known returns, in bytes of JSON, roughly.
const maxKnown = 32 << 20

// Known returns what can be used again. Shell files are left out: they are
// read fast, and a Program does not keep all of them.
func (a *Analysis) Known() []Known {
	counts := make(map[string][]feature.Count, len(a.Features.Files))
	for _, f := range a.Features.Files {
		counts[f.Path] = feature.OfContent(f.Counts)
	}
	var out []Known
	size := 0
	for i := range a.Program.Scripts {
		s := &a.Program.Scripts[i]
		f := a.Program.Tree.Lookup(s.Path)
		if s.Language == program.Shell || s.Unread != "" || s.Reduced != "" || f == nil {
			continue
		}
		k := Known{f.SHA256, program.Form(s.Path), s.Language, &s.Source, counts[s.Path], a.Similarity[s.Path], a.Summaries[s.Path]}
		const object = 60 // names of fields and numbers
		size += 4 * object
		for _, m := range s.Imports {
			size += object + len(m.Name)
		}
		for _, f := range s.Starts {
			size += object + len(f.Path)
		}
		for _, x := range k.Summaries {
			for _, p := range x.Points {
				size += 2*object + len(p.Step.Text) + len(p.Name) + len(p.Module) + len(p.Target)
			}
			for _, f := range x.Flows {
				size += object/2 + object/2*len(f.Via)
			}
		}
		for _, c := range k.Counts {
			size += object
			for _, o := range c.At {
				size += object + len(o.Detail)
			}
		}
		if size > maxKnown {
			break
		}
		out = append(out, k)
	}
	return out
}

// knownKey is what a script's reading depends on.
type knownKey struct {
	sha256, form string
	language     program.Language
}

// Analyse is the analysis of an unpacked tarball. reading is told the SHA-256 of
// each script before it is read.
func Analyse(tree *npm.Tree, task Task, reading func(sha256 string)) (*Analysis, error) {
	known := make(map[knownKey]*Known, len(task.Known))
	for i := range task.Known {
		k := &task.Known[i]
		known[knownKey{k.SHA256, k.Form, k.Language}] = k
	}
	counts := make(map[string][]feature.Count)
	hashes := make(map[string]string)
	summaries := make(map[string][]*chain.Summary)
	read := func(f *npm.File, language program.Language) *program.Source {
		key := knownKey{f.SHA256, program.Form(f.Path), language}
		k := known[key]
		if k == nil {
			k = &Known{SHA256: key.sha256, Form: key.form, Language: key.language}
			if slices.Contains(task.Skip, f.SHA256) {
				k.Source = &program.Source{Unread: "reading it ended the analysis process"}
			} else {
				reading(f.SHA256)
				k.Source, k.Counts, k.Similarity, k.Summaries = readScript(f, language, slices.Contains(task.Tokens, f.SHA256))
			}
			known[key] = k // files of the same content are common
		}
		counts[f.Path] = k.Counts
		summaries[f.Path] = k.Summaries
		if k.Similarity != "" {
			hashes[f.Path] = k.Similarity
		}
		return k.Source
	}
	p := program.Load(tree, program.Options{Git: task.Git, Read: read})
	for i := range p.Install {
		c := &p.Install[i]
		if list := inline(c); len(list) > 0 && summaries[c.Path] == nil {
			summaries[c.Path] = list
		}
	}
	return &Analysis{Program: p, Features: feature.Extract(p, counts), PackageHash: packageHash(tree), Similarity: hashes, Chains: chain.Link(summaries), Summaries: summaries}, nil
}

// inline summarises the program text that stands in an install command.
func inline(c *program.InstallCommand) (list []*chain.Summary) {
	if c.Script == nil {
		return nil
	}
	for _, code := range c.Script.Code {
		if code.Language != "javascript" || code.Dynamic {
			continue
		}
		at := func(int) (int, int) { return c.Line, c.Column }
		if s := chain.Summarise(javascript.Parse("code.js", []byte(code.Text), javascript.Options{}), at); s != nil {
			list = append(list, s)
		}
	}
	return list
}

// packageHash returns the package hash of a tree whose content was all kept.
func packageHash(tree *npm.Tree) string {
	files := make([]packagehash.File, len(tree.Files))
	for i, f := range tree.Files {
		if f.Data == nil && f.Size > 0 {
			return ""
		}
		files[i] = packagehash.File{Path: f.Path, Data: f.Data}
	}
	sum, err := packagehash.Sum(files)
	if err != nil {
		return "" // as in the published tables
	}
	return sum
}

// readScript reads one script. Where that panics, it costs this script.
func readScript(f *npm.File, language program.Language, tokens bool) (source *program.Source, counts []feature.Count, similar string, summaries []*chain.Summary) {
	defer func() {
		if v := recover(); v != nil {
			source = &program.Source{Unread: fmt.Sprintf("reading it failed: %.200q", fmt.Sprint(v))}
			counts, similar, summaries = nil, "", nil
		}
	}()
	var r scriptReader
	source = program.ReadSource(f, language, program.ReadOptions{Tokens: tokens, Visitor: &r})
	return source, r.Counts(), r.similarity, r.summaries()
}

// maxSimilar is the size in bytes up to which scripts are hashed for their
// similarity. Larger ones are bundles, which are like no payload as a whole, and
// hashing all of them would be a fifth of the work.
const maxSimilar = 256 << 10

// scriptReader counts the features of a script, hashes it, and summarises what
// it does with data.
type scriptReader struct {
	feature.Reader
	similarity string
	begun      bool
	// pieces are the script and the code within, and concerned those of them that
	// may have part in a chain.
	pieces    []*program.Piece
	concerned []bool
}

// Use sees the uses of the last piece.
func (r *scriptReader) Use(p *program.Piece, u *javascript.Use) {
	if last := len(r.pieces) - 1; last >= 0 && r.pieces[last] == p && !r.concerned[last] {
		r.concerned[last] = chain.Concerns(p.JavaScript, u)
	}
	r.Reader.Use(p, u)
}

// summaries are what the pieces do with data.
func (r *scriptReader) summaries() (list []*chain.Summary) {
	for i, p := range r.pieces {
		if !r.concerned[i] {
			continue
		}
		if s := chain.Summarise(p.JavaScript, p.Position); s != nil {
			list = append(list, s)
		}
	}
	return list
}

// Piece sees the whole script first, then the code within.
func (r *scriptReader) Piece(p *program.Piece) {
	if !r.begun && p.JavaScript != nil && !p.Nested && len(p.JavaScript.Text) <= maxSimilar {
		if h, ok := similarity.Of(p.JavaScript); ok {
			r.similarity = h.String()
		}
	}
	r.begun = true
	r.Reader.Piece(p)
	if p.JavaScript != nil {
		r.pieces = append(r.pieces, p)
		r.concerned = append(r.concerned, chain.Tells(p.JavaScript))
	}
}
