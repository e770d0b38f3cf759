package javascript

import (
	"crypto/rc4"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The strings of the tables below, as the program has them once the prologue
// has run, and as the file has them.
var (
	tableStrings  = []string{"child_process", "exec", "40one", "run it", "9two"}
	tableShuffled = []string{"run it", "9two", "child_process", "exec", "40one"}
)

// tableKeys are the keys that the strings are enciphered with.
var tableKeys = []string{"k3Y!", "a", "Zz[2", "long key of one", "é~q"}

// ciphered enciphers strings as the decoders below read them: RC4, then base64 of
// the characters as UTF-8.
func ciphered(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		var key []byte
		for _, r := range tableKeys[i] {
			key = append(key, byte(r))
		}
		c, err := rc4.NewCipher(key)
		if err != nil {
			panic(err)
		}
		data := []byte(s)
		c.XORKeyStream(data, data)
		var text []rune
		for _, b := range data {
			text = append(text, rune(b))
		}
		out[i] = swapped(string(text))
	}
	return out
}

// turned moves the last two strings to the front, as tableShuffled has them.
func turned(list []string) []string {
	return append(slices.Clone(list[len(list)-2:]), list[:len(list)-2]...)
}

func quoted(list []string, encode func(string) string) string {
	quoted := make([]string, len(list))
	for i, s := range list {
		if encode != nil {
			s = encode(s)
		}
		quoted[i] = fmt.Sprintf("'%s'", s)
	}
	return strings.Join(quoted, ",")
}

const swappedAlphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/"

func swapped(s string) string {
	return base64.NewEncoding(swappedAlphabet).WithPadding(base64.NoPadding).EncodeToString([]byte(s))
}

// The parts that string arrays are made of.
func tableFunction(strings string) string {
	return "function _0xt(){const _0xa=[" + strings + "];_0xt=function(){return _0xa;};return _0xt();}\n"
}

func tablePrologue(call func(index int) string, sum string) string {
	return "(function(_0xf,_0xn){" +
		"const _0xl=_0xf();while(!![]){try{const _0xs=parseInt(" + call(102) + ")/0x1+-parseInt(" + call(104) + ")/0x3*(parseInt(" + call(102) + ")/0x2);" +
		"if(_0xs===_0xn)break;else _0xl['push'](_0xl['shift']());}catch(_0xe){_0xl['push'](_0xl['shift']());}}}(_0xt," + sum + "));\n"
}

const (
	tableSum     = "-0x14"
	tableDecoder = "function _0xd(_0xi,_0xk){_0xi=_0xi-0x64;const _0xa=_0xt();let _0xr=_0xa[_0xi];return _0xr;}\n"
)

func direct(i int) string { return fmt.Sprintf("_0xd(0x%x)", i) }

func TestTables(t *testing.T) {
	shuffled := tableFunction(quoted(tableShuffled, nil))
	use := func(call func(index int) string) string {
		return "require(" + call(100) + ")[" + call(101) + "](" + call(103) + ");"
	}
	decodes := func(extra string) string {
		return `function _0xd(_0xi,_0xk){_0xi=_0xi-0x64;const _0xa=_0xt();let _0xr=_0xa[_0xi];if(_0xd['init']===undefined){
			const _0xc=function(_0xs){const _0xb='` + swappedAlphabet + `=';let _0xo='',_0xp='';
				for(let _0xj=0x0,_0xx,_0xy,_0xz=0x0;_0xy=_0xs['charAt'](_0xz++);~_0xy&&(_0xx=_0xj%0x4?_0xx*0x40+_0xy:_0xy,_0xj++%0x4)?_0xo+=String['fromCharCode'](0xff&_0xx>>(-0x2*_0xj&0x6)):0x0){_0xy=_0xb['indexOf'](_0xy);}
				for(let _0xq=0x0;_0xq<_0xo['length'];_0xq++){_0xp+='%'+('00'+_0xo['charCodeAt'](_0xq)['toString'](0x10))['slice'](-0x2);}return decodeURIComponent(_0xp)` + extra + `;};
			_0xd['code']=_0xc;_0xd['kept']={};_0xd['init']=!![];}
			const _0xm=_0xa[0x0],_0xg=_0xi+_0xm,_0xh=_0xd['kept'][_0xg];if(!_0xh){_0xr=_0xd['code'](_0xr);_0xd['kept'][_0xg]=_0xr;}else{_0xr=_0xh;}return _0xr;}` + "\n"
	}
	// The same with a cipher below the base64, in a decoder of any name.
	enciphered := func(name, states, cipher string) string {
		return `function ` + name + `(_0xi,_0xk){_0xi=_0xi-0x64;const _0xa=_0xt();let _0xr=_0xa[_0xi];if(` + name + `['init']===undefined){
			var _0xc=function(_0xs){const _0xb='` + swappedAlphabet + `=';let _0xo='';for(const _0xy of _0xs){_0xo+=_0xb['indexOf'](_0xy);}return decodeURIComponent(_0xo);};
			const _0xe=function(_0xs,_0xk){const _0xq=[];let _0xj=0x0,_0xn=0x0,_0xo='',_0xw;_0xs=_0xc(_0xs);
				for(let _0xz=0x0;_0xz<` + states + `;_0xz++)_0xq[_0xz]=_0xz;
				for(let _0xz=0x0;_0xz<` + states + `;_0xz++){_0xj=(_0xj+_0xq[_0xz]+_0xk['charCodeAt'](_0xz%_0xk['length']))%` + states + `;_0xw=_0xq[_0xz],_0xq[_0xz]=_0xq[_0xj],_0xq[_0xj]=_0xw;}_0xj=0x0;
				for(let _0xz=0x0;_0xz<_0xs['length'];_0xz++){_0xn=(_0xn+0x1)%` + states + `,_0xj=(_0xj+_0xq[_0xn])%` + states + `,_0xw=_0xq[_0xn],_0xq[_0xn]=_0xq[_0xj],_0xq[_0xj]=_0xw;
					_0xo+=String['fromCharCode'](_0xs['charCodeAt'](_0xz)^` + cipher + `);}return _0xo;};
			` + name + `['code']=_0xe;` + name + `['kept']={};` + name + `['init']=!![];}
			const _0xg=` + name + `['kept'][_0xi];if(_0xg===undefined){_0xr=` + name + `['code'](_0xr,_0xk);}else _0xr=_0xg;return _0xr;}` + "\n"
	}
	const rc4Cipher = "_0xq[(_0xq[_0xn]+_0xq[_0xj])%0x100]"
	keyedWith := func(i int) string { return fmt.Sprintf("_0xd(0x%x,'%s')", i, tableKeys[i-100]) }
	keyed := quoted(turned(ciphered(tableStrings)), nil)
	mixed := func(i int) string {
		if i%2 == 0 {
			return fmt.Sprintf("_0xm(0x%x,'%s')", i, tableKeys[i-100])
		}
		return direct(i)
	}
	half := slices.Clone(tableStrings)
	for i, s := range ciphered(tableStrings) {
		if half[i] = swapped(half[i]); i%2 == 0 {
			half[i] = s
		}
	}
	found := []string{"import child_process#", `call child_process#exec("run it")`}
	for _, test := range []struct {
		name, src string
		want      []string
	}{
		{"array", "const a=[" + quoted(tableStrings, nil) + "];function _0xd(i){return a[i-0x64]}" + use(direct), found},
		{"hexadecimal texts", "const a=[" + quoted(tableStrings, nil) + "];function _0xd(i){return a[i-'0x64']}" +
			use(func(i int) string { return fmt.Sprintf("_0xd('0x%x')", i) }), found},
		{"function", tableFunction(quoted(tableStrings, nil)) + tableDecoder + use(direct), found},
		{"rotated", shuffled + tablePrologue(direct, tableSum) + tableDecoder + use(direct), found},
		{"rotated behind", use(direct) + tablePrologue(direct, tableSum) + tableDecoder + shuffled, found},
		{"in a sequence", "const x=1;" + strings.TrimSuffix(tablePrologue(direct, tableSum), ";\n") + "," + use(direct) + tableDecoder + shuffled, found},
		{"sum on the right", strings.Replace(tablePrologue(direct, tableSum), "_0xs===_0xn", "_0xn==_0xs", 1) + tableDecoder + shuffled + use(direct), found},
		{"named members", strings.NewReplacer("['push']", ".push", "['shift']", ".shift").Replace(tablePrologue(direct, tableSum)) + tableDecoder + shuffled + use(direct), found},
		{"wrapper variables", shuffled + tablePrologue(direct, tableSum) + tableDecoder + "const _0xw=_0xd;(function(){const _0xv=_0xw;const _0xu=_0xv;" +
			use(func(i int) string { return fmt.Sprintf("_0xu(0x%x)", i) }) + "}());", found},
		{"wrapper functions", shuffled + tableDecoder +
			"function _0xw(a,b,c,d){return _0xd(c- -0x1b,a);}\n" +
			tablePrologue(func(i int) string { return fmt.Sprintf("_0xw(0x1,'0x2',%d,-0x4)", i-0x1b) }, tableSum) +
			"function f(){function _0xv(a,b,c,d){return _0xw(b-'0x9',c,a- -'0x12c',d-0x3);}" +
			use(func(i int) string { return fmt.Sprintf("_0xv(-'0x%x',0x7,'0x8',0x9)", 0x1b+300-i) }) + "}", found},
		{"calls through objects", shuffled + tablePrologue(direct, tableSum) + tableDecoder + "function f(){const _0xo={_0x1:0x2d,_0x2:0x2e,_0x3:0x30},_0xp={_0x9:0x37};" +
			"function _0xw(a,b){const _0xq={_0x5:0x1};return _0xd(a- -_0xp._0x9,b-_0xq._0x5);}" +
			use(func(i int) string { return fmt.Sprintf("_0xw(_0xo._0x%d,0x3)", map[int]int{100: 1, 101: 2, 103: 3}[i]) }) + "}", found},
		{"expressions for numbers", shuffled + tablePrologue(direct, "-0x2*0x5+-0xa") +
			strings.Replace(tableDecoder, "-0x64", "-(0x3*0x21+0x1)", 1) + use(direct), found},
		{"decoder that replaces itself", shuffled + tablePrologue(direct, tableSum) +
			"function _0xd(i,k){const a=_0xt();return _0xd=function(i,k){i=i-0x64;let r=a[i];return r;},_0xd(i,k);}" + use(direct), found},
		{"counted", "var a=[" + quoted(tableShuffled, nil) + "];(function(l,n){var f=function(x){while(--x){l['push'](l['shift']());}};f(++n);}(a,0x11));" +
			"var _0xd=function(i,k){i=i-0x64;var r=a[i];return r;};" + use(direct), found},
		{"counted directly", "var a=[" + quoted(tableShuffled, nil) + "];(function(l,n){while(--n){l.push(l.shift())}}(a,0x12));" +
			"var _0xd=function(i,k){i=i-0x64;var r=a[i];return r;};" + use(direct), found},
		{"base64", tableFunction(quoted(tableShuffled, swapped)) + tablePrologue(direct, tableSum) + decodes("") + use(direct), found},
		{"base64 not rotated", tableFunction(quoted(tableStrings, swapped)) + decodes("") + use(direct), found},
		{"ciphers", tableFunction(keyed) + tablePrologue(keyedWith, tableSum) + enciphered("_0xd", "0x100", rc4Cipher) + use(keyedWith), found},
		{"ciphers not rotated", tableFunction(quoted(ciphered(tableStrings), nil)) + enciphered("_0xd", "(0x40*0x3+0x40)", rc4Cipher) + use(keyedWith), found},
		{"ciphers and base64", tableFunction(quoted(turned(half), nil)) + tablePrologue(mixed, tableSum) + decodes("") + enciphered("_0xm", "0x100", rc4Cipher) + use(mixed), found},

		// What is not understood must not be read in the order of the file.
		{"no turn fits", shuffled + tablePrologue(direct, "0x15") + tableDecoder + use(direct), nil},
		{"target not known", shuffled + tablePrologue(direct, "x") + tableDecoder + use(direct), nil},
		{"two prologues", shuffled + tablePrologue(direct, tableSum) + tablePrologue(direct, tableSum) + tableDecoder + use(direct), nil},
		{"no sum", shuffled + "(function(f){const l=f();l.push(l.shift())}(_0xt));" + tableDecoder + use(direct), nil},
		{"keys not known", tableFunction(quoted(ciphered(tableStrings), nil)) + enciphered("_0xd", "0x100", rc4Cipher) +
			use(func(i int) string { return fmt.Sprintf("_0xd(0x%x,key)", i) }), nil},
		{"other keys", tableFunction(keyed) + tablePrologue(func(i int) string { return fmt.Sprintf("_0xd(0x%x,'no')", i) }, tableSum) + enciphered("_0xd", "0x100", rc4Cipher) + use(keyedWith), nil},
		{"a cipher of other states", tableFunction(quoted(ciphered(tableStrings), nil)) + enciphered("_0xd", "0x80", rc4Cipher) + use(keyedWith), nil},
		{"a cipher and more", tableFunction(quoted(ciphered(tableStrings), nil)) + enciphered("_0xd", "0x100", rc4Cipher+"^0x1") + use(keyedWith), nil},
		{"another cipher", tableFunction(quoted(tableStrings, swapped)) + decodes(".charCodeAt(0)^1") + use(direct), nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := Parse("a.js", []byte(test.src), Options{})
			if len(f.Errors) > 0 {
				t.Fatalf("%v in %s", f.Errors, test.src)
			}
			var got []string
			for _, u := range uses(f) {
				if strings.Contains(u, "child_process") {
					got = append(got, u)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("uses differ (-want +got):\n%s\nof %s", diff, test.src)
			}
			if test.want == nil {
				for u := range f.Uses() {
					for _, a := range u.Args() {
						if u.Path.String() == "require" && a.Constant {
							t.Errorf("require of %q", a.Text)
						}
					}
				}
			}
		})
	}
}
