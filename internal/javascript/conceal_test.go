package javascript

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// noise returns n bytes that look random and are always the same.
func noise(n int) []byte {
	var data []byte
	for i := byte(0); len(data) < n; i++ {
		sum := sha256.Sum256([]byte{i, byte(n), byte(n >> 8)})
		data = append(data, sum[:]...)
	}
	return data[:n]
}

func base64Of(data []byte) string { return base64.StdEncoding.EncodeToString(data) }

// denseOf writes data in 88 characters.
func denseOf(data []byte) string {
	out := make([]byte, len(data))
	for i, c := range data {
		if out[i] = '!' + c%90; out[i] == '\'' || out[i] == '\\' {
			out[i] = '~'
		}
	}
	return string(out)
}

// prose returns readable code of n bytes.
func prose(n int) []byte {
	return []byte(strings.Repeat("for (const item of list) { total += item.price * 3; }\n", n/50+1)[:n])
}

// escapedAs writes text as escapes.
func escapedAs(format, text string) string {
	var b strings.Builder
	for _, c := range text {
		fmt.Fprintf(&b, format, c)
	}
	return b.String()
}

// codesOf writes text as a list of character codes.
func codesOf(text []byte, format string) string {
	var list []string
	for _, c := range text {
		list = append(list, fmt.Sprintf(format, c))
	}
	return strings.Join(list, ",")
}

// differ compares the signs of a script, but for Minified, with what is wanted:
// a kind and how the text at the sign starts.
func differ(f *File, want []string) string {
	var got []string
	for _, s := range f.Signs().List {
		if s.Kind == Minified {
			continue
		}
		text := s.Kind.String() + " at " + f.Text[s.Pos:s.End]
		if n := len(got); n < len(want) && strings.HasPrefix(text, want[n]) {
			text = want[n]
		}
		got = append(got, text[:min(len(text), 60)])
	}
	return cmp.Diff(want, got)
}

// source is code as people lay it out, of n lines.
func source(n int) string {
	return strings.Repeat("function total(list, rate) {\n  let sum = 0;\n  for (const item of list) {\n    sum += item.price * rate;\n  }\n  return sum;\n}\n", n/7+1)
}

// tight is minified code.
const tight = `function total(e,t){let n=0;for(const r of e)n+=r.price*t;return n}function show(e){return"sum: "+total(e,2)+(e.length>1?"s":"")}module.exports={total:total,show:show};var a=function(e){if(!e)return null;var t=e.split(";");return t.map(function(e){return e.trim()})},b=a("x;y");`

// tokenKinds are the kinds that need no tree.
var tokenKinds = []SignKind{HexNames, EscapedStrings, HighEntropyLiteral, ManyNumbers, InvisibleUnicode, BidiUnicode, PushedRight}

func TestSigns(t *testing.T) {
	longText := strings.Repeat("3k;2m;8p;", 20)
	table := `["north","south","east","west","green","amber","slate","coral","ivory"]`
	maker := `function words(){const list=` + table + `;words=function(){return list};return words()}`
	rotation := `(function(get,goal){const list=get();while(!![]){try{if(parseInt(pick(16))/1===goal)break;else list['push'](list['shift']())}catch(e){list['push'](list['shift']())}}}(words,99));`
	calls := strings.Repeat("show(pick(17));", minLookups)
	steps := "case '0': a(); continue; case '1': b(); continue; case '2': c(); continue;"
	states := "case 4: a(); s = 9; break; case 1: b(); s = 7; break; case 9: c(); s = x ? 1 : 3; break; case 3: d(); s = 7; break; case 7: s = 0; break;"
	for _, test := range []struct {
		name, src string
		want      []string
	}{
		// HexNames.
		{"hexadecimal names", "var _0x1a2b=1,_0x3c4d=2,_0x5e6f=3,_0x7a8b=4,_0x9c0d=5;f(_0x1a2b,_0x3c4d,_0x5e6f,_0x7a8b,_0x9c0d)", []string{"hex-names at _0x1a2b"}},
		{"prefixed names", "f(a0_0x1a2b,a0_0x3c4d,a0_0x5e6f,a0_0x7a8b,a0_0x9c0d)", []string{"hex-names at a0_0x1a2b"}},
		{"look-alike names", "f(IlIlI,lIlII,IIlIl,lllIl,llIIl)", []string{"hex-names at IlIlI"}},
		{"zeros", "f(O0O0O,OO00O,O000O,OOO0O,oO0Oo)", []string{"hex-names at O0O0O"}},
		{"signs", "f($_$_$,$$__$,_$_$$,__$$_,$___$)", []string{"hex-names at $_$_$"}},
		{"packed names", "f(_$_1a2b,_$_3c4d,_$_5e6f,_$_7a8b,_$_9c0d)", []string{"hex-names at _$_1a2b"}},
		{"few hexadecimal names", "f(_0x1a2b,_0x3c4d,_0x5e6f,_0x7a8b,_0x7a8b,_0x7a8b)", nil},
		{"hexadecimal names in texts", "f('_0x1a2b _0x3c4d', /_0x5e6f/, `_0x7a8b _0x9c0d`) // _0x1a2b _0x3c4d _0x5e6f _0x7a8b _0x9c0d", nil},
		{"minifiers' names", "f(a,$,_,aa,$a,_a,$$,__,a1,e0,_x,l,I,O,Il,lll,OOO,__b,$1,_0,$0)", nil},
		{"one letter again and again", "f(IIIII,lllll,OOOOO,ooooo,$$$$$,_____,Il1)", nil},
		{"addresses", "f(wallet_address_0x1a2b,wallet_address_0x3c4d,wallet_address_0x5e6f,wallet_address_0x7a8b,wallet_address_0x9c0d)", nil},
		{"generated names", "f(_0,_1,_00,_interop,__proto,_x1f,_ref0,x0x,o_0,_0x,_0xz)", nil},

		// StringArray.
		{"self-replacing array", maker + "function pick(i,k){i=i-16;const list=words();let w=list[i];return w}" + calls, []string{`string-array at ["north","s`}},
		{"an array given by an arrow", strings.Replace(maker, "function(){return list}", "()=>list", 1) + "function pick(i,k){i=i-16;return words()[i]}", []string{`string-array at ["north","s`}},
		{"an array put together", strings.Replace(maker, table, table+".concat(more)", 1) + "function pick(i,k){i=i-16;return words()[i]}", []string{`string-array at ["north","s`}},
		{"a set made once", "function words(){const set=new Dictionary();" + table + ".forEach(add);function add(w){set.add(w)}return (words=function(){return set.clone()})()}show(words())", nil},
		{"a set given once", "function words(){const set=new Set(" + table + ");words=function(){return set};return set}show(words().has(x))", nil},
		{"rotated array", rotation + maker + "function pick(i,k){i=i-16;const list=words();return list[i]}", []string{"string-array at function(get", `string-array at ["north","s`}},
		{"old rotated array", "var words=" + table + ";(function(list,n){while(--n){list.push(list.shift())}}(words,3));var pick=function(i){i=i-0;var w=words[i];return w};show(pick('0x1'))", []string{`string-array at ["north","s`, "string-array at function(lis"}},
		{"array read at shifted indexes", "var words=" + table + ";function pick(i){return words[i-16]}" + calls, []string{`string-array at ["north","s`}},
		{"members named by index", "var w=" + table + ";a[w[0]](w[1]);b[w[2]][w[3]];c[w[4]]=d[w[5]];e[w[6]];f[w[7]]", []string{`string-array at ["north","s`}},
		{"long texts in sums", strings.Replace(maker, `"north"`, `"no"+"rth"`, 1) + "function pick(i){i=i-16;return words()[i]}", []string{`string-array at ["no"+"rth"`}},
		{"a pool of constants", "const p=[0,1,8,255,'length','push',!1,'join',-1,null,void 0,'slice'];" + strings.Repeat("a[p[4]]=b[p[5]](p[0],p[1]);", minPoolReads/4+1), []string{"string-array at [0,1,8,255,"}},
		{"a record", "const p=[0,1,8,255,'length','push',!1,'join',-1,null,void 0,'slice'];f(p[0],p[1],p[4])", nil},
		{"a record handed on", "const p=[0,1,8,255,'length','push',!1,'join',-1,null,void 0,'slice'];g(p);" + strings.Repeat("a[p[4]]=b[p[5]](p[0],p[1]);", minPoolReads/4+1), nil},
		{"a matrix", "const m=[1,0,0,0,1,0,0,0,1];" + strings.Repeat("a[0]=m[0]*m[4]*m[8];", minPoolReads), nil},
		{"a list", "const words=" + table + ";for(const w of words)show(w)", nil},
		{"a table of months", "const months=" + table + ";function month(n){return months[n-1]}show(month(date.month),month(2))", nil},
		{"a list by index", "const w=" + table + ";show(w[0],w[1],w[2],w[3],w[4],w[5],w[6],w[7])", nil},
		{"an exported list", "function words(){const list=" + table + ";words=function(){return list};return words()}module.exports=words", nil},
		{"a list made once", "let cache;function words(){return cache||(cache=" + table + ")}show(words()[0])", nil},
		{"a template helper", "function _t(){const d=tag(" + table + ");_t=function(){return d};return d}", nil},
		{"a list that goes round", "const turn=" + table + ";turn.push(turn.shift())", nil},

		// ControlFlowFlattening.
		{"steps from a list", "const o='2|0|1'.split('|');let i=0;while(!![]){switch(o[i++]){" + steps + "}break;}", []string{"control-flow-flattening at while(!![]){"}},
		{"steps in a for loop", "for(var o=d('2|0|1'),i=0;;){switch(o[i++]){" + steps + "}break}", []string{"control-flow-flattening at for(var o=d("}},
		{"states in no order", "let s=4;while(true){switch(s){" + states + "}}", []string{"control-flow-flattening at while(true){"}},
		{"states until one", "for(var s=4;s!==0;){switch(s){" + states + "}}", []string{"control-flow-flattening at for(var s=4;"}},
		{"states in a function of their own", "function f(){let s=4;return function(){while(true){switch(s){" + states + "}}}}", []string{"control-flow-flattening at while(true){"}},
		{"a coroutine", "function f(){let s=4;return go(function(code,result){for(;;)switch(s){case 4:s=9;return wait(a(),f);case 9:b(result);s=x?3:7;break;case 3:s=1;return wait(c(),f);case 1:s=7;break;case 7:return done()}})}", nil},
		{"a generator", "for(;;)switch(c.prev=c.next){case 0:c.next=2;return a();case 2:b();case 3:c.next=7;break;case 7:case'end':return c.stop()}", nil},
		{"a generator of another compiler", "switch(_a.label){case 0:_a.label=1;case 1:return[4,a()];case 2:b();_a.label=3;case 3:return[2]}", nil},
		{"a lexer", "while(true){switch(text[i++]){case '0':case '1':case '2':n();continue;case 'x':m();continue}break}", nil},
		{"a reader of digits", "while(i<n){switch(text[i++]){" + steps + "}}", nil},
		{"states in order", "let s=0;for(;;){switch(s){case 0:a();s=1;break;case 1:b();s=2;break;case 2:c();s=3;break;case 3:d();s=4;break;case 4:s=0;return}}", nil},
		{"states under conditions", "let s=1;for(;;){switch(s){case 3:if(a)s=1;break;case 1:if(b)s=3;break;case 2:if(c)s=9;break;case 9:if(d)s=2;break;case 5:if(e)s=2}}", nil},
		{"states with names", "let s=A;for(;;){switch(s){case D:s=B;break;case B:s=A;break;case A:s=C;break;case C:s=E;break;case E:s=D}}", nil},
		{"an edge as a parameter", "function f(s,e){while(s!==e){switch(s){" + states + "}}}", nil},

		// SelfDefence.
		{"debugger in text", "(function(){}).constructor('debugger').call('action')", []string{"self-defence at (function(){"}},
		{"debugger in pieces", "(function(){}.constructor('debu'+'gger').call('a'))", []string{"self-defence at function(){}"}},
		{"an endless loop in text", "Function('while (true) {}')()", []string{"self-defence at Function('wh"}},
		{"a pattern for its own text", "if(f.toString().search('(((.+)+)+)+$')>0)g()", []string{"self-defence at '(((.+)+)+)+"}},
		{"a timer around debugger", "setInterval(function(){if(open()){debugger}},500)", []string{"self-defence at setInterval("}},
		{"a timer by name", "const f=()=>{debugger};setInterval(f,500)", []string{"self-defence at setInterval("}},
		{"masked console", "function q(){const c=g.console,m=['log','warn','info','error','exception','table','trace'];for(let i=0;i<m.length;i++){const f=h.constructor.prototype.bind(h),o=c[m[i]]||f;f['__proto__']=h.bind(h);f['toString']=o.toString.bind(o);c[m[i]]=f}}", []string{"self-defence at ['log','warn"}},
		{"run once", "const w=function(){let first=true;return function(c,f){const r=first?function(){if(f){const x=f.apply(c,arguments);f=null;return x}}:function(){};first=false;return r}}()", []string{"self-defence at first?functi"}},
		{"a hidden member", "(function(){return true})[d(3)](d(4)+d(5))[d(6)](d(7))", []string{"self-defence at (function(){"}},
		{"debugger", "function f(){if(process.env.DEBUG){debugger}}", nil},
		{"debugger as a word", "setInterval(function(){log('debugger')},5);Function('return this')();new Function('a','return a')", nil},
		{"console methods", "['log','warn','info','error','trace','debug'].forEach(m=>{const o=console[m];console[m]=function(){seen(m);return o.apply(console,arguments)}})", nil},
		{"console stubs", "var m=['assert','clear','count','debug','dir','error','exception','info'];while(m.length){var n=m.pop();if(!c[n])c[n]=noop}", nil},
		{"a callback or nothing", "const f=done?function(){done(this)}:function(){};a(function(){return b.apply(this,arguments)})", nil},
		{"a member of a function", "(function(){return 1})['call'](this);(function(){})[name](1)", nil},

		// DecodeRun.
		{"eval of base64", "eval(atob(x))", []string{"decode-run at eval(atob(x)"}},
		{"eval by another name", "const e=eval,d=atob;var t=d(x);e(t)", []string{"decode-run at e(t)"}},
		{"eval on the global object", "globalThis['ev'+'al'](unescape(x))", []string{"decode-run at globalThis['"}},
		{"Function of a buffer", "new Function('require',Buffer.from(x,'base64').toString())(require)", []string{"decode-run at new Function"}},
		{"Function by constructor", "[].map.constructor(atob(x))()", []string{"decode-run at [].map.const"}},
		{"vm of inflated data", "const v=require('vm'),z=require('zlib');v.runInThisContext(z.inflateSync(Buffer.from(d,'hex')).toString())", []string{"decode-run at v.runInThisC"}},
		{"a script object", "import {Script} from 'node:vm'; import {gunzipSync} from 'node:zlib'; new Script(gunzipSync(data))", []string{"decode-run at new Script(g"}},
		{"compiled module", "module._compile(decodeURIComponent(x),'a')", []string{"decode-run at module._comp"}},
		{"a cipher", "const c=require('crypto');const d=c.createDecipheriv('aes-256-cbc',k,i);eval(d.update(x,'hex','utf8')+d.final('utf8'))", []string{"decode-run at eval(d.updat"}},
		{"a timer with text", "setTimeout(atob(x),5)", []string{"decode-run at setTimeout(a"}},
		{"character codes", "eval(String.fromCharCode(97,108,101,114,116,40,49,41))", []string{"decode-run at eval(String."}},
		{"characters in a loop", "var s='';for(var i=0;i<n.length;i++)s+=String.fromCharCode(n[i]^k);eval(s)", []string{"decode-run at eval(s)"}},
		{"a packer", "eval(function(p,a,c,k,e,d){while(c--)p=p.replace(k[c],e);return p}('" + longText + "',3,3,'a|b'.split('|')))", []string{"decode-run at eval(functio"}},
		{"its own decoder", "function d(s){return s.split(';').map(c=>parseInt(c,36)).join('')}eval(d('" + longText + "'))", []string{"decode-run at eval(d('3k;2"}},
		{"a decoder with the primitive inside", "function d(s){return atob(s)}eval(d(x))", []string{"decode-run at eval(d(x))"}},
		{"a library's decoder", "eval(lib.decompress('" + longText + "'))", []string{"decode-run at eval(lib.dec"}},
		{"a program in a text", "Function('e'," + fmt.Sprintf("%q", strings.Repeat("e.run(1);", 120)) + ")(x)", []string{"decode-run at Function('e'"}},
		{"reversed", "eval('" + ")1(trela" + "'.split('').reverse().join(''))", []string{"decode-run at eval(')1(tre"}},
		{"reversed in steps", "const r=s.split('').reverse();eval(r.join(''));const l=[...s].reverse();Function(l.join(''));setTimeout(c.reverse().join(''))", []string{"decode-run at eval(r.join", "decode-run at Function(l", "decode-run at setTimeout"}},
		{"a list reversed", "setImmediate(entries.reverse().reduce(function(next,entry){return function(){add(entry,next)}},done));setTimeout([a,b].reverse().map(f)[0],5)", nil},
		{"an import of data", "import('data:text/javascript;base64,Zm9vKCk7')", []string{"decode-run at import('data"}},
		{"a member that was given eval", "const o={};o.run=eval;o.run(atob(x))", []string{"decode-run at o.run(atob("}},
		{"a member of a literal", "const o={run:Function};o.run(atob(x))()", []string{"decode-run at o.run(atob("}},
		{"taken from the global object", "const {eval:e}=globalThis;e(atob(x))", []string{"decode-run at e(atob(x))"}},
		{"handed on", "(function(run){run(atob(x))})(eval)", []string{"decode-run at run(atob(x)"}},
		{"through names", "const c=b,d=c,f=d;var b=a;var a=eval;f(atob(x))", []string{"decode-run at f(atob(x))"}},
		{"one of two", "const g=self||window,e=y?g.eval:0;e(atob(x))", []string{"decode-run at e(atob(x))"}},
		{"assigned in a pattern", "let e;({eval:e}=globalThis);e(atob(x))", []string{"decode-run at e(atob(x))"}},
		{"a TypeScript import", "import vm = require('vm'); vm.runInThisContext(atob(x))", []string{"decode-run at vm.runInThi"}},
		{"a worker with decoded text", "const {Worker}=require('worker_threads');new Worker(atob(x),{eval:true})", []string{"decode-run at new Worker(a"}},
		{"a decoded program", "eval(decodeURIComponent(location.hash));new Function(new TextDecoder().decode(x))", []string{"decode-run at eval(decode", "decode-run at new Function"}},
		{"a decoded program between marks", "eval('('+decodeURIComponent(x)+')');Function(`\n${decodeURI(x)};`)", []string{"decode-run at eval('('+de", "decode-run at Function(`\n"}},
		{"a decoded text of the file in a program", "new Function('return function () {' + decodeURIComponent('%61%28%31%29') + '}')", []string{"decode-run at new Function"}},
		{"base64 in a program", "new Function('return function () {' + atob(x) + '}');eval(`const list = [${unescape(x)}]`)", []string{"decode-run at new Function", "decode-run at eval(`const"}},
		{"characters in a program", "eval('var list = ' + String.fromCharCode.apply(null, x))", []string{"decode-run at eval('var l"}},
		{"a decoded name in a program", "new Function('_', 'return function ' + decodeURIComponent(name) + '() { return _.apply(this, arguments) }')", nil},
		{"a decoded value in a program", "const d = new TextDecoder(); const t = d.decode(bytes); new Function('m', 'var callback = '.concat(t, '; return callback(m)')); eval(`const option = ${decodeURI(q)};`)", nil},
		{"a method bound to its call", "const push = Function.call.bind(Array.prototype.push); push(list, String.fromCharCode(n))", nil},
		{"a runner bound to its call", "const run = Function.call.bind(eval); run(null, atob(x))", []string{"decode-run at run(null, a"}},
		{"eval", "eval(code);eval('1+1');new Function('return this')();Function('a','b',body)", nil},
		{"decoding", "const t=atob(x);show(t);JSON.parse(Buffer.from(x,'base64').toString());decodeURIComponent(q)", nil},
		{"a timer with a function", "setTimeout(function(){show(atob(x))},5);setInterval(()=>decodeURIComponent(x),5);setTimeout(later,5)", nil},
		{"bundled modules", "eval(\"__webpack_require__.r(e);\\n\\n//# sourceURL=webpack:///./a.js?\");", nil},
		{"a function in a text", "new Function('a', 'return a * 2')(3);eval(" + fmt.Sprintf("%q", strings.Repeat("e.run(1);", 120)) + ")", nil},
		{"a compiled template", "function compile(s){const body='return '+JSON.stringify(s);return new Function('data',body)}", nil},
		{"a script from a file", "const vm=require('vm'),fs=require('fs');vm.runInThisContext(fs.readFileSync(f,'utf8'),{filename:f});new vm.Script(wrap(code))", nil},
		{"a local eval", "function eval2(s){return s}const o={eval(s){return s}};eval2(atob(x));o.eval(atob(x))", nil},
		{"a newline by number", "eval('a'+String.fromCharCode(10)+'b')", nil},

		// EscapedStrings.
		{"hexadecimal escapes", `f('` + escapedAs(`\x%02x`, "require") + `')`, []string{`escaped-strings at '\x72\x65\x7`}},
		{"Unicode escapes", `f("` + escapedAs(`\u%04x`, "fetch it") + `")`, []string{`escaped-strings at "\u0066\u00`}},
		{"escapes with braces", "f(`" + escapedAs(`\u{%x}`, "spawn") + "`)", []string{"escaped-strings at `\\u{73}\\u{7"}},
		{"partly escaped", `f('\x63hi\x6c\x64_p\x72o\x63\x65s\x73')`, []string{`escaped-strings at '\x63hi\x6c`}},
		{"escaped marks", `f('\x3cscript\x3e\x26\x22\x27\x2f\x3d\x3b\x28\x29', '\u003c\u003e\u0026\u2028\u00e9\u4e2d\u6587', '\n\r\t\\\'\0')`, nil},
		{"a character table", `f('\u0041-\u005a\u0061-\u007a\u00aa\u00b5\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02c1\u02c6-\u02d1')`, nil},
		{"a few escaped letters", `f('\x41ll \x62egin with an escaped \x6cetter, as \x69n a table \x6ff \x6bana')`, nil},
		{"a magic number", `f('\x4f\x54\x54\x4f', '\x89PNG\x0d\x0a\x1a\x0a')`, nil},
		{"escapes in a pattern", `f(/\x72\x65\x71\x75\x69\x72\x65/)`, nil},
		{"escapes in a comment", `// '\x72\x65\x71\x75\x69\x72\x65'`, nil},

		// HighEntropyLiteral.
		{"base64 noise", "f('" + base64Of(noise(300)) + "')", []string{"high-entropy-literal at '" + base64Of(noise(300))[:11]}},
		{"hexadecimal noise", "f('" + hex.EncodeToString(noise(150)) + "')", []string{"high-entropy-literal at '" + hex.EncodeToString(noise(150))[:11]}},
		{"base64 of code", "f('" + base64Of(prose(300)) + "')", []string{"high-entropy-literal at '" + base64Of(prose(300))[:11]}},
		{"hexadecimal code", "f(`" + hex.EncodeToString(prose(300)) + "`)", []string{"high-entropy-literal at `" + hex.EncodeToString(prose(300))[:11]}},
		{"a script as a data URL", "f('data:text/javascript;base64," + base64Of(prose(300)) + "')", []string{"high-entropy-literal at 'data:text/j"}},
		{"a false image", "f('data:image/png;base64," + base64Of(noise(300)) + "')", []string{"high-entropy-literal at 'data:image/"}},
		{"data behind an image", "f('" + base64Of(append(png(300), noise(200)...)) + "')", []string{"high-entropy-literal at 'iVBORw0KGgo"}},
		{"data behind a module", "f('" + base64Of(append(wasm(300), 0xff, 0xff, 0xff)) + "')", []string{"high-entropy-literal at 'AGFzbQEAAAA"}},
		{"data behind a font", "f('" + base64Of(append(font(300), noise(200)...)) + "')", []string{"high-entropy-literal at 'd09GMgABAAA"}},
		{"base64 of the URL alphabet", "f('" + base64.RawURLEncoding.EncodeToString(noise(301)) + "')", []string{"high-entropy-literal at '" + base64.RawURLEncoding.EncodeToString(noise(301))[:11]}},
		{"noise in 90 characters", "f('" + denseOf(noise(400)) + "')", []string{"high-entropy-literal at '" + denseOf(noise(400))[:11]}},
		{"code in a text", "f(`" + strings.Repeat(tight, 3) + "`)", nil},
		{"a short key", "f('" + base64Of(noise(128)) + "','" + hex.EncodeToString(noise(64)) + "')", nil},
		{"a text", "f('" + strings.Repeat("the quick brown fox jumps over the lazy dog ", 10) + "')", nil},
		{"an alphabet", "f('" + strings.Repeat("abcdefghijklmnop", 20) + "')", nil},
		{"an image", "f('" + base64Of(png(300)) + "','data:image/png;base64," + base64Of(png(301)) + "',\"url('data:image/png;base64," + base64Of(png(302)) + "')\")", nil},
		{"a module", "f('" + base64Of(wasm(300)) + "','" + hex.EncodeToString(wasm(200)) + "')", nil},
		{"a font", "f('" + base64Of(font(300)) + "')", nil},
		{"a drawing", "f('data:image/svg+xml;base64," + base64Of([]byte("<svg>"+string(prose(300))+"</svg>")) + "')", nil},
		{"a map in a text", "f('a\\n//# sourceMappingURL=data:application/json;base64," + base64Of(prose(300)) + "')", nil},
		{"integrity", "f('sha512-" + base64Of(noise(64)) + " sha384-" + base64Of(noise(48)) + " sha512-" + base64Of(noise(65)) + "')", nil},
		{"a certificate", "f('-----BEGIN CERTIFICATE-----\\n" + base64Of(noise(300)) + "\\n-----END CERTIFICATE-----')", nil},
		{"a certificate without lines", "f('" + base64Of(certificate(300)) + "')", nil},
		{"a prime", "f('FFFFFFFFFFFFFFFFC90FDAA2" + hex.EncodeToString(noise(150)) + "FFFFFFFFFFFFFFFF')", nil},
		{"a ramp of colours", "f('" + hex.EncodeToString(ramp()) + "')", nil},
		{"noise in a comment", "// " + base64Of(noise(300)), nil},

		// ManyNumbers.
		{"codes", "f([" + codesOf(prose(300), "%d") + "])", []string{"many-numbers at 102,111,114,"}},
		{"hexadecimal codes on lines", "f(String.fromCharCode(" + strings.ReplaceAll(codesOf(prose(300), "0x%x"), "0x20,", "0x20,\n  ") + "))", []string{"many-numbers at 0x66,0x6f,0x"}},
		{"codes in a text", "f('" + codesOf(prose(300), "%d") + "'.split(','))", []string{"many-numbers at 102,111,114,"}},
		{"few codes", "f([" + codesOf(prose(200), "%d") + "])", nil},
		{"bytes", "f([" + codesOf(noise(400), "%d") + "])", nil},
		{"a module in bytes", "f([" + codesOf(wasm(400), "%d") + "])", nil},
		{"a table of marks", "f([" + strings.Repeat("33,34,35,36,37,38,39,40,41,42,43,44,45,46,58,59,60,61,62,63,64,", 20) + "])", nil},
		{"a table of widths", "f([" + strings.Repeat("278,355,556,889,667,", 80) + "])", nil},
		{"a table of small numbers", "f([" + strings.Repeat("0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,", 20) + "])", nil},

		// InvisibleUnicode.
		{"hidden bytes", "f('" + selectors("payload bytes") + "')", []string{"invisible-unicode at " + selectors("payload bytes")[:12]}},
		{"hidden text", "// note" + tags("do something else"), []string{"invisible-unicode at " + tags("do something else")[:12]}},
		{"hidden bits", "f(`\u200b\u200c\u200b\u200b\u200c\u200c\u200b\u200c`)", []string{"invisible-unicode at \u200b\u200c\u200b\u200b"}},
		{"a hidden name", "const {a, \u3164} = b; f(\u3164)", []string{"invisible-unicode at \u3164", "invisible-unicode at \u3164"}},
		{"a joiner in a name", "const is\u200dAdmin = f(); g(is\u200dAdmin)", []string{"invisible-unicode at \u200d", "invisible-unicode at \u200d"}},
		{"spread over the file", "f('" + strings.Repeat("a\u200b", minScattered) + "')", []string{"invisible-unicode at "}},
		{"a mark of the byte order", "\ufeff// a\n\ufefff()", nil},
		{"emoji", "f('" + strings.Repeat("👩\u200d💻 👨\u200d👩\u200d👧\u200d👦 ❤\ufe0f\u200d🔥 🏳\ufe0f\u200d🌈 1\ufe0f\u20e3 👁\ufe0f\u200d🗨\ufe0f", 30) + "'," + strings.Repeat("'\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f',", 30) + "0)", nil},
		{"Persian", strings.Repeat("// می\u200cخواهم نامه\u200cای بنویسم\nf('کتاب\u200cها');\n", 40), nil},
		{"Hindi", strings.Repeat("// क\u200dष र\u200dय श्री\u200c\n", 60), nil},
		{"Thai", strings.Repeat("f('ภาษา\u200bไทย');", 80), nil},
		{"ideographs", strings.Repeat("f('葛\U000e0100城 辻\U000e0101');\n", 40), nil},
		{"written as escapes", `f(/[\u200b-\u200f\ufeff]/, '\u200b\u200c\u200d\u2060\u200b\u200c\u200d\u2060\u200b')`, nil},
		{"a slip", "f('a\u200b b'); // copied\u200b", nil},
		{"a name for each", "f(' \u200b Task\u200b\u200b Task\u200b\u200b\u200b\u200b\u200b\u200b\u200b\u200b')", nil},

		// BidiUnicode.
		{"an early return", "/* begin\u202e } \u2066if (admin)\u2069 \u2066 */ f()", []string{"bidi-unicode at \u202e } \u2066if "}},
		{"a stretched string", "if (role !== 'user\u202e \u2066// check\u2069 \u2066') f()", []string{"bidi-unicode at \u202e \u2066// ch"}},
		{"closed around Latin", "f('\u2067abc\u2069')", []string{"bidi-unicode at \u2067abc\u2069"}},
		{"open around Hebrew", "f('\u202eשלום')", []string{"bidi-unicode at \u202e"}},
		{"two lines", "f('\u202e')\nf('\u2066')", []string{"bidi-unicode at \u202e", "bidi-unicode at \u2066"}},
		{"controls in a text of one script", "f('这是\u202e一段很长的中文文字，其中没有任何表格，也没有别的东西，只是为了看看结果如何')", []string{"bidi-unicode at \u202e"}},
		{"a control in a class", "f(/[\u202e]/)", []string{"bidi-unicode at \u202e"}},
		{"a range and a comment", "f(/[\u202a-\u202e]/) // \u202e done", []string{"bidi-unicode at \u202a"}},
		{"a range behind a class", "f(/[a]\u202a-\u202e/)", []string{"bidi-unicode at \u202a"}},
		{"a range in a class", "f(/[\u200b-\u200f\u202a-\u202e\u2066-\u2069]/)", nil},
		{"a table of characters", "f('" + characterTable("\u202a\u202c", 0x100) + "', `" + characterTable("\u202e", 0x180) + "`)", nil},
		{"a table of characters in a comment", "f() // " + characterTable("\u202a\u202c", 0x100)[:60] + characterTable("\u202e", 0x300), []string{"bidi-unicode at "}},
		{"Hebrew", "f('\u2067שלום\u2069', '\u202bשלום\u202c') // \u2067עולם\u2069", nil},
		{"marks", "f('שלום\u200f (a)\u200e')", nil},
		{"escaped controls", `f('\u202e\u2066', /[\u202a-\u202e]/)`, nil},

		// PushedRight.
		{"behind spaces", "f();" + strings.Repeat(" ", minPush) + "g()", []string{"pushed-right at g()"}},
		{"behind tabs", "f(); // a\nf();" + strings.Repeat("\t ", minPush/2) + "g()\nh()", []string{"pushed-right at g()"}},
		{"behind a comment", "f(); /* a */" + strings.Repeat(" ", 3*minPush) + "/* b */ g()", []string{"pushed-right at g()"}},
		{"behind blank lines", "f();" + strings.Repeat("\n", minBlankLines+1) + "g()", []string{"pushed-right at g()"}},
		{"behind lines of blanks", "f();" + strings.Repeat("\n  ", minBlankLines+1) + "g()", []string{"pushed-right at g()"}},
		{"behind fewer", "f();" + strings.Repeat(" ", minPush-1) + "g();" + strings.Repeat("\n", minBlankLines) + "h()", nil},
		{"a comment far right", "f();" + strings.Repeat(" ", minPush) + "// a", nil},
		{"blanks in a text", "f('a" + strings.Repeat(" ", 2*minPush) + "b',`c" + strings.Repeat(" ", minPush) + "d" + strings.Repeat("\n", 200) + "e`)", nil},
		{"blanks in a comment", "/* a" + strings.Repeat(" ", minPush) + "b" + strings.Repeat("\n", 200) + "c */ f()", nil},
		{"blanks at the end", "f();" + strings.Repeat(" ", 2*minPush) + "\r\n" + strings.Repeat("\n", 200), nil},
		{"deeply indented", "f(\n" + strings.Repeat(" ", 2*minPush) + "a)", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := Parse("a.js", []byte(test.src), Options{})
			if !f.Tree() {
				t.Fatalf("no tree: %s", f.Skipped)
			}
			if diff := differ(f, test.want); diff != "" {
				t.Errorf("signs differ (-want +got):\n%s", diff)
			}
			// The same by tokens, as far as it needs no tree.
			var want []string
			for _, s := range test.want {
				if kind, _, _ := strings.Cut(s, " "); slices.ContainsFunc(tokenKinds, func(k SignKind) bool { return k.String() == kind }) {
					want = append(want, s)
				}
			}
			if diff := differ(Parse("a.js", []byte(test.src), Options{Tokens: true}), want); diff != "" {
				t.Errorf("signs by tokens differ (-want +got):\n%s", diff)
			}
		})
	}
}

// png returns the bytes of an image with n bytes of data.
func png(n int) []byte {
	data := binary.BigEndian.AppendUint32([]byte("\x89PNG\r\n\x1a\n"), uint32(n))
	data = append(append(data, "IDAT"...), noise(n)...)
	return append(data, "\x00\x00\x00\x00\x00\x00\x00\x00IEND\xaeB`\x82"...)
}

// wasm returns a module with one section of n bytes.
func wasm(n int) []byte {
	data := binary.AppendUvarint([]byte("\x00asm\x01\x00\x00\x00\x00"), uint64(n))
	return append(data, noise(n)...)
}

// font returns a font of n bytes.
func font(n int) []byte {
	data := append([]byte("wOF2\x00\x01\x00\x00"), 0, 0, 0, 0)
	binary.BigEndian.PutUint32(data[8:], uint32(n))
	return append(data, noise(n-len(data))...)
}

// certificate returns a sequence in DER with n bytes of content.
func certificate(n int) []byte {
	return append([]byte{0x30, 0x82, byte(n >> 8), byte(n)}, noise(n)...)
}

// ramp returns 256 colours that change little by little.
func ramp() (data []byte) {
	for i := range 256 {
		data = append(data, byte(i), byte(255-i/2), byte(i*i/512))
	}
	return data
}

// characterTable returns a table with a few characters in the midst of it.
func characterTable(text string, step rune) string {
	var b strings.Builder
	for r := rune(0x100); r < 0x2d00; r += step {
		b.WriteRune(r + 0x61)
		if r < 0x1600 && r+step >= 0x1600 {
			b.WriteString(text)
		}
	}
	return b.String()
}

// selectors hides bytes in variation selectors, and tags ASCII in tags.
func selectors(text string) string {
	return strings.Map(func(r rune) rune { return 0xe0100 + r - 16 }, text)
}

func tags(text string) string {
	return strings.Map(func(r rune) rune { return 0xe0000 + r }, text)
}

func TestMinified(t *testing.T) {
	for _, test := range []struct{ name, src, want string }{
		{"minified", tight, "function tot"},
		{"minified behind a licence", "/*!\n * " + strings.Repeat("Permission is granted to any person. ", 20) + "\n */\n" + tight, "function tot"},
		{"minified on lines", strings.Repeat(tight+"\n", 3) + "//# sourceMappingURL=a.js.map\n", "function tot"},
		{"minified behind a licence on its line", "/*! licence */" + tight, "/*! licence "},
		{"source", source(50), ""},
		{"source with a licence on one line", "// " + strings.Repeat("Permission is granted. ", 100) + "\n" + source(20), ""},
		{"source with a long message", "const message = '" + strings.Repeat("Do not (ever); do = this. ", 100) + "';\n" + source(7), ""},
		{"source on one long line", strings.ReplaceAll(source(50), "\n", " "), ""},
		{"a little minified code in source", source(100) + tight, ""},
		{"a table of numbers", "module.exports=[" + strings.Repeat("12,345,6,", 200) + "7];", ""},
		{"a large table with calls", "module.exports=[" + strings.Repeat("12,345,6,", 2000) + "f(1),f(2),f(3),f(4),f(5)];", ""},
		{"a small table", "module.exports={" + strings.Repeat(`aa:"x y",b:true,`, 30) + "c:1}", ""},
		{"data and a little minified code", source(50) + tight + "\nconst data='" + base64Of(noise(4000)) + "';", ""},
		{"a table of names", "module.exports={" + strings.Repeat(`"aa":{"b":true,"c":"d e"},`, 100) + "}", ""},
		{"calls with long texts", strings.Repeat("check('"+base64Of(noise(300))+"');\n", 100), ""},
		{"a source map", source(7) + "//# sourceMappingURL=data:application/json;base64," + base64Of(prose(2000)), ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, opts := range []Options{{}, {Tokens: true}} {
				f := Parse("a.js", []byte(test.src), opts)
				signs := f.Signs()
				if got := signs.Count(Minified); (got == 1) != (test.want != "") || got > 1 {
					t.Errorf("%d signs", got)
				} else if got == 1 && !strings.HasPrefix(f.Text[signs.List[0].Pos:], test.want) {
					t.Errorf("sign at %.20s", f.Text[signs.List[0].Pos:])
				}
			}
		})
	}
}

// TestSignsDetail looks at what signs say.
func TestSignsDetail(t *testing.T) {
	for _, test := range []struct{ name, src, want string }{
		{"names", "f(_0x1a2b,_0x3c4d,_0x5e6f,_0x7a8b,_0x9c0d,_0x9c0d)", "5 machine-made names, the first _0x1a2b"},
		{"escapes", `f('\x66\x65\x74\x63\x68')`, "5 of 5 characters: fetch"},
		{"bidirectional", "\n\nf('\u2066a\u202eb')", "U+2066 U+202E in f('.a.b')"},
		{"invisible", "f('\u200b\u200c\u200b\u200c\u200b\u200c\u200b\u200c\u200b')", "9 characters: U+200B U+200C U+200B U+200C U+200B U+200C U+200B U+200C"},
		{"pushed", "f();" + strings.Repeat(" ", 300) + "run('a')", "300 blanks before run('a')"},
		{"decoded", "eval(Buffer.from(a, 'hex'))", "eval runs Buffer.from hex"},
		{"codes", "f([" + codesOf(prose(260), "%d") + "])", "260 characters: for (const item of list) { total += item.price * 3; }.for (const item of list) { total += item.price …"},
		{"steps", "while(1){switch(a[i++]){case '0':b();continue;case '1':c();continue;case '2':d();continue}break}", "3 steps in the order of a list"},
	} {
		t.Run(test.name, func(t *testing.T) {
			list := Parse("a.js", []byte(test.src), Options{}).Signs().List
			if len(list) != 1 {
				t.Fatalf("signs %v", list)
			}
			if list[0].Detail != test.want {
				t.Errorf("detail %q, want %q", list[0].Detail, test.want)
			}
		})
	}
}

// TestSignsBounds wants the first signs kept and all of them counted.
func TestSignsBounds(t *testing.T) {
	literal := "f('" + base64Of(noise(300)) + "');\n"
	f := Parse("a.js", []byte(strings.Repeat(literal, 5*MaxSigns)), Options{})
	signs := f.Signs()
	if got := signs.Count(HighEntropyLiteral); got != 5*MaxSigns {
		t.Errorf("counted %d", got)
	}
	if len(signs.List) != MaxSigns {
		t.Fatalf("kept %d", len(signs.List))
	}
	for i, s := range signs.List {
		if s.Pos != i*len(literal)+2 || s.End != s.Pos+len(base64Of(noise(300)))+2 {
			t.Errorf("sign %d at %d to %d", i, s.Pos, s.End)
		}
	}
	if got := signs.Count(BidiUnicode); got != 0 {
		t.Errorf("counted %d of another kind", got)
	}
}

// TestSignsSplit reads a literal that is cut into a sum.
func TestSignsSplit(t *testing.T) {
	text := base64Of(noise(300))
	var pieces []string
	for len(text) > 0 {
		n := min(len(text), 50)
		pieces = append(pieces, "'"+text[:n]+"'")
		text = text[n:]
	}
	src := "f(" + strings.Join(pieces, " +\n  ") + ")"
	if diff := differ(Parse("a.js", []byte(src), Options{}), []string{"high-entropy-literal at " + src[2:14]}); diff != "" {
		t.Errorf("signs differ (-want +got):\n%s", diff)
	}
}

// TestSignsShapes reads what nests and repeats without end.
func TestSignsShapes(t *testing.T) {
	for _, s := range shapes {
		for _, n := range []int{3, 1000} {
			for _, opts := range []Options{{}, {Tokens: true}} {
				checkSigns(t, Parse(s.file, []byte(s.text(n)), opts))
			}
		}
	}
}

// checkSigns wants what holds of the signs of every file.
func checkSigns(t *testing.T, f *File) {
	signs := f.Signs()
	var kept [signKinds]int
	last := Sign{}
	for _, s := range signs.List {
		kept[s.Kind]++
		if s.Pos < last.Pos || s.End < s.Pos || s.End > len(f.Text) {
			t.Fatalf("sign %+v of %d bytes behind %d", s, len(f.Text), last.Pos)
		}
		if s.Detail == "" || len(s.Detail) > MaxDetail || !utf8.ValidString(s.Detail) || strings.ContainsFunc(s.Detail, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Fatalf("detail %q", s.Detail)
		}
		last = s
	}
	for kind, n := range kept {
		if all := signs.Count(SignKind(kind)); n != min(all, MaxSigns) {
			t.Fatalf("kept %d of %d %s", n, all, SignKind(kind))
		}
	}
	if diff := cmp.Diff(signs.List, f.Signs().List); diff != "" {
		t.Fatalf("a second reading differs:\n%s", diff)
	}
}

// TestSignsUnread wants nothing of a file that was not read.
func TestSignsUnread(t *testing.T) {
	f := Parse("a.js", make([]byte, MaxText+1), Options{})
	if signs := f.Signs(); len(signs.List) != 0 {
		t.Errorf("signs %v", signs.List)
	}
}

func TestSignKinds(t *testing.T) {
	seen := make(map[string]bool)
	for kind := SignKind(0); kind < signKinds; kind++ {
		if name := kind.String(); name == "" || seen[name] {
			t.Errorf("kind %d is called %q", kind, name)
		} else {
			seen[name] = true
		}
	}
}

func FuzzSigns(f *testing.F) {
	for _, src := range []string{
		tight, "_0x1a2b", `'\x61\x62\u{63}\u00e9\u{'`, "'" + base64Of(noise(200)) + "'", "[" + codesOf(prose(300), "%d") + "]",
		"f('" + hex.EncodeToString(wasm(200)) + "')", "'" + base64Of(png(200)) + "'", "'data:," + base64Of(font(200)) + "'", "'MIIBAA==" + base64Of(noise(200)),
		"\u200b\u200c\u200d\ufeff\u3164\U000e0061\ufe0f", "/* \u202e \u2066 */ שלום\n\u2069", "a" + strings.Repeat(" ", 300) + "b" + strings.Repeat("\n", 120) + "`c",
		"function a(){const b=['1','2','3','4','5','6','7','8'];a=function(){return b};return a()}(function(c,d){c().push(c().shift())}(a,1))",
		"while(!![]){switch(a[b++]){case'0':continue;case'1':continue;case'2':continue}break}",
		"for(;;)switch(s){case 5:s=1;break;case 3:s=c?2:4,d();break;case 4:s=5;break;case 1:{s=3}break;case 2:return}",
		"eval(function(a){return a}('b'.repeat(200)))", "(()=>{}).constructor(a)()", "setInterval(function(){debugger})", "new (require('vm').Script)(atob(a))",
		"eval(`return ${decodeURI(a)}`+'function'+b.concat('callback',c.split('').reverse()))", "f('" + characterTable("\u202a\u202c", 0x100) + "', /[\u202a-\u202e]/)",
		"function a(){let s=1;return function(){for(;;)switch(s){case 3:s=1;return b;case 1:s=5;return;case 2:s=3;break;case 5:s=2;break;case 4:return}}}",
		"a=b;b=a;eval(a)", "function a(b){return a(b)}eval(a(a))", "(function(){})[a()](b)[c]()", "x?function(){return arguments}:function(){}",
	} {
		f.Add("a.js", []byte(src))
		f.Add("a.ts", []byte(src))
	}
	f.Fuzz(func(t *testing.T, name string, src []byte) {
		if len(src) > maxFuzz {
			return
		}
		for _, opts := range []Options{{}, {Tokens: true}} {
			checkSigns(t, Parse(name, src, opts))
		}
	})
}

// BenchmarkSigns reads the signs of parsed files.
func BenchmarkSigns(b *testing.B) {
	bench(b, func(s script) {
		b.StopTimer()
		f := Parse(s.name, s.text, Options{})
		b.StartTimer()
		f.Signs()
	})
}

// BenchmarkSignsText is the pass over the whole text alone.
func BenchmarkSignsText(b *testing.B) {
	bench(b, func(s script) {
		b.StopTimer()
		f := &File{Name: s.name, Text: decode(s.text)}
		b.StartTimer()
		(&signer{file: f}).text()
	})
}
