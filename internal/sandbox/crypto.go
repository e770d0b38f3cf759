package sandbox

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/hmac"
	"crypto/md5"
	"crypto/pbkdf2"
	"crypto/rc4"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha3"
	"crypto/sha512"
	"crypto/subtle"
	"hash"
	"io"
	"strconv"
	"strings"
)

// What scripts compute is computed: hashes, ciphers and compression have the
// results of Node.js. Whatever takes long is bounded in work.

const (
	// maxInflated bounds what a text inflates to, in bytes.
	maxInflated = 16 << 20
	// maxIterations bounds PBKDF2, in blocks of its hash.
	maxIterations = 1 << 20
	// maxScrypt bounds the memory of scrypt, in bytes, as Node.js does by default.
	maxScrypt = 32 << 20
	// maxDerived bounds the length of a derived key, in bytes.
	maxDerived = 1 << 16
)

// digest returns a hash by its name in Node.js or in Web Crypto, nil for one that
// is not known.
func digest(algorithm string) func() hash.Hash {
	switch strings.TrimPrefix(strings.ToLower(algorithm), "rsa-") {
	case "md5":
		return md5.New
	case "sha1", "sha-1":
		return sha1.New
	case "sha224", "sha-224":
		return sha256.New224
	case "sha256", "sha-256":
		return sha256.New
	case "sha384", "sha-384":
		return sha512.New384
	case "sha512", "sha-512":
		return sha512.New
	case "sha512-224":
		return sha512.New512_224
	case "sha512-256":
		return sha512.New512_256
	case "sha3-224":
		return func() hash.Hash { return sha3.New224() }
	case "sha3-256":
		return func() hash.Hash { return sha3.New256() }
	case "sha3-384":
		return func() hash.Hash { return sha3.New384() }
	case "sha3-512":
		return func() hash.Hash { return sha3.New512() }
	}
	return nil
}

func (h *host) hash(args []argument) answer {
	of := digest(args[0].text)
	if of == nil {
		return answer{}
	}
	sum := of()
	sum.Write(args[1].bytes()) // it never fails
	return bytesOf(sum.Sum(nil))
}

func (h *host) hmac(args []argument) answer {
	of := digest(args[0].text)
	if of == nil {
		return answer{}
	}
	sum := hmac.New(of, args[1].bytes())
	sum.Write(args[2].bytes())
	return bytesOf(sum.Sum(nil))
}

// cipher enciphers or deciphers a whole text.
func (h *host) cipher(args []argument) answer {
	job := cipherJob{
		encrypt: args[1].text == "true",
		key:     args[2].bytes(),
		iv:      args[3].bytes(),
		data:    args[4].bytes(),
		aad:     args[5].bytes(),
		tag:     args[6].bytes(),
		pad:     args[7].text != "false",
	}
	problem := job.run(strings.ToLower(args[0].text))
	if problem != "" {
		return textOf(problem)
	}
	return answer{kind: answerList, list: []string{latin1(job.out), latin1(job.outTag)}}
}

// cipherJob is one use of a cipher.
type cipherJob struct {
	encrypt, pad            bool
	key, iv, data, aad, tag []byte
	out, outTag             []byte
}

// The messages of Node.js.
const (
	unknownCipher = "Unknown cipher"
	invalidKey    = "Invalid key length"
	invalidIV     = "Invalid initialization vector"
	badDecrypt    = "error:1C800064:Provider routines::bad decrypt"
	wrongLength   = "error:1C80006B:Provider routines::wrong final block length"
	notAuthentic  = "Unsupported state or unable to authenticate data"
)

// run returns what is wrong, "" where nothing is.
func (j *cipherJob) run(algorithm string) string {
	algorithm = strings.Replace(algorithm, "id-aes", "aes-", 1)
	switch algorithm {
	case "rc4", "arc4":
		c, err := rc4.NewCipher(j.key)
		if err != nil {
			return invalidKey
		}
		j.out = make([]byte, len(j.data))
		c.XORKeyStream(j.out, j.data)
		return ""
	case "aes128", "aes192", "aes256":
		algorithm = "aes-" + algorithm[3:] + "-cbc"
	case "des3", "des-ede3":
		algorithm = "des-ede3-cbc"
	}
	block, mode, problem := j.block(algorithm)
	if problem != "" {
		return problem
	}
	if mode == "gcm" {
		return j.gcm(block)
	}
	if mode != "ecb" && len(j.iv) != block.BlockSize() {
		return invalidIV
	}
	switch mode {
	case "ctr":
		j.out = make([]byte, len(j.data))
		cipher.NewCTR(block, j.iv).XORKeyStream(j.out, j.data)
		return ""
	case "cfb":
		j.feedback(block)
		return ""
	case "cbc", "ecb":
		return j.blocks(block, mode)
	}
	return unknownCipher
}

// block returns the block cipher of a name like "aes-256-cbc", and the mode.
func (j *cipherJob) block(algorithm string) (cipher.Block, string, string) {
	at := strings.LastIndexByte(algorithm, '-')
	if at < 0 {
		return nil, "", unknownCipher
	}
	name, mode := algorithm[:at], algorithm[at+1:]
	size, make := 0, aes.NewCipher
	switch name {
	case "aes-128":
		size = 16
	case "aes-192":
		size = 24
	case "aes-256":
		size = 32
	case "des-ede3":
		size, make = 24, des.NewTripleDESCipher
	case "des":
		size, make = 8, des.NewCipher
	default:
		return nil, "", unknownCipher
	}
	if len(j.key) != size {
		return nil, "", invalidKey
	}
	block, err := make(j.key)
	if err != nil {
		return nil, "", invalidKey
	}
	return block, mode, ""
}

// gcm authenticates with tags of 16 bytes, the length that scripts use.
func (j *cipherJob) gcm(block cipher.Block) string {
	if block.BlockSize() != aes.BlockSize {
		return unknownCipher
	}
	if len(j.iv) == 0 {
		return invalidIV
	}
	aead, err := cipher.NewGCMWithNonceSize(block, len(j.iv))
	if err != nil {
		return invalidIV
	}
	if j.encrypt {
		sealed := aead.Seal(nil, j.iv, j.data, j.aad)
		j.out, j.outTag = sealed[:len(j.data)], sealed[len(j.data):]
		return ""
	}
	out, err := aead.Open(nil, j.iv, append(bytes.Clone(j.data), j.tag...), j.aad)
	if err != nil || len(j.tag) != aead.Overhead() {
		return notAuthentic
	}
	j.out, j.outTag = out, j.tag
	return ""
}

// feedback is CFB with whole blocks.
func (j *cipherJob) feedback(block cipher.Block) {
	size := block.BlockSize()
	j.out = make([]byte, len(j.data))
	last := bytes.Clone(j.iv)
	stream := make([]byte, size)
	for i := 0; i < len(j.data); i += size {
		block.Encrypt(stream, last)
		n := subtle.XORBytes(j.out[i:], j.data[i:min(i+size, len(j.data))], stream)
		if j.encrypt {
			copy(last, j.out[i:i+n])
		} else {
			copy(last, j.data[i:i+n])
		}
	}
}

// blocks is CBC and ECB, with the padding of PKCS #7.
func (j *cipherJob) blocks(block cipher.Block, mode string) string {
	size := block.BlockSize()
	data := bytes.Clone(j.data)
	if j.encrypt && j.pad {
		n := size - len(data)%size
		data = append(data, bytes.Repeat([]byte{byte(n)}, n)...)
	}
	if len(data)%size != 0 || !j.encrypt && j.pad && len(data) == 0 {
		return wrongLength
	}
	switch {
	case mode == "cbc" && j.encrypt:
		cipher.NewCBCEncrypter(block, j.iv).CryptBlocks(data, data)
	case mode == "cbc":
		cipher.NewCBCDecrypter(block, j.iv).CryptBlocks(data, data)
	default:
		for i := 0; i < len(data); i += size {
			if j.encrypt {
				block.Encrypt(data[i:], data[i:])
			} else {
				block.Decrypt(data[i:], data[i:])
			}
		}
	}
	if !j.encrypt && j.pad {
		n := int(data[len(data)-1])
		if n == 0 || n > size || !bytes.Equal(data[len(data)-n:], bytes.Repeat([]byte{byte(n)}, n)) {
			return badDecrypt
		}
		data = data[:len(data)-n]
	}
	j.out = data
	return ""
}

func (h *host) derive(args []argument) answer {
	password, salt := args[1].bytes(), args[2].bytes()
	switch args[0].text {
	case "pbkdf2":
		of := digest(args[5].text)
		if of == nil {
			return answer{}
		}
		length, ok := args[4].number(1, maxDerived)
		if !ok {
			return answer{}
		}
		blocks := (length + of().Size() - 1) / of().Size()
		iterations, ok := args[3].number(1, maxIterations/blocks)
		if !ok {
			return answer{}
		}
		key, err := pbkdf2.Key(of, string(password), salt, iterations, length)
		if err != nil {
			return answer{}
		}
		return bytesOf(key)
	case "scrypt":
		n, okN := args[3].number(2, maxScrypt)
		r, okR := args[4].number(1, maxScrypt)
		p, okP := args[5].number(1, maxScrypt)
		length, ok := args[6].number(1, maxDerived)
		if !okN || !okR || !okP || !ok || n&(n-1) != 0 || n > maxScrypt/128/r || p > maxScrypt/128/r || n*r > 4*maxScrypt/128/p {
			return answer{}
		}
		key, err := scrypt(password, salt, n, r, p, length)
		if err != nil {
			return answer{}
		}
		return bytesOf(key)
	}
	return throw("derive: no kind %s", strconv.Quote(args[0].text))
}

func (h *host) inflate(args []argument) answer {
	compressed := bytes.NewReader(args[1].bytes())
	var r io.Reader
	var err error
	switch args[0].text {
	case "gzip":
		r, err = gzip.NewReader(compressed)
	case "zlib":
		r, err = zlib.NewReader(compressed)
	case "raw":
		r = flate.NewReader(compressed)
	default:
		return throw("inflate: no kind %s", strconv.Quote(args[0].text))
	}
	if err != nil {
		return answer{}
	}
	data, err := io.ReadAll(io.LimitReader(r, maxInflated+1))
	if err != nil || len(data) > maxInflated {
		return answer{}
	}
	return bytesOf(data)
}

func (h *host) deflate(args []argument) answer {
	var b bytes.Buffer
	var w io.WriteCloser
	switch args[0].text {
	case "gzip":
		w = gzip.NewWriter(&b)
	case "zlib":
		w = zlib.NewWriter(&b)
	case "raw":
		w, _ = flate.NewWriter(&b, flate.DefaultCompression) // the level is a valid one
	default:
		return throw("deflate: no kind %s", strconv.Quote(args[0].text))
	}
	if _, err := w.Write(args[1].bytes()); err != nil {
		return answer{}
	}
	if err := w.Close(); err != nil {
		return answer{}
	}
	return bytesOf(b.Bytes())
}
