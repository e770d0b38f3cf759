package tarball

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
)

// stream is the tar stream inside a tarball, bounded in size and ratio. Gzip
// streams in a row count as one, as for zlib in Node.
type stream struct {
	source  *source
	in      *bufio.Reader
	gzip    *gzip.Reader // nil when the tarball is not compressed
	members int          // gzip streams begun
	n       int64        // bytes returned
	limit   int64
	buf     []byte // for skip
}

// source counts the bytes read and keeps the error of the reader itself apart
// from errors about the bytes.
type source struct {
	r   io.Reader
	n   int64
	err error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	s.n += int64(n)
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}

func newStream(r io.Reader, limit int64) (*stream, error) {
	s := &stream{source: &source{r: r}, limit: limit, buf: make([]byte, bufferSize)}
	s.in = bufio.NewReaderSize(s.source, bufferSize)
	magic, err := s.in.Peek(4)
	if err != nil && err != io.EOF {
		return nil, s.fail("start", err)
	}
	switch {
	case bytes.HasPrefix(magic, []byte{0x1f, 0x8b}):
		if s.gzip, err = gzip.NewReader(s.in); err != nil {
			return nil, s.fail("gzip header", err)
		}
		s.gzip.Multistream(false)
		s.members = 1
	case bytes.Equal(magic, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		return nil, fmt.Errorf("%w: it is compressed with zstd, which only some versions of npm read", ErrAmbiguous)
	}
	return s, nil
}

// fail says which error the failing of a read comes down to.
func (s *stream) fail(where string, err error) error {
	switch {
	case s.source.err != nil:
		return fmt.Errorf("reading the tarball: %w", s.source.err)
	case errors.Is(err, ErrTooLarge), errors.Is(err, ErrMalformed), errors.Is(err, ErrAmbiguous):
		return err
	case err == io.EOF, errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%w: it ends inside its %.100q", ErrMalformed, where)
	}
	return fmt.Errorf("%w: %v", ErrMalformed, err)
}

// Read returns the next bytes of the tar stream. Its errors are final: io.EOF
// at a proper end, else one that Unpack returns.
func (s *stream) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for {
		n, err := s.read(p)
		s.n += int64(n)
		if s.n > s.limit {
			return 0, fmt.Errorf("%w: more than %d bytes unpacked", ErrTooLarge, s.limit)
		}
		if s.n > ratioFloor && s.n/maxRatio > s.source.n {
			return 0, fmt.Errorf("%w: it unpacks to more than %d times its size", ErrTooLarge, maxRatio)
		}
		switch {
		case n > 0:
			// An error that comes with bytes is met again by the next read.
			return n, nil
		case err == io.EOF && s.gzip != nil:
			if err := s.nextMember(); err != nil {
				return 0, err
			}
		case err == io.EOF:
			return 0, io.EOF
		case err != nil:
			return 0, s.fail("compressed data", err)
		}
	}
}

func (s *stream) read(p []byte) (int, error) {
	if s.gzip == nil {
		return s.in.Read(p)
	}
	return s.gzip.Read(p)
}

// nextMember begins the gzip stream behind the one that ended. It returns
// io.EOF when there is none: then only zeros may follow. What npm makes of
// anything behind a zero depends on how the network cuts the bytes.
func (s *stream) nextMember() error {
	next, err := s.in.ReadByte()
	for err == nil && next == 0 {
		next, err = s.in.ReadByte()
		if err == nil && next != 0 {
			return fmt.Errorf("%w: zeros and then data behind its gzip stream", ErrAmbiguous)
		}
	}
	if err == io.EOF {
		return io.EOF
	}
	if err == nil {
		err = s.in.UnreadByte()
	}
	if err == nil {
		err = s.gzip.Reset(s.in)
	}
	if err != nil {
		return s.fail("gzip header", err)
	}
	s.gzip.Multistream(false)
	s.members++
	return nil
}

// next fills p, the next block. It returns io.EOF where the stream ends before
// p's first byte.
func (s *stream) next(p []byte) error {
	_, err := io.ReadFull(s, p)
	if err != nil && err != io.EOF {
		return s.fail("header", err)
	}
	return err
}

// readFull fills p, which is inside what.
func (s *stream) readFull(p []byte, what string) error {
	if _, err := io.ReadFull(s, p); err != nil {
		return s.fail(what, err)
	}
	return nil
}

// skip discards n bytes.
func (s *stream) skip(n int64) error {
	for n > 0 {
		step := s.buf[:min(n, int64(len(s.buf)))]
		if err := s.readFull(step, "content"); err != nil {
			return err
		}
		n -= int64(len(step))
	}
	return nil
}
