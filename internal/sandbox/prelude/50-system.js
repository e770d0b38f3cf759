// os, crypto, zlib and the smaller modules.

lazy('os', () => {
  const eol = windows ? '\r\n' : '\n';
  const cpu = () => ({ model: who.arch === 'arm64' ? 'Apple M2' : 'Intel(R) Core(TM) i7-10750H CPU @ 2.60GHz', speed: 2592, times: { user: 252020, nice: 0, sys: 30340, idle: 1070356870, irq: 0 } });
  return {
    EOL: eol, devNull: windows ? '\\\\.\\nul' : '/dev/null', constants: { signals: { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 }, errno: { ENOENT: 2 }, priority: { PRIORITY_NORMAL: 0 } },
    arch() { ask('arch', 'os.arch'); return who.arch; }, platform() { ask('platform', 'os.platform'); return who.platform; }, type() { ask('platform', 'os.type'); return osType(); },
    release() { ask('release', 'os.release'); return who.release; }, version() { ask('release', 'os.version'); return windows ? 'Windows 11 Pro' : '#1 SMP PREEMPT_DYNAMIC'; }, machine() { ask('arch', 'os.machine'); return machine(); },
    hostname() { ask('hostname', 'os.hostname'); return who.hostname; }, homedir() { ask('home', 'os.homedir'); return who.home; }, tmpdir() { return who.temp; },
    userInfo() { ask('username', 'os.userInfo'); return { uid: windows ? -1 : who.uid, gid: windows ? -1 : who.uid, username: who.username, homedir: who.home, shell: windows ? null : who.shell }; },
    cpus() { ask('cpus', 'os.cpus'); const l = []; for (let i = 0; i < (who.cpus || 4); i++) l[i] = cpu(); return l; }, availableParallelism() { return who.cpus || 4; },
    totalmem() { ask('memory', 'os.totalmem'); return who.memory; }, freemem() { ask('memory', 'os.freemem'); return mathFloor(who.memory * 0.41); }, loadavg() { return [0.42, 0.31, 0.28]; }, uptime() { ask('uptime', 'os.uptime'); return 266231.42; }, endianness() { return 'LE'; }, getPriority() { return 0; }, setPriority() {},
    networkInterfaces() {
      ask('network', 'os.networkInterfaces');
      const one = (address, mac, internal) => ({ address, netmask: internal ? '255.0.0.0' : '255.255.255.0', family: 'IPv4', mac, internal, cidr: address + (internal ? '/8' : '/24') });
      return { lo: [one('127.0.0.1', '00:00:00:00:00:00', true)], [windows ? 'Ethernet' : who.platform === 'darwin' ? 'en0' : 'eth0']: [one(who.ip, who.mac, false)] };
    },
  };
});

// ---- crypto -----------------------------------------------------------------------

function outBytes(b, encoding) { return encoding && encoding !== 'buffer' ? encodeText(b, encoding) : buffer(b); }
function keyBytes(k) {
  if (typeof k === 'object' && k !== null && wmHas(keyObjects, k)) return wmGet(keyObjects, k);
  if (typeof k === 'object' && k !== null && k.key !== undefined && !isView(k)) return keyBytes(k.key);
  return bin(k);
}
const keyObjects = new PWeakMap();
class KeyObject {
  constructor(type, b) { this.type = type; wmSet(keyObjects, this, b); this.symmetricKeySize = b.length; }
  export(o) { const b = wmGet(keyObjects, this); return o && o.format === 'jwk' ? { kty: 'oct', k: toBase64(b, true) } : o && o.format === 'pem' ? fromUtf8(b) : buffer(b); }
  equals() { return false; }
}
class Hash extends Transform {
  constructor(algorithm, key) {
    super();
    def(this, '_a', strLower(text(algorithm))); def(this, '_k', key); def(this, '_parts', []);
    if (this._run('') === null) {
      missing('crypto.' + (key === null ? 'createHash' : 'createHmac') + '(' + this._a + ')');
      if (rxExec(/^(sha|md|blake|rmd|ripemd|whirl|shake)/, this._a) === null) throw coded(new Err('Digest method not supported'), 'ERR_OSSL_EVP_UNSUPPORTED');
    }
  }
  _run(b) { return this._k === null ? host.hash(this._a, b) : host.hmac(this._a, this._k, b); }
  update(data, encoding) {
    if (this._done) throw coded(new Err('Digest already called'), 'ERR_CRYPTO_HASH_FINALIZED');
    if (data === undefined || data === null || typeof data === 'number') throw coded(new TypeErr('The "data" argument must be of type string or an instance of Buffer, TypedArray, or DataView. Received ' + text(data)), 'ERR_INVALID_ARG_TYPE');
    arrPush(this._parts, bin(data, typeof data === 'string' ? encoding || 'utf8' : undefined));
    return this;
  }
  digest(encoding) {
    if (this._done) throw coded(new Err('Digest already called'), 'ERR_CRYPTO_HASH_FINALIZED');
    def(this, '_done', true);
    const b = arrJoin(this._parts, '');
    return outBytes(this._run(b) || host.hash('sha256', b), encoding);
  }
  copy() { const h = new Hash(this._a, this._k); arrPush(h._parts, ...this._parts); return h; }
  _transform(c, e, cb) { this.update(c); cb(); }
  _flush(cb) { cb(null, this.digest()); }
}
class Cipher extends Transform {
  constructor(algorithm, encrypt, key, iv) {
    super();
    def(this, '_a', strLower(text(algorithm))); def(this, '_e', encrypt); def(this, '_k', keyBytes(key)); def(this, '_iv', iv === null || iv === undefined ? '' : bin(iv)); def(this, '_parts', []); def(this, '_aad', ''); def(this, '_tag', ''); def(this, '_pad', true); def(this, '_given', 0);
  }
  update(data, from, to) {
    arrPush(this._parts, bin(data, typeof data === 'string' ? from || 'utf8' : undefined));
    // A stream of bytes needs no padding: what it gives so far is given now, as
    // Node.js does, for code that takes update's value alone.
    if (rxExec(/ctr|gcm|cfb|ofb|rc4|chacha/, this._a) === null) return outBytes('', to);
    const r = host.cipher(this._a, this._e, this._k, this._iv, arrJoin(this._parts, ''), this._aad, this._e ? '' : this._tag, this._pad);
    // gcm authenticates at the end; without the tag the text itself is that of ctr.
    const all = typeof r === 'string' ? this._ctr() : r[0];
    const part = strSlice(all, this._given);
    this._given = all.length;
    return outBytes(part, to);
  }
  _ctr() {
    if (rxExec(/gcm/, this._a) === null || this._iv.length !== 12) return '';
    const r = host.cipher(arrJoin(strSplit(this._a, 'gcm'), 'ctr'), true, this._k, this._iv + '\0\0\0\x02', arrJoin(this._parts, ''), '', '', false);
    return typeof r === 'string' ? '' : r[0];
  }
  final(to) {
    const r = host.cipher(this._a, this._e, this._k, this._iv, arrJoin(this._parts, ''), this._aad, this._tag, this._pad);
    if (!this._e) deciphered('crypto.Decipher.final', this._a, r);
    if (typeof r === 'string') throw coded(new Err(r), rxExec(/auth/i, r) !== null ? 'ERR_OSSL_BAD_DECRYPT' : 'ERR_OSSL_BAD_DECRYPT');
    def(this, '_tag', this._e ? r[1] : this._tag);
    return outBytes(strSlice(r[0], this._given), to);
  }
  setAutoPadding(p) { this._pad = p !== false; return this; }
  setAAD(b) { this._aad = bin(b); return this; }
  setAuthTag(b) { this._tag = bin(b); return this; }
  getAuthTag() { return buffer(this._tag); }
  _transform(c, e, cb) { cb(null, this.update(c)); }
  _flush(cb) { try { cb(null, this.final()); } catch (e) { cb(e); } }
}
// passwordKey is OpenSSL's EVP_BytesToKey, which createCipher and createDecipher use.
function passwordKey(password, keyLength, ivLength) {
  let out = '', d = '';
  while (out.length < keyLength + ivLength) { d = host.hash('md5', d + password); out += d; }
  return [strSlice(out, 0, keyLength), strSlice(out, keyLength, keyLength + ivLength)];
}
function cipherSizes(a) {
  const bits = rxExec(/(128|192|256)/, a);
  return [a === 'rc4' ? 16 : rxExec(/^des-ede3/, a) !== null ? 24 : rxExec(/^des/, a) !== null ? 8 : bits ? +bits[1] / 8 : 32, rxExec(/ecb|rc4/, a) !== null ? 0 : rxExec(/^des/, a) !== null ? 8 : rxExec(/gcm|chacha/, a) !== null ? 12 : 16];
}
function byPassword(algorithm, encrypt, password) {
  const a = strLower(text(algorithm)), [k, v] = cipherSizes(a), [key, iv] = passwordKey(bin(password), k, v);
  return new Cipher(a, encrypt, buffer(key), v ? buffer(iv) : null);
}
function checkKey(a, key, iv) {
  const alg = strLower(text(a)), [k, v] = cipherSizes(alg);
  if (rxExec(/^(id-)?(aes|aria|camellia|des|chacha20|rc4|bf|sm4)/, alg) === null) throw coded(new Err('Unknown cipher'), 'ERR_CRYPTO_UNKNOWN_CIPHER');
  if (rxExec(/^aes/, alg) !== null && keyBytes(key).length !== k) throw coded(new RangeErr('Invalid key length'), 'ERR_CRYPTO_INVALID_KEYLEN');
  if (rxExec(/^aes.*(cbc|ctr|cfb)/, alg) !== null && (iv === null || iv === undefined || bin(iv).length !== v)) throw coded(new TypeErr('Invalid initialization vector'), 'ERR_CRYPTO_INVALID_IV');
}
function derive(kind, ...args) {
  const r = host.derive(kind, ...args.map((x) => text(x)));
  if (r === null) throw coded(new RangeErr('Invalid parameters'), 'ERR_CRYPTO_INVALID_SCRYPT_PARAMS');
  return buffer(r);
}
function later0(f, cb) { let e = null, v; try { v = f(); } catch (x) { e = x; } later(5, cb, undefined, e ? [e] : [null, v]); }
function pem(type) { return '-----BEGIN ' + type + '-----\n' + toBase64(host.random(96)) + '\n-----END ' + type + '-----\n'; }
function randomUUID() {
  const h = toHex(host.random(16));
  return strSlice(h, 0, 8) + '-' + strSlice(h, 8, 12) + '-4' + strSlice(h, 13, 16) + '-a' + strSlice(h, 17, 20) + '-' + strSlice(h, 20, 32);
}
function fillRandom(x) { const u8 = bytesOf(x); binToBytes(host.random(u8.length), u8, 0); return x; }
function hashName(h) { return strLower(arrJoin(strSplit(text(typeof h === 'object' && h ? h.name : h), '-'), '')); }
const subtle = {
  digest(a, data) { const r = host.hash(hashName(a), bin(data)); return r === null ? promReject(def(new Err('Unrecognized algorithm name'), 'name', 'NotSupportedError')) : soon(() => viewBuffer(binToBytes(r))); },
  importKey(f, data, a, extractable, usages) { const raw = f === 'jwk' ? fromBase64(text(data && data.k)) : bin(data), key = { type: 'secret', extractable, algorithm: typeof a === 'string' ? { name: a } : a, usages }; wmSet(keyObjects, key, raw); return soon(() => key); },
  exportKey(f, key) { return soon(() => (f === 'jwk' ? { kty: 'oct', k: toBase64(keyBytes(key), true) } : viewBuffer(binToBytes(keyBytes(key))))); },
  generateKey(a, extractable, usages) { const key = { type: 'secret', extractable, algorithm: a, usages }; wmSet(keyObjects, key, host.random((a && a.length ? a.length : 256) / 8)); return soon(() => (rxExec(/RSA|EC/, text(a && a.name)) !== null ? { publicKey: key, privateKey: key } : key)); },
  deriveBits(a, key, bits) { return soon(() => viewBuffer(binToBytes(host.derive('pbkdf2', keyBytes(key), bin(a.salt), text(a.iterations || 1), text(bits / 8), hashName(a.hash)) || host.random(bits / 8)))); },
  deriveKey(a, key, b, extractable, usages) { return subtle.deriveBits(a, key, (b && b.length) || 256).then((raw) => subtle.importKey('raw', raw, b, extractable, usages)); },
  encrypt(a, key, data) { return subtleCipher(true, a, key, data); },
  decrypt(a, key, data) { return subtleCipher(false, a, key, data); },
  sign(a, key, data) { return soon(() => viewBuffer(binToBytes(host.hmac('sha256', keyBytes(key), bin(data)) || host.random(32)))); },
  verify() { return soon(() => true); },
  wrapKey() { return soon(() => viewBuffer(binToBytes(host.random(32)))); },
};
// deciphered records what a cipher gave back, or why it did not.
function deciphered(api, algorithm, r) {
  record('decipher', api, algorithm, typeof r === 'string' ? r : '', typeof r === 'string' ? '' : r[0]);
}
function subtleCipher(encrypt, a, key, data) {
  return soon(() => {
    const k = keyBytes(key), name = strUpper(text(a && a.name)), mode = strSlice(strLower(name), 4);
    if (strIndexOf(name, 'AES-') !== 0) { missing('crypto.subtle ' + name); return viewBuffer(binToBytes(host.random(64))); }
    let b = bin(data), tag = '';
    if (mode === 'gcm' && !encrypt) { tag = strSlice(b, b.length - 16); b = strSlice(b, 0, b.length - 16); }
    const r = host.cipher('aes-' + 8 * k.length + '-' + mode, encrypt, k, bin(a.iv || a.counter), b, a.additionalData ? bin(a.additionalData) : '', tag, true);
    if (!encrypt) deciphered('crypto.subtle.decrypt', name, r);
    if (typeof r === 'string') throw def(new Err('The operation failed for an operation-specific reason'), 'name', 'OperationError');
    return viewBuffer(binToBytes(r[0] + (mode === 'gcm' && encrypt ? r[1] : '')));
  });
}
const webcrypto = { subtle, getRandomValues(x) { return fillRandom(x); }, randomUUID() { return randomUUID(); } };
lazy('crypto', () => {
  const unusual = (name, value) => function (...args) { missing('crypto.' + name); const v = value(...args), cb = lastFunction(args, 0); if (cb) later(5, cb, undefined, [null, v]); return v; };
  const pair = (t, o) => (o && o.publicKeyEncoding ? { publicKey: pem('PUBLIC KEY'), privateKey: pem('PRIVATE KEY') } : { publicKey: new KeyObject('public', pem('PUBLIC KEY')), privateKey: new KeyObject('private', pem('PRIVATE KEY')) });
  class Sign extends Transform { update() { return this; } sign(k, e) { missing('crypto.createSign'); return outBytes(host.random(256), e); } verify() { missing('crypto.createVerify'); return true; } }
  class ECDH { generateKeys(e) { return outBytes(host.random(65), e); } computeSecret(k, i, e) { missing('crypto.createECDH'); return outBytes(host.random(32), e); } getPublicKey(e) { return outBytes(host.random(65), e); } getPrivateKey(e) { return outBytes(host.random(32), e); } setPrivateKey() {} }
  return {
    createHash: (a) => new Hash(a, null), createHmac: (a, k) => new Hash(a, keyBytes(k)), hash: (a, d, e) => outBytes(host.hash(strLower(a), bin(d)) || '', e || 'hex'),
    getHashes: () => ['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512', 'ripemd160'], getCiphers: () => ['aes-128-cbc', 'aes-192-cbc', 'aes-256-cbc', 'aes-256-ctr', 'aes-256-gcm', 'des-ede3-cbc', 'rc4', 'chacha20-poly1305'], getCurves: () => ['secp256k1', 'prime256v1'],
    createCipheriv(a, k, iv) { checkKey(a, k, iv); return new Cipher(a, true, k, iv); }, createDecipheriv(a, k, iv) { checkKey(a, k, iv); return new Cipher(a, false, k, iv); },
    createCipher: (a, p) => byPassword(a, true, p), createDecipher: (a, p) => byPassword(a, false, p),
    randomBytes(n, cb) { const b = buffer(host.random(n)); if (cb) later(1, cb, undefined, [null, b]); return b; }, pseudoRandomBytes: (n) => buffer(host.random(n)),
    randomFillSync: (x) => fillRandom(x), randomFill: (x, cb) => later(1, lastFunction([0, cb]) || (() => {}), undefined, [null, fillRandom(x)]),
    randomInt(a, b, cb) { const lo = typeof b === 'number' ? a : 0, hi = typeof b === 'number' ? b : a, r = bytesOf(buffer(host.random(6))); let v = 0; for (let i = 0; i < 6; i++) v = v * 256 + r[i]; const n = lo + v % (hi - lo), f = lastFunction([0, b, cb]); if (f) later(1, f, undefined, [null, n]); return n; },
    randomUUID, timingSafeEqual: (a, b) => bin(a) === bin(b),
    pbkdf2Sync: (p, s, i, n, d) => derive('pbkdf2', bin(p), bin(s), i, n, strLower(text(d) || 'sha1')), pbkdf2: (p, s, i, n, d, cb) => later0(() => derive('pbkdf2', bin(p), bin(s), i, n, strLower(text(d))), cb || d),
    scryptSync: (p, s, n, o) => scrypt_(p, s, n, o), scrypt: (p, s, n, o, cb) => later0(() => scrypt_(p, s, n, typeof o === 'function' ? {} : o), cb || o),
    hkdfSync: (d, k, salt, info, n) => viewBuffer(hkdf(d, k, salt, info, n)), hkdf: (d, k, salt, info, n, cb) => later0(() => viewBuffer(hkdf(d, k, salt, info, n)), cb),
    createSecretKey: (k, e) => new KeyObject('secret', bin(k, e)), createPublicKey: (k) => new KeyObject('public', keyBytes(k)), createPrivateKey: (k) => new KeyObject('private', keyBytes(k)), KeyObject,
    generateKeyPairSync: unusual('generateKeyPairSync', pair), generateKeyPair(t, o, cb) { missing('crypto.generateKeyPair'); const p = pair(t, o); later(5, cb, undefined, [null, p.publicKey, p.privateKey]); }, generateKeySync: (t, o) => new KeyObject('secret', host.random((o.length || 256) / 8)),
    publicEncrypt: unusual('publicEncrypt', () => buffer(host.random(256))), privateEncrypt: unusual('privateEncrypt', () => buffer(host.random(256))), publicDecrypt: unusual('publicDecrypt', () => buffer(TOKEN)), privateDecrypt: unusual('privateDecrypt', () => buffer(TOKEN)),
    sign: unusual('sign', () => buffer(host.random(256))), verify: unusual('verify', () => true), createSign: () => new Sign(), createVerify: () => new Sign(), createECDH: () => new ECDH(), createDiffieHellman: () => new ECDH(), getDiffieHellman: () => new ECDH(), diffieHellman: unusual('diffieHellman', () => buffer(host.random(32))),
    X509Certificate: class X509Certificate {}, Hash, Hmac: Hash, Cipher, Decipher: Cipher, Cipheriv: Cipher, Decipheriv: Cipher, constants: { RSA_PKCS1_PADDING: 1, RSA_NO_PADDING: 3, RSA_PKCS1_OAEP_PADDING: 4, RSA_PKCS1_PSS_PADDING: 6 }, webcrypto, subtle, getRandomValues: (x) => fillRandom(x), getFips: () => 0, setEngine() {}, secureHeapUsed: () => ({}),
  };
});
function scrypt_(p, s, n, o) { const c = o || {}; return derive('scrypt', bin(p), bin(s), c.N || c.cost || 16384, c.r || c.blockSize || 8, c.p || c.parallelization || 1, n); }
function hkdf(d, k, salt, info, n) {
  const a = strLower(text(d)), prk = host.hmac(a, bin(salt), keyBytes(k));
  let out = '', t = '';
  for (let i = 1; out.length < n && i < 256; i++) { t = host.hmac(a, prk, t + bin(info) + fromCharCode(i)); out += t; }
  return buffer(strSlice(out, 0, n));
}

// ---- zlib ---------------------------------------------------------------------------

lazy('zlib', () => {
  const kinds = { gzip: ['deflate', 'gzip'], gunzip: ['inflate', 'gzip'], deflate: ['deflate', 'zlib'], inflate: ['inflate', 'zlib'], deflateRaw: ['deflate', 'raw'], inflateRaw: ['inflate', 'raw'], unzip: ['inflate', 'auto'], brotliCompress: ['deflate', 'brotli'], brotliDecompress: ['inflate', 'brotli'] };
  const run = (name, data) => {
    if (data === undefined || data === null || typeof data === 'number') throw coded(new TypeErr('The "buffer" argument must be of type string or an instance of Buffer. Received ' + text(data)), 'ERR_INVALID_ARG_TYPE');
    const [way, kind] = kinds[name], b = bin(data);
    if (kind === 'brotli') { missing('zlib.' + name); return buffer(way === 'deflate' ? b : TOKEN); }
    const r = way === 'deflate' ? host.deflate(kind, b) : host.inflate(kind === 'auto' ? (strStarts(b, '\x1f\x8b') ? 'gzip' : 'zlib') : kind, b);
    if (r !== null) return buffer(r);
    // What the network answered is whatever the script takes it for.
    if (strIndexOf(b, TOKEN) >= 0) return buffer(TOKEN);
    throw coded(new Err(kind === 'gzip' || kind === 'zlib' ? 'incorrect header check' : 'invalid stored block lengths'), 'Z_DATA_ERROR', { errno: -3 });
  };
  const z = { constants: { Z_NO_FLUSH: 0, Z_SYNC_FLUSH: 2, Z_FINISH: 4, Z_BEST_SPEED: 1, Z_BEST_COMPRESSION: 9, Z_DEFAULT_COMPRESSION: -1, BROTLI_PARAM_QUALITY: 1 }, crc32: () => 0 };
  for (const name of objectKeys(kinds)) {
    z[name + 'Sync'] = { [name + 'Sync'](data) { return run(name, data); } }[name + 'Sync'];
    z[name] = { [name](data, o, cb) { const f = cb || o; later0(() => run(name, data), f); } }[name];
    const C = class extends Transform {
      constructor(o) { super(o); def(this, '_parts', []); }
      _transform(c, e, cb) { arrPush(this._parts, bin(c)); cb(); }
      _flush(cb) { let v; try { v = run(name, buffer(arrJoin(this._parts, ''))); } catch (e) { cb(e); return; } cb(null, v); }
      close() {} flush(a, f) { const g = f || a; if (typeof g === 'function') later(0, g); }
    };
    const title = strUpper(name[0]) + strSlice(name, 1);
    def(C, 'name', title);
    z[title] = bare(C);
    z['create' + title] = (o) => new C(o);
  }
  assign(z, { Z_SYNC_FLUSH: 2, Z_BEST_COMPRESSION: 9, createBrotliDecompress: z.createBrotliDecompress, createBrotliCompress: z.createBrotliCompress });
  return z;
});

// ---- vm, worker_threads ----------------------------------------------------------------

// evaluate runs a text as global code and records it.
function evaluate(source, how, file, api) {
  recordEval(api || how, how, file, source);
  return hostCompile(text(source), file || 'evalmachine.<anonymous>', 'script')();
}
function fileName(o) { return typeof o === 'string' ? o : o && typeof o === 'object' ? text(o.filename) : ''; }
// inContext runs code that sees a context's properties as variables. Contexts share
// this realm: what matters is what the code does, not what it may not reach.
function inContext(source, context, o, api) {
  recordEval(api, 'vm', fileName(o), source);
  const names = context && typeof context === 'object' ? objectKeys(context).filter((k) => rxExec(/^[A-Za-z_$][\w$]*$/, k) !== null) : [];
  const saved = [];
  for (let i = 0; i < names.length && i < 500; i++) {
    saved[i] = getDesc(globalThis, names[i]);
    reflectDefine(globalThis, names[i], valueDesc(context[names[i]], false));
  }
  try {
    const before = reflectOwnKeys(globalThis), seen = new PSet();
    for (let i = 0; i < before.length; i++) setAdd(seen, before[i]);
    const v = hostCompile(text(source), fileName(o) || 'evalmachine.<anonymous>', 'script')();
    if (context && typeof context === 'object') {
      const after = reflectOwnKeys(globalThis);
      for (let i = 0; i < after.length; i++) if (!setHas(seen, after[i])) { context[after[i]] = globalThis[after[i]]; }
      for (let i = 0; i < names.length; i++) context[names[i]] = globalThis[names[i]];
    }
    return v;
  } finally {
    for (let i = 0; i < names.length && i < 500; i++) { if (saved[i]) reflectDefine(globalThis, names[i], saved[i]); else delete globalThis[names[i]]; }
  }
}
lazy('vm', () => {
  class Script {
    constructor(source, o) { def(this, '_s', text(source)); def(this, '_o', o); this.cachedDataRejected = !!(o && o.cachedData) ? false : undefined; record('eval', 'vm.Script', 'vm', fileName(o), source); if (o && o.cachedData) missing('vm.Script cachedData'); hostCompile(this._s, fileName(o) || 'evalmachine.<anonymous>', 'script'); }
    runInThisContext() { return hostCompile(this._s, fileName(this._o) || 'evalmachine.<anonymous>', 'script')(); }
    runInContext(c) { return inContext(this._s, c, this._o, 'vm.Script.runInContext'); }
    runInNewContext(c) { return inContext(this._s, c || {}, this._o, 'vm.Script.runInNewContext'); }
    createCachedData() { return newBuffer(0); }
  }
  return { Script, createContext: (c) => c || {}, isContext: () => true, runInThisContext: (s, o) => evaluate(s, 'vm', fileName(o), 'vm.runInThisContext'), runInNewContext: (s, c, o) => inContext(s, c || {}, o, 'vm.runInNewContext'), runInContext: (s, c, o) => inContext(s, c, o, 'vm.runInContext'),
    compileFunction: (body, params, o) => makeFunction('vm.compileFunction', 'function', [...(params || []), body], 'vm'), SourceTextModule: class SourceTextModule {}, constants: {} };
});
lazy('worker_threads', () => {
  class MessagePort extends EventEmitter { postMessage(m) { const o = this._other; if (o) later(1, () => o.emit('message', m)); } start() {} close() {} ref() {} unref() {} }
  class Worker extends EventEmitter {
    constructor(file, o) {
      super();
      this.threadId = 1; this.stdout = new PassThrough(); this.stderr = new PassThrough(); this.resourceLimits = {};
      const opts = o || {}, parentSide = this;
      const port = new EventEmitter();
      port.postMessage = (m) => { later(1, () => parentSide.emit('message', m)); };
      port.close = port.ref = port.unref = () => {};
      def(this, '_port', port);
      const source = opts.eval ? text(file) : null;
      if (source !== null) record('eval', 'Worker', 'worker', '', source);
      later(5, () => {
        this.emit('online');
        const w = builtin('worker_threads'), was = [w.isMainThread, w.parentPort, w.workerData];
        w.isMainThread = false; w.parentPort = port; w.workerData = opts.workerData;
        try {
          const r = source !== null ? runChild({ source, args: opts.argv || [] }) : runChild({ path: full(wmHas(urls, file) ? fileURLToPath(file) : text(file)), args: opts.argv || [] });
          if (r.ctx) later(50, () => this.emit('exit', r.code));
        } finally { [w.isMainThread, w.parentPort, w.workerData] = was; }
      });
    }
    postMessage(m) { later(2, () => this._port.emit('message', m)); }
    terminate() { return promResolve(0); } ref() {} unref() {} getHeapSnapshot() { return promResolve(Readable.from([])); }
  }
  return { Worker, isMainThread: true, parentPort: null, workerData: null, threadId: 0, MessagePort, SHARE_ENV: Sym('nodejs.worker_threads.SHARE_ENV'), resourceLimits: {},
    MessageChannel: class MessageChannel { constructor() { this.port1 = new MessagePort(); this.port2 = new MessagePort(); def(this.port1, '_other', this.port2); def(this.port2, '_other', this.port1); } },
    BroadcastChannel: class BroadcastChannel { postMessage() {} close() {} }, markAsUntransferable() {}, moveMessagePortToContext: (p) => p, receiveMessageOnPort() {}, setEnvironmentData() {}, getEnvironmentData() {} };
});

// ---- the rest -----------------------------------------------------------------------------

lazy('buffer', () => ({ Buffer, SlowBuffer: Buffer, Blob, File, atob: atobFake, btoa: btoaFake, kMaxLength: 4294967296, kStringMaxLength: 536870888, constants: { MAX_LENGTH: 4294967296, MAX_STRING_LENGTH: 536870888 }, INSPECT_MAX_BYTES: 50, isUtf8: () => true, isAscii: (b) => rxExec(highByte, bin(b)) === null, transcode: (b, f, t) => buffer(decodeText(encodeText(bin(b), f), t)), resolveObjectURL() {} }));
lazy('string_decoder', () => ({ StringDecoder }));
lazy('timers', () => assign({}, timers, { promises: builtin('timers/promises'), active() {}, unenroll() {}, enroll() {} }));
lazy('timers/promises', () => ({ setTimeout: (ms, v) => new Prom((r) => { later(ms, () => r(v)); }), setImmediate: (v) => new Prom((r) => { later(0, () => r(v)); }), setInterval: () => Readable.from([]), scheduler: { wait: (ms) => new Prom((r) => { later(ms, () => r()); }), yield: () => promResolve() } }));
lazy('perf_hooks', () => ({ performance: performanceFake, PerformanceObserver: class PerformanceObserver { observe() {} disconnect() {} }, constants: {}, monitorEventLoopDelay: () => ({ enable() {}, disable() {}, mean: 0 }), createHistogram: () => ({ record() {} }) }));
lazy('async_hooks', () => {
  class AsyncLocalStorage { run(store_, f, ...a) { const was = this._s; def(this, '_s', store_); try { return f(...a); } finally { def(this, '_s', was); } } getStore() { return this._s; } enterWith(s) { def(this, '_s', s); } exit(f, ...a) { return f(...a); } disable() {} static bind(f) { return f; } static snapshot() { return (f, ...a) => f(...a); } }
  class AsyncResource { constructor(t) { this.type = t; } runInAsyncScope(f, self, ...a) { return apply(f, self, a); } emitDestroy() { return this; } asyncId() { return 1; } triggerAsyncId() { return 0; } bind(f) { return f; } static bind(f) { return f; } }
  return { AsyncLocalStorage, AsyncResource, createHook: () => ({ enable() { return this; }, disable() { return this; } }), executionAsyncId: () => 1, triggerAsyncId: () => 0, executionAsyncResource: () => ({}) };
});
lazy('readline', () => {
  class Interface extends EventEmitter {
    constructor(o) {
      super();
      this.closed = false; this.line = '';
      if (o && o.input && typeof o.input.on === 'function' && o.input !== cur.process.stdin) {
        let rest = '';
        o.input.on('data', (c) => { const l = strSplit(rest + fromUtf8(bin(c)), /\r?\n/); rest = l[l.length - 1]; for (let i = 0; i < l.length - 1; i++) this.emit('line', l[i]); });
        o.input.on('end', () => { if (rest) this.emit('line', rest); this.close(); });
      }
    }
    question(q, o, cb) { const f = cb || o; print('stdout', text(q)); if (typeof f === 'function') later(200, f, undefined, ['yes']); }
    close() { if (!this.closed) { this.closed = true; this.emit('close'); } } setPrompt() {} prompt() {} write() {} pause() { return this; } resume() { return this; } getPrompt() { return '> '; }
  }
  if (asyncIterator) def(Interface.prototype, asyncIterator, function () { const s = new Readable({ objectMode: true, read() {} }); this.on('line', (l) => s.push(l)); this.on('close', () => s.push(null)); return streamIterator(s); });
  const make = (o) => new Interface(o);
  const promises = { createInterface: (o) => { const i = make(o); i.question = () => new Prom((r) => { later(200, () => r('yes')); }); return i; }, Interface };
  return { createInterface: make, Interface, promises, clearLine: () => true, cursorTo: () => true, moveCursor: () => true, clearScreenDown: () => true, emitKeypressEvents() {} };
});
lazy('readline/promises', () => builtin('readline').promises);
lazy('tty', () => ({ isatty: () => false, ReadStream: class ReadStream_ extends Readable {}, WriteStream: class WriteStream_ extends Writable {} }));
lazy('cluster', () => assign(new EventEmitter(), { isMaster: true, isPrimary: true, isWorker: false, workers: {}, settings: {}, SCHED_NONE: 1, SCHED_RR: 2, fork: () => new ChildProcess(), setupMaster() {}, setupPrimary() {}, disconnect() {} }));
lazy('constants', () => assign({}, fsConstants, { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15, ENOENT: 2, EACCES: 13, EEXIST: 17 }));
lazy('punycode', () => ({ version: '2.1.0', encode: text, decode: text, toASCII: (s) => strLower(text(s)), toUnicode: text, ucs2: { decode: (s) => [...s].map((c) => c.codePointAt(0)), encode: (l) => Str.fromCodePoint(...l) } }));
lazy('v8', () => ({ getHeapStatistics: () => ({ total_heap_size: 6e6, used_heap_size: 4e6, heap_size_limit: 2197815296, number_of_native_contexts: 1 }), getHeapSpaceStatistics: () => [], setFlagsFromString() { missing('v8.setFlagsFromString'); }, serialize: (x) => buffer(utf8(jsonStringify(x) || '')), deserialize: (b) => parseJSON(fromUtf8(bin(b))), cachedDataVersionTag: () => 1165837636, startupSnapshot: {}, writeHeapSnapshot: () => '', getHeapSnapshot: () => Readable.from([]), takeCoverage() {}, stopCoverage() {} }));
lazy('inspector', () => ({ url() {}, open() {}, close() {}, waitForDebugger() {}, console: consoleFake, Session: class Session extends EventEmitter { connect() {} post(m, p, cb) { const f = cb || p; if (typeof f === 'function') later(1, f, undefined, [null, {}]); } disconnect() {} } }));
lazy('inspector/promises', () => builtin('inspector'));
lazy('diagnostics_channel', () => { const ch = (name) => ({ name, hasSubscribers: false, publish() {}, subscribe() {}, unsubscribe() {} }); return { channel: ch, hasSubscribers: () => false, subscribe() {}, unsubscribe() {}, tracingChannel: () => ({ traceSync: (f) => f() }) }; });
lazy('domain', () => ({ create: () => assign(new EventEmitter(), { run: (f) => f(), add() {}, remove() {}, bind: (f) => f, enter() {}, exit() {}, dispose() {} }) }));
lazy('trace_events', () => ({ createTracing: () => ({ enable() {}, disable() {} }), getEnabledCategories() {} }));
lazy('repl', () => ({ start: () => new EventEmitter() }));
lazy('test', () => anything('node:test'));
lazy('sea', () => ({ isSea: () => false, getAsset: () => new ABuf(0) }));
lazy('wasi', () => ({ WASI: class WASI { getImportObject() { return {}; } start() {} } }));
lazy('stream/web', () => ({ ReadableStream, WritableStream: anything('WritableStream'), TransformStream: anything('TransformStream') }));
lazy('process', () => cur.process);
lazy('sys', () => builtin('util'));
