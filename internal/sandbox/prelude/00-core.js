// The core: the host's functions, copies of the intrinsics that the recording
// path needs, and the conversions between text and bytes. The code under audit
// runs in the same realm, so nothing here may look a method up on a prototype
// after the entry has started: what is called is called by reference.
const host = __host; // the parameter of the function around these files
const hostRecord = host.record, hostCompile = host.compile, hostRewrite = host.rewrite, hostRead = host.read;

const apply = Reflect.apply, construct = Reflect.construct, ownKeysOf = Reflect.ownKeys;
const reflectGet = Reflect.get, reflectSet = Reflect.set, reflectDefine = Reflect.defineProperty, reflectDelete = Reflect.deleteProperty;
const uncurry = Function.prototype.bind.bind(Function.prototype.call);
const Obj = Object, create = Object.create, freeze = Object.freeze, getProto = Object.getPrototypeOf;
const setProto = Object.setPrototypeOf, getDesc = Object.getOwnPropertyDescriptor, keysOf = Object.keys;
const assign = Object.assign, defProps = Object.defineProperty;
const hasOwn = uncurry(Object.prototype.hasOwnProperty);
const objToString = uncurry(Object.prototype.toString);
const Str = String, Num = Number, Arr = Array, Err = Error, TypeErr = TypeError, RangeErr = RangeError;
const Prom = Promise, PMap = Map, PSet = Set, PWeakMap = WeakMap, PWeakSet = WeakSet, ProxyC = Proxy, Sym = Symbol;
const isArray = Array.isArray, fromCharCode = String.fromCharCode;
const U8 = Uint8Array, ABuf = ArrayBuffer, DView = DataView;
const isView = ArrayBuffer.isView;
const typedProto = getProto(Uint8Array.prototype);
const viewBuffer = uncurry(getDesc(typedProto, 'buffer').get);
const viewOffset = uncurry(getDesc(typedProto, 'byteOffset').get);
const viewLength = uncurry(getDesc(typedProto, 'byteLength').get);
const dviewBuffer = uncurry(getDesc(DataView.prototype, 'buffer').get);
const dviewOffset = uncurry(getDesc(DataView.prototype, 'byteOffset').get);
const dviewLength = uncurry(getDesc(DataView.prototype, 'byteLength').get);
const abLength = uncurry(getDesc(ArrayBuffer.prototype, 'byteLength').get);
const typedSet = uncurry(typedProto.set);
const charCodeAt = uncurry(String.prototype.charCodeAt), strSlice = uncurry(String.prototype.slice);
const strIndexOf = uncurry(String.prototype.indexOf), strLower = uncurry(String.prototype.toLowerCase);
const strUpper = uncurry(String.prototype.toUpperCase), splitString = uncurry(String.prototype.split);
const strStarts = uncurry(String.prototype.startsWith), strEnds = uncurry(String.prototype.endsWith);
const strTrim = uncurry(String.prototype.trim), strLastIndexOf = uncurry(String.prototype.lastIndexOf);
const strRepeat = uncurry(String.prototype.repeat), strPadStart = uncurry(String.prototype.padStart);
const numToString = uncurry(Number.prototype.toString);
const arrJoin = uncurry(Array.prototype.join), sliceArray = uncurry(Array.prototype.slice);
const arrPush = uncurry(Array.prototype.push), arrIndexOf = uncurry(Array.prototype.indexOf);
const arrShift = uncurry(Array.prototype.shift), arrSplice = uncurry(Array.prototype.splice);
const arrSort = uncurry(Array.prototype.sort);
const rxExec = uncurry(RegExp.prototype.exec);
const mapGet = uncurry(Map.prototype.get), mapSet = uncurry(Map.prototype.set), mapHas = uncurry(Map.prototype.has);
const mapDelete = uncurry(Map.prototype.delete), mapForEach = uncurry(Map.prototype.forEach);
const setAdd = uncurry(Set.prototype.add), setHas = uncurry(Set.prototype.has), setDelete = uncurry(Set.prototype.delete);
const setForEach = uncurry(Set.prototype.forEach);
const wmGet = uncurry(WeakMap.prototype.get), wmSet = uncurry(WeakMap.prototype.set), wmHas = uncurry(WeakMap.prototype.has);
const promThen = uncurry(Promise.prototype.then), promResolve = Promise.resolve.bind(Promise), promReject = Promise.reject.bind(Promise);
const jsonStringify = JSON.stringify, jsonParse = JSON.parse;
const mathMin = Math.min, mathMax = Math.max, mathFloor = Math.floor;
const encodeURI_ = encodeURIComponent, decodeURI_ = decodeURIComponent, escape_ = escape, unescape_ = unescape;
const fnToString = uncurry(Function.prototype.toString);
const realEval = globalThis.eval;
const asyncIterator = Symbol.asyncIterator;
const captureStack = Error.captureStackTrace;

const world = jsonParse(host.world());
const who = world.identity, entry = world.entry;
const windows = who.platform === 'win32';
const maxData = 256 * 1024;

// The prelude's own arrays keep the methods that arrays had at the start, whatever
// a script puts on Array.prototype. They are arrays for everyone else.
const safeProto = create(Array.prototype);
{
  const keys = ownKeysOf(Array.prototype);
  for (let i = 0; i < keys.length; i++) {
    const d = getDesc(Array.prototype, keys[i]);
    if (keys[i] !== 'length' && d.value !== undefined) defProps(safeProto, keys[i], d);
  }
}
for (const name of ['map', 'filter', 'concat', 'slice', 'splice']) {
  const f = safeProto[name];
  defProps(safeProto, name, { value: { [name](...args) { const out = apply(f, this, args); return setProto(out, safeProto); } }[name], writable: true, configurable: true });
}
freeze(safeProto);
function safe(list) { return setProto(list, safeProto); }
function objectKeys(o) { return setProto(keysOf(o), safeProto); }
function reflectOwnKeys(o) { return setProto(ownKeysOf(o), safeProto); }
function strSplit(s, by) { return setProto(splitString(s, by), safeProto); }
function arrSlice(list, from, to) { return setProto(sliceArray(list, from, to), safeProto); }

// TOKEN is in everything the fake network answers. Evaluated, it is an
// expression without effect; decoded as base64, it is bytes. So an Eval, Write
// or Spawn that holds it (or what it decodes to) came from the network.
const TOKEN = 'remote7f3a91c2de';

// A descriptor without a prototype: Object.prototype.get, polluted, would turn
// an ordinary literal into an accessor.
function valueDesc(value, enumerable) {
  const d = create(null);
  d.value = value; d.writable = true; d.configurable = true; d.enumerable = !!enumerable;
  return d;
}
function getterDesc(get, set, enumerable) {
  const d = create(null);
  d.get = get; d.set = set; d.configurable = true; d.enumerable = !!enumerable;
  return d;
}
function def(object, name, value) { reflectDefine(object, name, valueDesc(value, false)); return object; }
function getter(object, name, get, set) { reflectDefine(object, name, getterDesc(get, set, true)); return object; }

// text makes a primitive string of anything, whatever its toString does.
function text(x) {
  if (typeof x === 'string') return x;
  if (x === undefined || x === null) return '';
  if (typeof x === 'symbol') return '';
  if (typeof x === 'object' && wmHas(lenients, x)) return wmGet(lenients, x);
  try { return '' + Str(x); } catch (e) { return ''; }
}

// ---- functions that look native -------------------------------------------

const natives = new PWeakMap();
function native(fn, name) {
  wmSet(natives, fn, name === undefined ? fn.name : name);
  return fn;
}
// nativeAll marks the functions of a module, its classes and their prototypes. It
// is done when a script first asks for a function's text: most never do.
let unmarked = null;
function nativeAll(object, depth) {
  unmarked = { object, depth, next: unmarked };
  return object;
}
function isNative(f) {
  while (unmarked !== null) {
    const u = unmarked;
    unmarked = u.next;
    markAll(u.object, u.depth);
  }
  return wmHas(natives, f);
}
function markAll(object, depth) {
  if (object === null || (typeof object !== 'object' && typeof object !== 'function')) return object;
  if (wmHas(nativeSeen, object)) return object;
  wmSet(nativeSeen, object, true);
  if (typeof object === 'function' && !wmHas(natives, object)) wmSet(natives, object, text(object.name));
  if (depth <= 0) return object;
  const keys = reflectOwnKeys(object);
  for (let i = 0; i < keys.length; i++) {
    const d = getDesc(object, keys[i]);
    if (!d) continue;
    if (d.get) wmSet(natives, d.get, 'get ' + text(keys[i]));
    if (d.set) wmSet(natives, d.set, 'set ' + text(keys[i]));
    const v = d.value;
    if (typeof v === 'function' || (typeof v === 'object' && v !== null && depth > 1)) markAll(v, depth - 1);
  }
  return object;
}
const nativeSeen = new PWeakMap();

const toStringFake = {
  toString() {
    if ((typeof this === 'function' || typeof this === 'object') && this !== null && isNative(this)) {
      return 'function ' + wmGet(natives, this) + '() { [native code] }';
    }
    return fnToString(this);
  },
}.toString;
native(toStringFake, 'toString');
def(Function.prototype, 'toString', toStringFake);

// ---- polluted prototypes --------------------------------------------------------

// pristine are the built-in methods as they were at the start.
const pristine = [];
for (const [object, names] of [[Array.prototype, null], [String.prototype, null], [Function.prototype, ['call', 'apply', 'bind', Symbol.hasInstance]], [Promise.prototype, ['then', 'catch', 'finally']],
  [RegExp.prototype, ['exec', 'test', Symbol.split, Symbol.match, Symbol.replace]], [getProto([][Symbol.iterator]()), ['next']]]) {
  const keys = names || ownKeysOf(object);
  for (const k of keys) {
    const d = getDesc(object, k);
    if (d && typeof d.value === 'function' && k !== 'constructor') pristine.push({ object, key: k, value: d.value, own: assign(create(null), d) });
  }
}
// clean calls a function of the prelude with the built-in methods that it knows,
// and puts a script's back afterwards. Scripts are called back later, so theirs
// are not missed.
function clean(f, self, args) {
  let changed = null;
  for (let i = 0; i < pristine.length; i++) {
    const p = pristine[i], d = getDesc(p.object, p.key);
    if (d !== undefined && d.value === p.value) continue;
    changed = { object: p.object, key: p.key, now: d === undefined ? undefined : assign(create(null), d), next: changed };
    reflectDefine(p.object, p.key, p.own);
  }
  if (changed === null) return apply(f, self, args);
  try { return apply(f, self, args); } finally {
    for (let c = changed; c !== null; c = c.next) { if (c.now !== undefined) reflectDefine(c.object, c.key, c.now); else reflectDelete(c.object, c.key); }
  }
}
// cleaned makes the functions of a module run clean. Classes stay as they are:
// they have a prototype, which methods and arrow functions have not.
function cleaned(module) {
  const keys = reflectOwnKeys(module);
  for (let i = 0; i < keys.length; i++) {
    const d = getDesc(module, keys[i]);
    if (d && d.writable && typeof d.value === 'function' && d.value.prototype === undefined) module[keys[i]] = cleanFunction(d.value);
  }
  return module;
}
function cleanFunction(f) {
  const name = f.name, w = { [name](...args) { return clean(f, this, args); } }[name], keys = ownKeysOf(f);
  for (let i = 0; i < keys.length; i++) if (keys[i] !== 'name' && keys[i] !== 'length' && keys[i] !== 'prototype') reflectDefine(w, keys[i], assign(create(null), getDesc(f, keys[i])));
  def(w, 'length', f.length);
  return w;
}

// ---- recording -------------------------------------------------------------

let phase = 'run';
// What unwinds a script that called process.exit. It says nothing about the prelude.
const exitSignal = freeze(create(null));

// where is the stack of a call, for events that are recorded later than the call
// that caused them; for all others the host takes it. It leaves out what the
// script may have put in the way (V8's prepareStackTrace and stackTraceLimit, which QuickJS has too).
function where() {
  let at = '';
  const prep = getDesc(Err, 'prepareStackTrace'), limit = getDesc(Err, 'stackTraceLimit');
  let changed = false;
  try {
    if ((prep && (prep.get || prep.value !== undefined)) || (limit && limit.value !== 10)) {
      changed = true;
      if (prep) reflectSet(Err, 'prepareStackTrace', undefined);
      if (limit) reflectSet(Err, 'stackTraceLimit', 20);
    }
    const e = new Err();
    const d = getDesc(e, 'stack');
    at = d && typeof d.value === 'string' ? d.value : e.stack;
  } catch (e) { at = ''; }
  if (changed) {
    try {
      if (prep && !prep.get) reflectDefine(Err, 'prepareStackTrace', prep);
      else if (prep && prep.value !== undefined) reflectSet(Err, 'prepareStackTrace', prep.value);
      if (limit) reflectSet(Err, 'stackTraceLimit', limit.value);
    } catch (e) { /* the script made them constant */ }
  }
  return typeof at === 'string' ? at : '';
}

function record(kind, api, target, detail, data, at) {
  if (cur !== null && cur.exited) throw exitSignal;
  let d = data === undefined || data === null || data === '' ? '' : bin(data);
  if (d.length > maxData) d = strSlice(d, 0, maxData);
  hostRecord(kind, text(api), text(target), text(detail), d, at === undefined ? '' : at, phase);
}

// recordEval tells of a text that becomes code, twice at most: protections against
// debuggers compile the same text in a loop.
const evaluated = new PMap();
function recordEval(api, how, file, source) {
  const s = text(source), n = mapGet(evaluated, s) || 0;
  if (n >= 2) return;
  mapSet(evaluated, s, n + 1);
  record('eval', api, how, file, s);
}

// recordOnce is for questions that a script may ask in a loop.
const asked = new PSet();
function recordOnce(kind, api, target) {
  const key = phase + '\n' + kind + '\n' + api + '\n' + target;
  if (setHas(asked, key)) return;
  setAdd(asked, key);
  record(kind, api, target, '', '');
}
function ask(what, api) { recordOnce('ask', api, what); }
function missing(name) { recordOnce('missing', name, name); }

// ---- bytes -----------------------------------------------------------------
// Inside the prelude bytes are binary strings, one character a byte.

function utf8(s) {
  try { return unescape_(encodeURI_(s)); } catch (e) { /* a lone surrogate */ }
  const parts = [];
  let start = 0;
  for (let i = 0; i < s.length; i++) {
    const c = charCodeAt(s, i);
    if (c < 0xd800 || c > 0xdfff) continue;
    const n = charCodeAt(s, i + 1);
    if (c < 0xdc00 && n >= 0xdc00 && n <= 0xdfff) { i++; continue; }
    arrPush(parts, unescape_(encodeURI_(strSlice(s, start, i))), '\xef\xbf\xbd');
    start = i + 1;
  }
  arrPush(parts, unescape_(encodeURI_(strSlice(s, start))));
  return arrJoin(parts, '');
}

const highByte = /[\x80-\xff]/;
function fromUtf8(b) {
  if (rxExec(highByte, b) === null) return b;
  try { return decodeURI_(escape_(b)); } catch (e) { /* not UTF-8 */ }
  const out = [];
  for (let i = 0; i < b.length;) {
    const c = charCodeAt(b, i);
    const n = c < 0x80 ? 1 : c >= 0xc2 && c < 0xe0 ? 2 : c >= 0xe0 && c < 0xf0 ? 3 : c >= 0xf0 && c < 0xf5 ? 4 : 0;
    let piece = '\ufffd';
    if (n === 1) piece = strSlice(b, i, i + 1);
    else if (n > 1) { try { piece = decodeURI_(escape_(strSlice(b, i, i + n))); } catch (e) { piece = '\ufffd'; } }
    arrPush(out, piece);
    i += piece === '\ufffd' ? 1 : n;
  }
  return arrJoin(out, '');
}

function bytesToBin(u8) {
  const n = u8.length;
  if (n <= 4096) return apply(fromCharCode, null, u8);
  const parts = [], buffer = viewBuffer(u8), off = viewOffset(u8);
  for (let i = 0; i < n; i += 4096) arrPush(parts, apply(fromCharCode, null, new U8(buffer, off + i, mathMin(4096, n - i))));
  return arrJoin(parts, '');
}
function binToBytes(b, into, at) {
  const u8 = into || new U8(b.length), o = at || 0, n = mathMin(b.length, u8.length - o);
  for (let i = 0; i < n; i++) u8[o + i] = charCodeAt(b, i);
  return u8;
}
function isArrayBuffer(x) {
  try { abLength(x); return true; } catch (e) { return false; }
}
function bytesOf(x) {
  if (isView(x)) {
    try { return new U8(viewBuffer(x), viewOffset(x), viewLength(x)); } catch (e) { /* a DataView */ }
    return new U8(dviewBuffer(x), dviewOffset(x), dviewLength(x));
  }
  return isArrayBuffer(x) ? new U8(x) : null;
}

// bin is anything as bytes: what a call sent, wrote or evaluated.
function bin(x, encoding) {
  if (typeof x === 'string') return encoding === undefined || encoding === null ? utf8(x) : decodeText(x, encoding);
  if (x === undefined || x === null) return '';
  if (typeof x === 'object') {
    const u8 = bytesOf(x);
    if (u8 !== null) return bytesToBin(u8);
    if (wmHas(lenients, x)) return wmGet(lenients, x);
    if (wmHas(bodies, x)) return wmGet(bodies, x)();
    if (isArray(x)) { try { return binOfArray(x); } catch (e) { return ''; } }
  }
  return utf8(text(x));
}
function binOfArray(x) {
  const u8 = new U8(x.length);
  for (let i = 0; i < x.length; i++) {
    if (typeof x[i] !== 'number') return utf8(jsonStringify(x));
    u8[i] = x[i];
  }
  return bytesToBin(u8);
}
// bodies are objects that stand for bytes: Blob, FormData, URLSearchParams.
const bodies = new PWeakMap();

const b64chars = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const b64codes = new U8(64), b64values = new U8(256);
for (let i = 0; i < 256; i++) b64values[i] = 255;
for (let i = 0; i < 64; i++) { b64codes[i] = charCodeAt(b64chars, i); b64values[b64codes[i]] = i; }
b64values[45] = 62; b64values[95] = 63;

function toBase64(b, url) {
  const n = b.length, out = new U8(mathFloor((n + 2) / 3) * 4);
  let o = 0;
  for (let i = 0; i < n; i += 3) {
    const c = charCodeAt(b, i), d = i + 1 < n ? charCodeAt(b, i + 1) : 0, e = i + 2 < n ? charCodeAt(b, i + 2) : 0;
    out[o++] = b64codes[c >> 2];
    out[o++] = b64codes[(c & 3) << 4 | d >> 4];
    out[o++] = i + 1 < n ? b64codes[(d & 15) << 2 | e >> 6] : 61;
    out[o++] = i + 2 < n ? b64codes[e & 63] : 61;
  }
  if (!url) return bytesToBin(out);
  while (o > 0 && out[o - 1] === 61) o--;
  for (let i = 0; i < o; i++) out[i] = out[i] === 43 ? 45 : out[i] === 47 ? 95 : out[i];
  return bytesToBin(new U8(viewBuffer(out), 0, o));
}
function fromBase64(s) {
  const n = s.length, out = new U8(mathFloor(n * 3 / 4) + 3);
  let o = 0, acc = 0, bits = 0;
  for (let i = 0; i < n; i++) {
    const c = charCodeAt(s, i);
    if (c === 61) break;
    const v = c < 256 ? b64values[c] : 255;
    if (v === 255) continue;
    acc = (acc << 6 | v) & 0xffffff;
    bits += 6;
    if (bits >= 8) { bits -= 8; out[o++] = acc >> bits & 255; }
  }
  return bytesToBin(new U8(viewBuffer(out), 0, o));
}
const hexCodes = binToBytes('0123456789abcdef');
function toHex(b) {
  const out = new U8(b.length * 2);
  for (let i = 0; i < b.length; i++) {
    const c = charCodeAt(b, i);
    out[2 * i] = hexCodes[c >> 4 & 15];
    out[2 * i + 1] = hexCodes[c & 15];
  }
  return bytesToBin(out);
}
function hexValue(c) {
  return c >= 48 && c < 58 ? c - 48 : c >= 97 && c < 103 ? c - 87 : c >= 65 && c < 71 ? c - 55 : -1;
}
function fromHex(s) {
  const out = new U8(s.length >> 1);
  let o = 0;
  for (let i = 0; i + 1 < s.length; i += 2) {
    const h = hexValue(charCodeAt(s, i)), l = hexValue(charCodeAt(s, i + 1));
    if (h < 0 || l < 0) break;
    out[o++] = h << 4 | l;
  }
  return bytesToBin(new U8(viewBuffer(out), 0, o));
}
function utf16(s) {
  const out = new U8(s.length * 2);
  for (let i = 0; i < s.length; i++) { const c = charCodeAt(s, i); out[2 * i] = c & 255; out[2 * i + 1] = c >> 8; }
  return bytesToBin(out);
}
function fromUtf16(b) {
  const codes = new Uint16ArrayC(b.length >> 1);
  for (let i = 0; i < codes.length; i++) codes[i] = charCodeAt(b, 2 * i) | charCodeAt(b, 2 * i + 1) << 8;
  const parts = [];
  for (let i = 0; i < codes.length; i += 4096) {
    const some = [];
    for (let j = i; j < mathMin(i + 4096, codes.length); j++) arrPush(some, codes[j]);
    arrPush(parts, apply(fromCharCode, null, some));
  }
  return arrJoin(parts, '');
}
const Uint16ArrayC = Uint16Array;
function latin1(s) {
  const out = new U8(s.length);
  for (let i = 0; i < s.length; i++) out[i] = charCodeAt(s, i);
  return bytesToBin(out);
}

// encodingName is Node's name for an encoding, or undefined.
function encodingName(e) {
  if (e === undefined || e === null || e === '') return 'utf8';
  switch (strLower(text(e))) {
    case 'utf8': case 'utf-8': return 'utf8';
    case 'hex': return 'hex';
    case 'base64': return 'base64';
    case 'base64url': return 'base64url';
    case 'latin1': case 'binary': return 'latin1';
    case 'ascii': return 'ascii';
    case 'ucs2': case 'ucs-2': case 'utf16le': case 'utf-16le': return 'utf16le';
  }
  return undefined;
}
function unknownEncoding(e) { return coded(new TypeErr('Unknown encoding: ' + text(e)), 'ERR_UNKNOWN_ENCODING'); }
// decodeText gives the bytes that a text in an encoding stands for.
function decodeText(s, encoding) {
  switch (encodingName(encoding)) {
    case 'utf8': return utf8(s);
    case 'hex': return fromHex(s);
    case 'base64': case 'base64url': return fromBase64(s);
    case 'latin1': case 'ascii': return latin1(s);
    case 'utf16le': return utf16(s);
  }
  throw unknownEncoding(encoding);
}
// encodeText gives bytes as text in an encoding.
function encodeText(b, encoding) {
  switch (encodingName(encoding)) {
    case 'utf8': return fromUtf8(b);
    case 'hex': return toHex(b);
    case 'base64': return toBase64(b, false);
    case 'base64url': return toBase64(b, true);
    case 'latin1': return b;
    case 'ascii': {
      if (rxExec(highByte, b) === null) return b;
      const u8 = binToBytes(b);
      for (let i = 0; i < u8.length; i++) u8[i] &= 127;
      return bytesToBin(u8);
    }
    case 'utf16le': return fromUtf16(b);
  }
  throw unknownEncoding(encoding);
}

function coded(error, code, more) {
  def(error, 'code', code);
  reflectDefine(error, 'code', valueDesc(code, true));
  if (more) for (const k of objectKeys(more)) reflectDefine(error, k, valueDesc(more[k], true));
  return error;
}

const errnos = { ENOENT: [-2, -4058, 'no such file or directory'], EEXIST: [-17, -4075, 'file already exists'],
  ENOTDIR: [-20, -4052, 'not a directory'], EISDIR: [-21, -4068, 'illegal operation on a directory'],
  ENOTEMPTY: [-39, -4051, 'directory not empty'], EBADF: [-9, -4083, 'bad file descriptor'],
  EINVAL: [-22, -4071, 'invalid argument'], EACCES: [-13, -4092, 'permission denied'],
  ENOTFOUND: [-3008, -3008, 'getaddrinfo ENOTFOUND'], ELOOP: [-40, -4067, 'too many symbolic links'] };
function sysError(code, syscall, path, dest) {
  const known = errnos[code] || [-1, -1, 'unknown error'];
  let message = code + ': ' + known[2] + ', ' + syscall;
  if (path !== undefined) message += " '" + path + "'";
  if (dest !== undefined) message += " -> '" + dest + "'";
  const more = { errno: known[windows ? 1 : 0], code, syscall };
  if (path !== undefined) more.path = path;
  if (dest !== undefined) more.dest = dest;
  return coded(new Err(message), code, more);
}

// ---- objects for what is not known ------------------------------------------

// A lenient object is an answer of the network: what it lacks is TOKEN.
const lenients = new PWeakMap();
const lenientHandler = freeze(assign(create(null), {
  get(target, key) {
    if (key in target) return target[key];
    if (key === Symbol.toPrimitive) return () => wmGet(lenientTexts, target);
    if (typeof key === 'symbol' || key === 'then' || key === 'toJSON' || key === 'length' || key === 'nodeType') return undefined;
    if (key === 'split' || key === 'replace' || key === 'trim' || key === 'slice' || key === 'match' || key === 'charCodeAt' ||
        key === 'startsWith' || key === 'includes' || key === 'substring' || key === 'indexOf') {
      const s = wmGet(lenientTexts, target);
      return (...args) => s[key](...args);
    }
    return TOKEN;
  },
}));
const lenientTexts = new PWeakMap();
function lenient(object, asText) {
  const p = new ProxyC(object, lenientHandler);
  wmSet(lenients, p, asText === undefined ? TOKEN : asText);
  wmSet(lenientTexts, object, asText === undefined ? TOKEN : asText);
  return p;
}

// anything is a permissive callable object for a module that does not exist
// here, so that the code after it goes on.
function anything(name, depth) {
  const level = depth || 0;
  const target = function () {};
  const made = create(null);
  const handler = assign(create(null), {
    get(t, key) {
      if (key === Symbol.toPrimitive) return () => TOKEN;
      if (key === Symbol.iterator) return () => [][Symbol.iterator]();
      if (key === 'then' || key === 'nodeType' || key === 'toJSON' || (typeof key === 'symbol')) return undefined;
      if (key === 'prototype') return t.prototype;
      if (key === 'toString') return () => TOKEN;
      if (key === 'length') return 0;
      if (key === 'name') return name;
      if (key === '__esModule') return undefined;
      if (key === 'call' || key === 'apply' || key === 'bind') return t[key];
      if (made[key] === undefined) made[key] = level > 6 ? TOKEN : anything(text(key), level + 1);
      return made[key];
    },
    set(t, key, value) { made[key] = value; return true; },
    apply(t, self, args) { callCallbacks(args); return level > 6 ? undefined : anything(name, level + 1); },
    construct() { return anything(name, level + 1); },
    has() { return true; },
    getPrototypeOf() { return Function.prototype; },
  });
  return new ProxyC(native(target, name), handler);
}
// callCallbacks calls back the last argument, as most asynchronous functions do.
function callCallbacks(args) {
  const last = args.length > 0 ? args[args.length - 1] : undefined;
  if (typeof last === 'function') later(5, () => { last(null, lenient({ ok: true })); });
}
