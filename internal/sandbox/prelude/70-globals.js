// The global object of a Node.js process, and what of it a script replaced.

function setGlobal(name, value) {
  def(globalThis, name, nativeAll(value, 2));
}
def(globalThis, 'global', globalThis);
if (!hasOwn(globalThis, 'globalThis')) def(globalThis, 'globalThis', globalThis);
reflectDefine(globalThis, Symbol.toStringTag, valueDesc('global', false));
for (const k of objectKeys(timers)) setGlobal(k, timers[k]);
const globals = { Buffer, URL, URLSearchParams, TextEncoder, TextDecoder, Headers, Request, Response, FormData, Blob, File, ReadableStream, EventTarget, Event, CustomEvent, AbortController, AbortSignal,
  atob: atobFake, btoa: btoaFake, fetch: fetchFake, console: consoleFake, performance: performanceFake,
  structuredClone: { structuredClone(x) { return cloneDeep(x, 0); } }.structuredClone };
for (const k of objectKeys(globals)) setGlobal(k, globals[k]);
setGlobal('WebSocket', WebSocket);
nativeAll(FakeDate, 2);
nativeAll(Timeout, 2);
for (const k of ['parse', 'UTC', 'now']) native(FakeDate[k], k);
for (const k of reflectOwnKeys(dateProto)) { const d = getDesc(dateProto, k); if (d && typeof d.value === 'function') native(d.value, typeof k === 'string' ? k : ''); }
reflectDefine(globalThis, 'crypto', getterDesc(native(function () { return webcryptoFake(); }, 'get crypto'), native(function (v) { def(globalThis, 'crypto', v); }, 'set crypto'), false));
let webcryptoMade = false;
function webcryptoFake() { if (!webcryptoMade) { webcryptoMade = true; nativeAll(webcrypto, 2); } return webcrypto; }
reflectDefine(globalThis, 'navigator', getterDesc(native(function () { return nodeNavigator(); }, 'get navigator'), native(function (v) { def(globalThis, 'navigator', v); }, ''), false));
function nodeNavigator() { return { hardwareConcurrency: who.cpus || 4, language: localeInfo('navigator.language'), languages: [who.locale], platform: 'linux', userAgent: 'Node.js/20' }; }
// Node.js before 21 has no navigator, and scripts tell a browser by it.
if (!(parseInt(strSlice(who.node || 'v20', 1), 10) >= 21)) delete globalThis.navigator;
reflectDefine(globalThis, 'Intl', valueDesc(nativeAll(makeIntl(), 2), false));
def(globalThis, TOKEN, undefined);
reflectDefine(globalThis, '__import', valueDesc(native((r) => importFrom(cur !== null ? cur.main : null, r), ''), false));
const localeMethods = {
  toLocaleString() { ask('locale', 'Number.prototype.toLocaleString'); return group(Num(this)); },
};
def(Number.prototype, 'toLocaleString', native(localeMethods.toLocaleString, 'toLocaleString'));
def(String.prototype, 'localeCompare', native({ localeCompare(o) { const a = Str(this), b = Str(o); return a < b ? -1 : a > b ? 1 : 0; } }.localeCompare, 'localeCompare'));
if (typeof WeakRef === 'undefined') setGlobal('WeakRef', class WeakRef { constructor(x) { def(this, '_x', x); } deref() { return this._x; } });
if (typeof FinalizationRegistry === 'undefined') setGlobal('FinalizationRegistry', class FinalizationRegistry { register() {} unregister() {} });
if (!captureStack) def(Err, 'captureStackTrace', native(function captureStackTrace(o) { if (!hasOwn(o, 'stack')) def(o, 'stack', new Err().stack); }, 'captureStackTrace'));
// Waiting for memory to change is sleeping: the clock moves instead.
if (typeof Atomics === 'object') def(Atomics, 'wait', native({ wait(a, i, v, ms) { clock += mathMin(+ms || 0, maxAhead / 4) || 0; return 'timed-out'; } }.wait, 'wait'));
if (typeof WebAssembly === 'undefined') {
  const wasm = (api) => function (b) { record('eval', 'WebAssembly.' + api, 'wasm', '', isView(b) || isArrayBuffer(b) ? buffer(bin(b)) : ''); missing('WebAssembly'); return promReject(new Err('WebAssembly.' + api + '(): unsupported')); };
  setGlobal('WebAssembly', { compile: wasm('compile'), instantiate: wasm('instantiate'), validate: () => false, Module: class Module_ { constructor(b) { record('eval', 'WebAssembly.Module', 'wasm', '', buffer(bin(b))); missing('WebAssembly'); } }, Instance: class Instance { constructor() { this.exports = anything('wasm'); } }, Memory: class Memory { constructor() { this.buffer = new ABuf(65536); } }, Table: class Table {} });
}
function cloneDeep(x, level) {
  if (typeof x === 'function' || typeof x === 'symbol') throw def(new Err(text(x) + ' could not be cloned.'), 'name', 'DataCloneError');
  if (typeof x !== 'object' || x === null || level > 50) return x;
  if (isArray(x)) return x.map((v) => cloneDeep(v, level + 1));
  const tag = objToString(x);
  if (tag === '[object Date]') return new RealDate(dateGet(x));
  if (tag === '[object Map]') { const m = new PMap(); mapForEach(x, (v, k) => mapSet(m, cloneDeep(k, level + 1), cloneDeep(v, level + 1))); return m; }
  if (tag === '[object Set]') { const s = new PSet(); setForEach(x, (v) => setAdd(s, cloneDeep(v, level + 1))); return s; }
  if (isView(x)) return binToBytes(bin(x));
  const out = {};
  for (const k of objectKeys(x)) out[k] = cloneDeep(x[k], level + 1);
  return out;
}

// ---- patches: functions that are not the ones a script found ---------------------------

const originals = []; // { object, key, value, name }
function keep(object, key, name) {
  const d = getDesc(object, key);
  if (d && typeof d.value === 'function') originals[originals.length] = { object, key, value: d.value, name, told: false };
}
function keepOriginals(name, value) {
  if (arrIndexOf(watchedModules, name) < 0 || value === null || (typeof value !== 'object' && typeof value !== 'function')) return;
  const keys = objectKeys(value);
  for (let i = 0; i < keys.length; i++) keep(value, keys[i], name + '.' + keys[i]);
}
const watchedModules = ['fs', 'fs/promises', 'http', 'https', 'http2', 'net', 'tls', 'dns', 'child_process', 'crypto', 'module', 'vm', 'os'];
const watchedGlobals = ['fetch', 'XMLHttpRequest', 'WebSocket', 'eval', 'Function', 'setTimeout', 'setInterval', 'Promise', 'Date', 'Buffer', 'atob', 'btoa', 'Request', 'Response', 'FormData', 'EventTarget', 'Proxy'];
function keepGlobals() {
  for (const k of watchedGlobals) keep(globalThis, k, k);
  for (const [o, n, keys] of [[JSON, 'JSON', ['parse', 'stringify']], [consoleFake, 'console', ['log', 'error', 'warn', 'info', 'debug']], [Module.prototype, 'Module.prototype', ['require', '_compile', 'load']], [Module, 'Module', ['_load', '_resolveFilename']], [Function.prototype, 'Function.prototype', ['toString', 'call', 'apply', 'bind', 'constructor']],
    [Object.prototype, 'Object.prototype', ['toString', 'hasOwnProperty']], [Object, 'Object', ['defineProperty', 'keys', 'assign', 'freeze']], [Array.prototype, 'Array.prototype', ['push', 'map', 'forEach', 'join', 'slice', 'concat']], [String.prototype, 'String.prototype', ['split', 'replace', 'slice', 'charCodeAt']],
    [ClientRequest.prototype, 'ClientRequest.prototype', ['write', 'end']], [EventEmitter.prototype, 'EventEmitter.prototype', ['on', 'emit']], [processProto, 'process', ['exit', 'on', 'emit']], [Promise.prototype, 'Promise.prototype', ['then', 'catch']],
    [XMLHttpRequest.prototype, 'XMLHttpRequest.prototype', ['open', 'send', 'setRequestHeader']], [EventTarget.prototype, 'EventTarget.prototype', ['addEventListener']], [URL, 'URL', ['createObjectURL']]]) {
    for (const k of keys) keep(o, k, n + '.' + k);
  }
}
// patchedPage tells whether what a page sends by was replaced.
function patchedPage() {
  for (let i = 0; i < originals.length; i++) if (originals[i].told && (originals[i].name === 'fetch' || strStarts(originals[i].name, 'XMLHttpRequest'))) return true;
  return false;
}
function recordPatches() {
  for (let i = 0; i < originals.length; i++) {
    const o = originals[i];
    if (o.told) continue;
    const d = getDesc(o.object, o.key);
    if (d && d.value === o.value) continue;
    o.told = true;
    record('patch', o.name, o.name, '', d && typeof d.value === 'function' ? fnToString(d.value) : '');
  }
}
