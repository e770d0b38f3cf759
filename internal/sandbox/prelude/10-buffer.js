// Buffer, and the text encoders.
class FastBuffer extends Uint8Array {}
const bufProto = FastBuffer.prototype;

function newBuffer(n) {
  if (!(n >= 0 && n <= 0x3fffffff)) throw coded(new RangeErr('The value of "size" is out of range. It must be >= 0 && <= 4294967296. Received ' + text(n)), 'ERR_OUT_OF_RANGE');
  return new FastBuffer(n);
}
// buffer makes a Buffer of a binary string.
function buffer(b) { return binToBytes(b, newBuffer(b.length)); }
function isBuffer(x) { return typeof x === 'object' && x !== null && x instanceof FastBuffer; }
function shareBuffer(u8) { return new FastBuffer(viewBuffer(u8), viewOffset(u8), viewLength(u8)); }

function Buffer(value, encoding, length) {
  return typeof value === 'number' ? newBuffer(value) : Buffer.from(value, encoding, length);
}
Buffer.prototype = bufProto;
def(bufProto, 'constructor', Buffer);
reflectDefine(Buffer, Symbol.species, getterDesc(function () { return FastBuffer; }, undefined, false));
setProto(Buffer, Uint8Array);

const bufferStatics = {
  from(value, encoding, length) {
    if (typeof value === 'string') return buffer(decodeText(value, encoding));
    if (typeof value === 'object' && value !== null) {
      if (isArrayBuffer(value)) return new FastBuffer(value, encoding, length);
      if (wmHas(lenients, value)) return buffer(decodeText(wmGet(lenients, value), encoding));
      if (isView(value)) {
        if (viewIsBytes(value)) return buffer(bytesToBin(value));
        const out = newBuffer(value.length || 0);
        for (let i = 0; i < out.length; i++) out[i] = value[i];
        return out;
      }
      if (value.type === 'Buffer' && isArray(value.data)) return Buffer.from(value.data);
      if (isArray(value) || typeof value.length === 'number') {
        const n = mathMin(value.length >>> 0, 1 << 26), out = newBuffer(n);
        for (let i = 0; i < n; i++) out[i] = value[i];
        return out;
      }
      const prim = typeof value.valueOf === 'function' ? value.valueOf() : undefined;
      if (prim !== undefined && prim !== null && prim !== value) return Buffer.from(prim, encoding, length);
      if (typeof value[Symbol.toPrimitive] === 'function') return Buffer.from(value[Symbol.toPrimitive]('string'), encoding);
    }
    throw coded(new TypeErr('The first argument must be of type string or an instance of Buffer, ArrayBuffer, or Array or an Array-like Object. Received ' +
      (value === null ? 'null' : 'type ' + typeof value)), 'ERR_INVALID_ARG_TYPE');
  },
  alloc(n, fill, encoding) {
    const b = newBuffer(+n);
    return fill === undefined || fill === 0 ? b : b.fill(fill, encoding);
  },
  allocUnsafe(n) { return newBuffer(+n); },
  allocUnsafeSlow(n) { return newBuffer(+n); },
  isBuffer(x) { return isBuffer(x); },
  isEncoding(e) { return typeof e === 'string' && e !== '' && encodingName(e) !== undefined; },
  byteLength(x, encoding) { return typeof x === 'string' ? decodeText(x, encoding).length : x && typeof x.byteLength === 'number' ? x.byteLength : bin(x).length; },
  compare(a, b) { return compareBin(bin(a), bin(b)); },
  concat(list, total) {
    if (!isArray(list)) throw coded(new TypeErr('The "list" argument must be an instance of Array. Received ' + typeof list), 'ERR_INVALID_ARG_TYPE');
    let n = 0;
    for (let i = 0; i < list.length; i++) n += list[i].length;
    const out = newBuffer(total === undefined ? n : +total);
    let at = 0;
    for (let i = 0; i < list.length && at < out.length; i++) {
      const u8 = bytesOf(list[i]) || buffer(bin(list[i]));
      typedSet(out, at + u8.length > out.length ? new U8(viewBuffer(u8), viewOffset(u8), out.length - at) : u8, at);
      at += u8.length;
    }
    return out;
  },
  copyBytesFrom(view, off, len) { return buffer(bytesToBin(bytesOf(view))).subarray(off || 0, len === undefined ? undefined : (off || 0) + len); },
};
for (const k of objectKeys(bufferStatics)) def(Buffer, k, bufferStatics[k]);
reflectDefine(Buffer, 'poolSize', valueDesc(8192, true));

function viewIsBytes(v) {
  const tag = objToString(v);
  return tag === '[object Uint8Array]' || isBuffer(v);
}
function compareBin(a, b) { return a < b ? -1 : a > b ? 1 : 0; }
function clampIndex(i, n, missing_) {
  if (i === undefined) return missing_;
  i = +i || 0;
  i = i < 0 ? mathMax(0, n + mathFloor(i)) : mathFloor(i);
  return i > n ? n : i;
}
function findIn(b, value, at, encoding, last) {
  if (typeof at === 'string') { encoding = at; at = undefined; }
  const h = bytesToBin(b);
  const needle = typeof value === 'number' ? fromCharCode(value & 255) : bin(value, typeof value === 'string' ? encoding || 'utf8' : undefined);
  if (last) return strLastIndexOf(h, needle, at === undefined ? h.length : at < 0 ? h.length + at : at);
  return strIndexOf(h, needle, at === undefined ? 0 : at < 0 ? mathMax(0, h.length + at) : at);
}

const bufferMethods = {
  toString(encoding, start, end) {
    const n = this.length, s = mathMax(0, start | 0), e = end === undefined ? n : mathMin(n, end | 0);
    if (s >= e) return '';
    return encodeText(bytesToBin(s === 0 && e === n ? this : new U8(viewBuffer(this), viewOffset(this) + s, e - s)), encoding);
  },
  toLocaleString(encoding, start, end) { return apply(bufferMethods.toString, this, [encoding, start, end]); },
  toJSON() {
    const data = [];
    for (let i = 0; i < this.length; i++) arrPush(data, this[i]);
    return { type: 'Buffer', data };
  },
  equals(other) { return bytesToBin(this) === bin(other); },
  compare(other, ts, te, ss, se) {
    const a = strSlice(bytesToBin(this), ss || 0, se === undefined ? this.length : se), t = bin(other);
    return compareBin(a, strSlice(t, ts || 0, te === undefined ? t.length : te));
  },
  indexOf(v, at, e) { return findIn(this, v, at, e, false); },
  lastIndexOf(v, at, e) { return findIn(this, v, at, e, true); },
  includes(v, at, e) { return findIn(this, v, at, e, false) >= 0; },
  subarray(start, end) {
    const n = this.length, s = clampIndex(start, n, 0), e = clampIndex(end, n, n);
    return new FastBuffer(viewBuffer(this), viewOffset(this) + s, mathMax(0, e - s));
  },
  slice(start, end) { return apply(bufferMethods.subarray, this, [start, end]); },
  copy(target, at, start, end) {
    const s = start || 0, e = mathMin(end === undefined ? this.length : end, this.length), t = at || 0;
    const n = mathMax(0, mathMin(e - s, target.length - t));
    if (n > 0) typedSet(target, new U8(viewBuffer(this), viewOffset(this) + s, n), t);
    return n;
  },
  write(s, at, length, encoding) {
    if (typeof at === 'string') { encoding = at; at = 0; length = undefined; }
    if (typeof length === 'string') { encoding = length; length = undefined; }
    const o = at || 0, room = mathMin(length === undefined ? this.length - o : length, this.length - o);
    const b = strSlice(decodeText(text(s), encoding), 0, room);
    binToBytes(b, this, o);
    return b.length;
  },
  fill(value, start, end, encoding) {
    if (typeof start === 'string') { encoding = start; start = 0; end = undefined; }
    const s = start || 0, e = end === undefined ? this.length : mathMin(end, this.length);
    const b = typeof value === 'number' ? fromCharCode(value & 255) : bin(value, typeof value === 'string' ? encoding || 'utf8' : undefined) || '\0';
    for (let i = s, j = 0; i < e; i++) { this[i] = charCodeAt(b, j); if (++j === b.length) j = 0; }
    return this;
  },
  swap16() { return swapBytes(this, 2); }, swap32() { return swapBytes(this, 4); }, swap64() { return swapBytes(this, 8); },
  inspect() { return inspectBuffer(this); },
  asciiSlice(s, e) { return apply(bufferMethods.toString, this, ['ascii', s, e]); },
  latin1Slice(s, e) { return apply(bufferMethods.toString, this, ['latin1', s, e]); },
  utf8Slice(s, e) { return apply(bufferMethods.toString, this, ['utf8', s, e]); },
  hexSlice(s, e) { return apply(bufferMethods.toString, this, ['hex', s, e]); },
  base64Slice(s, e) { return apply(bufferMethods.toString, this, ['base64', s, e]); },
  utf8Write(s, at, n) { return apply(bufferMethods.write, this, [s, at, n, 'utf8']); },
  readUIntLE(at, n) { let v = 0; for (let i = n - 1; i >= 0; i--) v = v * 256 + this[at + i]; return v; },
  readUIntBE(at, n) { let v = 0; for (let i = 0; i < n; i++) v = v * 256 + this[at + i]; return v; },
  readIntLE(at, n) { return signed(apply(bufferMethods.readUIntLE, this, [at, n]), n); },
  readIntBE(at, n) { return signed(apply(bufferMethods.readUIntBE, this, [at, n]), n); },
  writeUIntLE(v, at, n) { for (let i = 0; i < n; i++) { this[at + i] = v % 256; v = mathFloor(v / 256); } return at + n; },
  writeUIntBE(v, at, n) { for (let i = n - 1; i >= 0; i--) { this[at + i] = v % 256; v = mathFloor(v / 256); } return at + n; },
};
bufferMethods.writeIntLE = bufferMethods.writeUIntLE;
bufferMethods.writeIntBE = bufferMethods.writeUIntBE;
function signed(v, n) { const top = 2 ** (8 * n); return v >= top / 2 ? v - top : v; }
function swapBytes(b, n) {
  for (let i = 0; i + n <= b.length; i += n) {
    for (let j = 0; j < n / 2; j++) { const t = b[i + j]; b[i + j] = b[i + n - 1 - j]; b[i + n - 1 - j] = t; }
  }
  return b;
}
function inspectBuffer(b) {
  const hex = toHex(bytesToBin(b.length > 50 ? new U8(viewBuffer(b), viewOffset(b), 50) : b));
  let out = '<Buffer';
  for (let i = 0; i < hex.length; i += 2) out += ' ' + hex[i] + hex[i + 1];
  return out + (b.length > 50 ? ' ... ' + (b.length - 50) + ' more bytes>' : '>');
}
for (const [name, method, size] of [['Int8', 'Int8', 1], ['UInt8', 'Uint8', 1], ['Int16', 'Int16', 2], ['UInt16', 'Uint16', 2], ['Int32', 'Int32', 4],
  ['UInt32', 'Uint32', 4], ['Float', 'Float32', 4], ['Double', 'Float64', 8], ['BigInt64', 'BigInt64', 8], ['BigUInt64', 'BigUint64', 8]]) {
  const get = DView.prototype['get' + method], set = DView.prototype['set' + method];
  if (!get) continue;
  for (const order of size === 1 ? [''] : ['LE', 'BE']) {
    const little = order !== 'BE';
    const view = (b) => new DView(viewBuffer(b), viewOffset(b), viewLength(b));
    const check = (b, at) => {
      if (at < 0 || at + size > b.length) {
        throw coded(new RangeErr('The value of "offset" is out of range. It must be >= 0 and <= ' + (b.length - size) + '. Received ' + at), 'ERR_OUT_OF_RANGE');
      }
    };
    const read = function (at) { at = at || 0; check(this, at); return apply(get, view(this), [at, little]); };
    const write = function (v, at) { at = at || 0; check(this, at); apply(set, view(this), [at, v, little]); return at + size; };
    for (const alias of [name, name.replace('UInt', 'Uint')]) {
      bufferMethods['read' + alias + order] = read;
      bufferMethods['write' + alias + order] = write;
    }
  }
}
for (const k of objectKeys(bufferMethods)) {
  def(bufferMethods[k], 'name', k);
  def(bufProto, k, bufferMethods[k]);
}
reflectDefine(bufProto, 'parent', getterDesc(function () { return viewBuffer(this); }, undefined, false));
reflectDefine(bufProto, 'offset', getterDesc(function () { return viewOffset(this); }, undefined, false));

function atobFake(s) {
  const t = arrJoin(strSplit(text(s), /[\t\n\f\r ]+/), '');
  if (rxExec(/^[A-Za-z0-9+/]*={0,2}$/, t) === null || t.length % 4 === 1) {
    const e = new Err('The string to be decoded is not correctly encoded.');
    throw coded(def(e, 'name', 'InvalidCharacterError'), 5);
  }
  return fromBase64(t);
}
function btoaFake(s) {
  const t = text(s);
  if (rxExec(/[^\x00-\xff]/, t) !== null) throw coded(def(new Err('Invalid character'), 'name', 'InvalidCharacterError'), 5);
  return toBase64(t, false);
}

class TextEncoder {
  get encoding() { return 'utf-8'; }
  encode(s) { return binToBytes(utf8(s === undefined ? '' : text(s))); }
  encodeInto(s, into) { const b = utf8(text(s)); binToBytes(b, into); return { read: s.length, written: mathMin(b.length, into.length) }; }
}
class TextDecoder {
  constructor(label) { def(this, '_e', encodingName(label) || 'latin1'); }
  get encoding() { return this._e === 'utf8' ? 'utf-8' : this._e === 'utf16le' ? 'utf-16le' : 'windows-1252'; }
  get fatal() { return false; }
  get ignoreBOM() { return false; }
  decode(x) {
    let b = x === undefined ? '' : bin(x);
    if (strStarts(b, '\xef\xbb\xbf') && this._e === 'utf8') b = strSlice(b, 3);
    return encodeText(b, this._e);
  }
}
class StringDecoder {
  constructor(e) { this.encoding = encodingName(e); def(this, '_rest', ''); }
  write(chunk) {
    let b = this._rest + bin(chunk), n = b.length;
    if (this.encoding === 'utf8') {
      // Bytes of an unfinished character wait for the next chunk.
      for (let i = 1; i <= 3 && i <= b.length; i++) {
        const c = charCodeAt(b, b.length - i);
        if (c < 0x80) break;
        if (c >= 0xc0) { if ((c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2) > i) n = b.length - i; break; }
      }
    } else if (this.encoding === 'base64') n -= n % 3;
    else if (this.encoding === 'utf16le') n -= n % 2;
    this._rest = strSlice(b, n);
    return encodeText(strSlice(b, 0, n), this.encoding);
  }
  end(chunk) { const s = chunk === undefined ? '' : this.write(chunk); const rest = this._rest; this._rest = ''; return s + (rest ? encodeText(rest, this.encoding) : ''); }
}
