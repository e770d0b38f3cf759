package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/amalfi-audit/audit/internal/audit"
	"github.com/amalfi-audit/audit/internal/intel"
	"github.com/amalfi-audit/audit/internal/intel/intelfile"
	"github.com/amalfi-audit/audit/internal/npm"
	"github.com/amalfi-audit/audit/internal/report"
)

// intelOptions are the flags of every command that looks malware up.
type intelOptions struct {
	Intel string `help:"Folder of known-malware data beside the built-in: see audit intel." env:"AMALFI_INTEL" placeholder:"DIR"`
}

// The files of the folder: what was imported here, and what was fetched whole.
const (
	ownIntel     = "own" + intel.Extension
	fetchedIntel = "fetched" + intel.Extension
)

type intelCmd struct {
	Import intelImportCmd `cmd:"" help:"Add OSV records or tables of hashes from files, zips or folders."`
	Add    intelAddCmd    `cmd:"" help:"Add the hashes of tarballs that are malware."`
	Update intelUpdateCmd `cmd:"" help:"Fetch a data file over https, unless it is there already."`
	List   intelListCmd   `cmd:"" help:"List what is known, of all packages or of one."`
	Show   intelShowCmd   `cmd:"" help:"Show what is known of a record, a package or a hash."`
	Export intelExportCmd `cmd:"" help:"Write what is known: a data file, or lines of JSON."`
}

// dir is the folder of the data.
func (o intelOptions) dir(e *env) (string, error) {
	if o.Intel != "" {
		return o.Intel, nil
	}
	base, err := userDataDir(e)
	if err != nil {
		return "", usage("no folder for known-malware data: %v; name one with --intel", err)
	}
	return filepath.Join(base, "amalfi-audit"), nil
}

// userDataDir is where programs keep data of the user's that is no cache (XDG
// base directory specification).
func userDataDir(e *env) (string, error) {
	if dir := e.getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) {
		return dir, nil
	}
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		return os.UserConfigDir()
	}
	if home := e.getenv("HOME"); filepath.IsAbs(home) {
		return filepath.Join(home, ".local", "share"), nil
	}
	return "", errors.New("HOME is not set")
}

// stores opens the built-in data and the folder's. A file that cannot be read is
// an error: what it knows would be taken for clean.
func (o intelOptions) stores(e *env) (intel.Stores, error) {
	builtIn, err := intel.Default()
	if err != nil {
		return nil, err
	}
	stores := intel.Stores{builtIn}
	dir, err := o.dir(e)
	if err != nil {
		if o.Intel == "" {
			return stores, nil // a machine without a home has no data in it
		}
		return nil, err
	}
	for _, name := range []string{fetchedIntel, ownIntel} {
		s, err := intelfile.Open(filepath.Join(dir, name))
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return nil, usage("%v", err)
		default:
			stores = append(stores, s)
		}
	}
	return stores, nil
}

// extend adds data to the folder's own and says how much there is.
func (o intelOptions) extend(e *env, data intel.Data) error {
	dir, err := o.dir(e)
	if err != nil {
		return err
	}
	file := filepath.Join(dir, ownIntel)
	old, err := intelfile.Open(file)
	switch {
	case err == nil:
		known := old.Data()
		data.Records = append(data.Records, known.Records...)
		data.Hashes = append(data.Hashes, known.Hashes...)
	case !errors.Is(err, fs.ErrNotExist):
		return usage("%v", err)
	}
	encoded, err := intel.Encode(data, time.Now().UTC().Truncate(time.Second))
	if err != nil {
		return usage("%v", err)
	}
	s, err := intelfile.Replace(file, encoded)
	if err != nil {
		return err
	}
	fmt.Fprintf(e.stdout, "%s has %s\n", file, amount(s))
	return nil
}

func amount(s *intel.Store) string {
	return fmt.Sprintf("%d records and %d hashes", s.Len(), s.HashLen())
}

type intelImportCmd struct {
	Paths      []string `arg:"" name:"FILE|DIR" help:"OSV records (.json, .jsonl), hashes (.csv), a data file, a zip or a folder of these."`
	Source     string   `help:"Name of the list, for entries that do not say where they are from." placeholder:"NAME"`
	AllMalware bool     `help:"Take every OSV record for malware, as in a list of your own; else only those that say so."`
	intelOptions
}

func (c *intelImportCmd) run(e *env) (int, error) {
	var all intel.Data
	for _, name := range c.Paths {
		im, err := c.read(name)
		if err == nil {
			err = im.Err()
		}
		if err != nil {
			return 0, usage("%s: %v", name, err)
		}
		fmt.Fprintf(e.stdout, "%s: %s\n", name, counts(im))
		all.Records = append(all.Records, im.Data.Records...)
		all.Hashes = append(all.Hashes, im.Data.Hashes...)
	}
	if len(all.Records)+len(all.Hashes) == 0 {
		return 0, usage("nothing to import")
	}
	return exitOK, c.extend(e, all)
}

// read reads one list.
func (c *intelImportCmd) read(name string) (*intel.Import, error) {
	options := intel.Options{Source: c.Source, AllMalware: c.AllMalware}
	if options.Source == "" {
		options.Source = filepath.Base(filepath.Clean(name))
	}
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return nil, err
	case info.IsDir():
		dir, err := openDir(name)
		if err != nil {
			return nil, err
		}
		return intel.ImportDir(dir, options)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if strings.EqualFold(filepath.Ext(name), ".zip") {
		return intel.ImportZip(filepath.Base(name), f, info.Size(), options)
	}
	if info.Size() > intelfile.MaxSize {
		return nil, fmt.Errorf("%w: %d bytes", intel.ErrTooLarge, info.Size())
	}
	data, err := io.ReadAll(io.LimitReader(f, intelfile.MaxSize))
	if err != nil {
		return nil, err
	}
	return intel.ImportFile(filepath.Base(name), data, options)
}

// counts says what was read and what was left out.
func counts(im *intel.Import) string {
	text := fmt.Sprintf("%d records, %d hashes", len(im.Data.Records), len(im.Data.Hashes))
	for _, left := range []struct {
		n    int
		what string
	}{
		{im.OtherEcosystems, "of other ecosystems"}, {im.NotMalware, "not of malware"}, {im.NotMalicious, "not malicious"},
		{im.WithoutHash, "without a hash"}, {im.Ignored, "files that are no list"},
	} {
		if left.n > 0 {
			text += fmt.Sprintf("; left out: %d %s", left.n, left.what)
		}
	}
	return text
}

type intelAddCmd struct {
	Tarballs []string `arg:"" name:"FILE.tgz" help:"Tarballs of malware."`
	Family   string   `help:"Malware family or campaign." required:"" placeholder:"NAME"`
	Payload  []string `help:"File in the tarballs that carries the payload; else the scripts that run at install." placeholder:"PATH"`
	Source   string   `help:"Who says so." default:"own analysis" placeholder:"NAME"`
	intelOptions
}

func (c *intelAddCmd) run(e *env) (int, error) {
	a, done, err := e.auditor(registryOptions{Offline: true}, nil, projectSource{none: true})
	if err != nil {
		return 0, err
	}
	defer done()
	var data intel.Data
	for _, name := range c.Tarballs {
		if info, err := os.Stat(name); err != nil || info.IsDir() {
			return 0, usage("no such file: %s", name)
		}
		dir, err := openDir(filepath.Dir(name))
		if err != nil {
			return 0, err
		}
		hashes, err := a.Sample(e.ctx, audit.Target{FS: dir, Path: filepath.Base(name)}, c.Payload)
		if err != nil {
			return 0, usage("%s: %v", name, err)
		}
		for _, h := range hashes {
			h.Family, h.Source = c.Family, c.Source
			data.Hashes = append(data.Hashes, h)
		}
		fmt.Fprintf(e.stdout, "%s: %d hashes\n", name, len(hashes))
	}
	return exitOK, c.extend(e, data)
}

type intelUpdateCmd struct {
	URL    string `arg:"" name:"URL" help:"Address of a data file, https."`
	SHA256 string `name:"sha256" help:"Its digest; else what lies at the address with .sha256 behind it." placeholder:"DIGEST"`
	intelOptions
}

func (c *intelUpdateCmd) run(e *env) (int, error) {
	file, s, changed, err := c.update(e, intelfile.Request{URL: c.URL, SHA256: c.SHA256})
	if err != nil {
		return 0, err
	}
	if !changed {
		fmt.Fprintf(e.stdout, "%s is up to date\n", file)
		return exitOK, nil
	}
	fmt.Fprintf(e.stdout, "%s has %s\n", file, amount(s))
	return exitOK, nil
}

// update fetches a data file into the folder.
func (o intelOptions) update(e *env, r intelfile.Request) (file string, s *intel.Store, changed bool, err error) {
	dir, err := o.dir(e)
	if err != nil {
		return "", nil, false, err
	}
	file = filepath.Join(dir, fetchedIntel)
	client := &http.Client{Timeout: 5 * time.Minute}
	s, changed, err = intelfile.Update(e.ctx, client, file, r)
	return file, s, changed, err
}

// everything is what is known, and when the youngest part of it was made.
func (o intelOptions) everything(e *env) (all intel.Data, made time.Time, err error) {
	stores, err := o.stores(e)
	if err != nil {
		return intel.Data{}, time.Time{}, err
	}
	var parts []intel.Data
	for _, s := range stores {
		parts = append(parts, s.Data())
	}
	all, err = intel.Merge(parts...)
	return all, stores.Made(), err
}

type intelListCmd struct {
	Name string `arg:"" optional:"" name:"NAME" help:"A package's name."`
	intelOptions
}

func (c *intelListCmd) run(e *env) (int, error) {
	all, _, err := c.everything(e)
	if err != nil {
		return 0, err
	}
	return exitOK, printText(e.stdout, only(all, func(r intel.Record) bool { return c.Name == "" || r.Name == c.Name },
		func(h intel.Hash) bool { return c.Name == "" || h.Name == c.Name }))
}

// only picks from data.
func only(d intel.Data, record func(intel.Record) bool, hash func(intel.Hash) bool) (out intel.Data) {
	for _, r := range d.Records {
		if record(r) {
			out.Records = append(out.Records, r)
		}
	}
	for _, h := range d.Hashes {
		if hash(h) {
			out.Hashes = append(out.Hashes, h)
		}
	}
	return out
}

// printText prints data for people, with what a terminal would act on escaped.
func printText(w io.Writer, d intel.Data) error {
	var text strings.Builder
	if err := intel.WriteText(&text, d); err != nil {
		return err
	}
	b := bufio.NewWriter(w)
	for line := range strings.Lines(text.String()) {
		for i, cell := range strings.Split(strings.TrimSuffix(line, "\n"), "\t") {
			if i > 0 {
				b.WriteByte('\t')
			}
			b.WriteString(report.EscapeTerminal(cell))
		}
		b.WriteByte('\n')
	}
	return b.Flush()
}

type intelShowCmd struct {
	What string `arg:"" name:"ID|NAME[@VERSION]|HASH" help:"The identifier of a record, a package, or a digest."`
	intelOptions
}

func (c *intelShowCmd) run(e *env) (int, error) {
	all, _, err := c.everything(e)
	if err != nil {
		return 0, err
	}
	name, version := c.What, ""
	if i := strings.LastIndexByte(c.What, '@'); i > 0 {
		name, version = c.What[:i], c.What[i+1:]
	}
	found := only(all, func(r intel.Record) bool {
		return r.ID == c.What || r.Name == c.What || r.Name == name && npm.ValidVersion(version) && r.Affects(version)
	}, func(h intel.Hash) bool {
		return h.Sum == c.What || h.Name == c.What || h.Name == name && version != "" && h.Version == version
	})
	if len(found.Records)+len(found.Hashes) == 0 {
		return 0, usage("nothing is known of %q", c.What)
	}
	return exitOK, intel.WriteLines(e.stdout, found)
}

type intelExportCmd struct {
	Output string `arg:"" name:"FILE" help:"A data file (.intel) or lines of JSON (.jsonl)."`
	intelOptions
}

func (c *intelExportCmd) run(e *env) (int, error) {
	all, made, err := c.everything(e)
	if err != nil {
		return 0, err
	}
	switch filepath.Ext(c.Output) {
	case intel.Extension:
		data, err := intel.Encode(all, made)
		if err != nil {
			return 0, err
		}
		_, err = intelfile.Replace(c.Output, data)
		return exitOK, err
	case ".jsonl":
		return exitOK, e.output(c.Output, func(w io.Writer) error { return intel.WriteLines(w, all) })
	}
	return 0, usage("%s: a name that ends in %s or .jsonl is wanted", c.Output, intel.Extension)
}
