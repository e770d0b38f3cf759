package intel

import (
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"
)

// all is about how many records of malware OSV has for npm.
const all = 210_000

// benchZip and benchData are made once for all benchmarks: packing takes longer
// than what is measured.
var benchZip = sync.OnceValue(func() []byte { return syntheticZip(&testing.B{}, all) })

var benchData = sync.OnceValue(func() []byte {
	zip := benchZip()
	im, err := ImportFile("all.zip", zip, Options{Source: "osv"})
	if err == nil {
		err = im.Err()
	}
	if err != nil {
		panic(err)
	}
	data, err := Encode(im.Data, time.Time{})
	if err != nil {
		panic(err)
	}
	return data
})

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func BenchmarkImport(b *testing.B) {
	zip := benchZip()
	for b.Loop() {
		im, err := ImportFile("all.zip", zip, Options{Source: "osv"})
		if err != nil || len(im.Data.Records) != all {
			b.Fatal(err, im.Err())
		}
	}
	b.ReportMetric(float64(len(zip))/1e6, "zip-MB")
}

func BenchmarkEncode(b *testing.B) {
	s, err := Open(benchData())
	if err != nil {
		b.Fatal(err)
	}
	d := s.Data()
	for b.Loop() {
		if _, err := Encode(d, time.Time{}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(benchData()))/1e6, "file-MB")
}

func BenchmarkOpen(b *testing.B) {
	data := benchData()
	before := heap()
	read := append([]byte(nil), data...)
	s, err := Open(read)
	if err != nil {
		b.Fatal(err)
	}
	used := heap() - before
	runtime.KeepAlive(s)
	for b.Loop() {
		if _, err := Open(data); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(used)/1e6, "heap-MB") // the file and the store
}

func BenchmarkLookup(b *testing.B) {
	s, err := Open(benchData())
	if err != nil {
		b.Fatal(err)
	}
	for _, test := range []struct{ name, pkg string }{
		{"known", string(s.name(s.Len() / 3))},
		{"unknown", "pearl-quartz"},
	} {
		b.Run(test.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s.Lookup(test.pkg, "1.0.0")
			}
		})
	}
	b.Run("id", func(b *testing.B) {
		id := fmt.Sprint(string(s.id(s.Len() / 2)))
		for b.Loop() {
			if len(s.ByID(id)) == 0 {
				b.Fatal("not found")
			}
		}
	})
}
