package worker

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
)

// setup is what the parent sends first.
type setup struct {
	// Memory is the most that the child may have, in bytes.
	Memory int64 `json:"memory"`
	// CPU is the most processor time that it may take, in seconds; 0 for no bound.
	CPU int `json:"cpu,omitempty"`
}

// hello is what the child answers once its fence stands.
type hello struct {
	Fence Fence `json:"fence"`
}

// Fence says what keeps a child from doing harm.
type Fence string

// The fences, see the package comment.
const (
	FenceSeccomp Fence = "seccomp+rlimit"
	FenceRlimit  Fence = "rlimit"
	FenceNone    Fence = "none"
)

// maxFrame bounds a message, in bytes. The largest answers are lists of files:
// 200,000 of them with long names take 40 MB.
const maxFrame = 64 << 20

// bufferSize is the size of the reading buffer, in bytes.
const bufferSize = 64 << 10

// conn sends and receives messages.
type conn struct {
	in  *bufio.Reader
	out io.Writer
}

func newConn(in io.Reader, out io.Writer) conn {
	return conn{bufio.NewReaderSize(in, bufferSize), out}
}

// send writes v as one message. A v that is too large gives an error that
// wraps ErrAnswer, and nothing is sent.
func (c *conn) send(v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("%w: %v", ErrAnswer, err)
	}
	if len(data) > maxFrame {
		return fmt.Errorf("%w: it has %d bytes, more than the %d that are read", ErrAnswer, len(data), maxFrame)
	}
	var length [4]byte
	binary.BigEndian.PutUint32(length[:], uint32(len(data)))
	if _, err := c.out.Write(length[:]); err != nil {
		return err
	}
	_, err = c.out.Write(data)
	return err
}

// receive reads one message into v. Its error is io.EOF where the input ends
// between messages, and wraps ErrAnswer where the message makes no sense.
func (c *conn) receive(v any) error {
	var length [4]byte
	if _, err := io.ReadFull(c.in, length[:]); err != nil {
		return err
	}
	n := int64(binary.BigEndian.Uint32(length[:]))
	if n > maxFrame {
		return fmt.Errorf("%w: it claims to have %d bytes, more than the %d that are read", ErrAnswer, n, maxFrame)
	}
	// The decoder's buffer grows with what arrives, not with the claim.
	body := &io.LimitedReader{R: c.in, N: n}
	if err := json.NewDecoder(body).Decode(v); err != nil {
		if body.N > 0 && isEOF(err) {
			return io.ErrUnexpectedEOF // the sender is gone
		}
		return fmt.Errorf("%w: %v", ErrAnswer, err)
	}
	if _, err := io.Copy(io.Discard, body); err != nil {
		return err
	}
	return nil
}

func isEOF(err error) bool { return err == io.EOF || err == io.ErrUnexpectedEOF }
