// util, assert, console.

function inspect(x, options) {
  const o = typeof options === 'object' && options !== null ? options : {};
  let budget = 20000;
  const seen = [];
  const show = (v, level) => {
    if (budget <= 0) return '...';
    let out;
    if (typeof v === 'string') out = level === 0 && !o.quote ? v : "'" + v + "'";
    else if (typeof v === 'bigint') out = v + 'n';
    else if (typeof v === 'symbol') out = apply(Sym.prototype.toString, v, []);
    else if (typeof v === 'function') out = rxExec(/^class\b/, fnToString(v)) ? '[class ' + (v.name || '(anonymous)') + ']' : '[Function' + (v.name ? ': ' + v.name : ' (anonymous)') + ']';
    else if (typeof v !== 'object' || v === null) out = Object.is(v, -0) ? '-0' : Str(v);
    else if (arrIndexOf(seen, v) >= 0) out = '[Circular *1]';
    else if (wmHas(lenients, v)) out = wmGet(lenients, v);
    else {
      arrPush(seen, v);
      try { out = showObject(v, level); } catch (e) { out = '[Object]'; }
      seen.length--;
    }
    budget -= out.length;
    return out;
  };
  const key = (k) => (typeof k === 'symbol' ? '[' + apply(Sym.prototype.toString, k, []) + ']' : rxExec(/^[A-Za-z_$][\w$]*$/, k) ? k : "'" + k + "'");
  const showObject = (v, level) => {
    if (isBuffer(v)) return inspectBuffer(v);
    if (v instanceof Err) return text(v.stack) || text(v);
    const custom = v[inspectSymbol];
    if (typeof custom === 'function' && custom !== inspect) { const r = apply(custom, v, [2 - level, o, inspect]); return typeof r === 'string' ? r : show(r, level); }
    const tag = objToString(v);
    if (tag === '[object Date]') return dateGet(v) === dateGet(v) ? toISO(v) : 'Invalid Date';
    if (tag === '[object RegExp]') return apply(RegExp.prototype.toString, v, []);
    if (tag === '[object Promise]') return 'Promise { <pending> }';
    if (level > (o.depth === null || o.depth === Infinity ? 20 : o.depth === undefined ? 2 : o.depth) && reflectOwnKeys(v).length > 0) return isArray(v) ? '[Array]' : '[Object]';
    const out = [];
    if (isArray(v)) { for (let i = 0; i < mathMin(v.length, 100); i++) arrPush(out, show(v[i], level + 1)); if (v.length > 100) arrPush(out, '... ' + (v.length - 100) + ' more items'); }
    else if (tag === '[object Map]') mapForEach(v, (b, a) => arrPush(out, show(a, level + 1) + ' => ' + show(b, level + 1)));
    else if (tag === '[object Set]') setForEach(v, (a) => arrPush(out, show(a, level + 1)));
    for (const k of objectKeys(v)) {
      if (isArray(v) && rxExec(/^\d+$/, k)) continue;
      const d = getDesc(v, k);
      arrPush(out, key(k) + ': ' + (d && d.get ? '[Getter]' : show(v[k], level + 1)));
      if (out.length > 120) break;
    }
    const C = v.constructor, name = typeof C === 'function' && C !== Obj && C !== Arr ? C.name + ' ' : getProto(v) === null ? '[Object: null prototype] ' : '';
    const [open, close] = isArray(v) ? ['[', ']'] : ['{', '}'];
    if (!out.length) return name + open + close;
    const line = out.join(', ');
    return name + open + (line.length > 72 && o.compact !== true ? '\n  ' + out.join(',\n  ') + '\n' : ' ' + line + ' ') + close;
  };
  const q = o;
  if (q.quote === undefined) o.quote = true;
  try { return show(x, 0); } catch (e) { return '[Object]'; }
}
const inspectSymbol = Symbol.for('nodejs.util.inspect.custom');
inspect.custom = inspectSymbol;
inspect.defaultOptions = { depth: 2 };

function format(f, ...args) {
  const word = (x) => (typeof x === 'string' ? x : inspect(x, {}));
  if (typeof f !== 'string') return [f, ...args].map(word).join(' ');
  let i = 0, out = '';
  const parts = strSplit(f, '%');
  out = parts[0];
  for (let n = 1; n < parts.length; n++) {
    const p = parts[n], c = p[0];
    if (c === undefined) { out += '%' + (n + 1 < parts.length ? parts[++n] : ''); continue; }
    if (strIndexOf('sdifjoOc', c) < 0 || i >= args.length) { out += '%' + p; continue; }
    const a = args[i++];
    if (c === 's') out += word(a);
    else if (c === 'd') out += typeof a === 'object' ? 'NaN' : Num(a);
    else if (c === 'i') out += parseInt(a, 10);
    else if (c === 'f') out += parseFloat(a);
    else if (c === 'j') { try { out += jsonStringify(a); } catch (e) { out += '[Circular]'; } }
    else if (c !== 'c') out += inspect(a, {});
    out += strSlice(p, 1);
  }
  for (; i < args.length; i++) out += ' ' + word(args[i]);
  return out;
}

const promisifySymbol = Symbol.for('nodejs.util.promisify.custom');
function promisify(f) {
  if (typeof f !== 'function') throw coded(new TypeErr('The "original" argument must be of type function'), 'ERR_INVALID_ARG_TYPE');
  if (f[promisifySymbol]) return f[promisifySymbol];
  return def(function (...args) {
    return new Prom((resolve, reject) => { apply(f, this, [...args, (e, v) => (e ? reject(e) : resolve(v))]); });
  }, 'name', f.name);
}
promisify.custom = promisifySymbol;

lazy('util/types', () => {
  const types = {};
  const tagged = (name, tag) => { types['is' + name] = (x) => typeof x === 'object' && x !== null && objToString(x) === '[object ' + (tag || name) + ']'; };
  for (const n of ['Date', 'RegExp', 'Map', 'Set', 'WeakMap', 'WeakSet', 'Promise', 'Uint8Array', 'Float64Array', 'Int32Array', 'Uint32Array', 'ArrayBuffer']) tagged(n);
  tagged('GeneratorObject', 'Generator');
  types.isNativeError = (x) => x instanceof Err;
  types.isTypedArray = (x) => isView(x) && objToString(x) !== '[object DataView]';
  types.isAnyArrayBuffer = types.isArrayBuffer;
  types.isArrayBufferView = (x) => isView(x);
  types.isAsyncFunction = (x) => typeof x === 'function' && objToString(x) === '[object AsyncFunction]';
  types.isGeneratorFunction = (x) => typeof x === 'function' && objToString(x) === '[object GeneratorFunction]';
  types.isProxy = () => false;
  types.isBoxedPrimitive = (x) => typeof x === 'object' && (x instanceof Str || x instanceof Num);
  types.isExternal = () => false;
  return types;
});
lazy('util', () => ({
  inspect, format, promisify, inherits(C, P) { def(C, 'super_', P); setProto(C.prototype, P.prototype); },
  formatWithOptions: (o, ...args) => format(...args),
  callbackify: (f) => function (...args) { const cb = args.pop(); apply(f, this, args).then((v) => nextTick(cb, [null, v]), (e) => nextTick(cb, [e])); },
  deprecate: (f) => f, debuglog: () => assign(() => {}, { enabled: false }), debug: () => () => {},
  isDeepStrictEqual: deepEqual, types: builtin('util/types'), TextEncoder, TextDecoder,
  stripVTControlCharacters: (s) => arrJoin(strSplit(text(s), /\u001b\[[0-9;]*[A-Za-z]/), ''), styleText: (f, t) => text(t), toUSVString: text,
  isArray, isString: (x) => typeof x === 'string', isFunction: (x) => typeof x === 'function', isObject: (x) => typeof x === 'object' && x !== null,
  isUndefined: (x) => x === undefined, isNull: (x) => x === null, isNullOrUndefined: (x) => x === null || x === undefined, isNumber: (x) => typeof x === 'number',
  isBoolean: (x) => typeof x === 'boolean', isRegExp: (x) => x instanceof RegExp, isDate: (x) => objToString(x) === '[object Date]', isError: (x) => x instanceof Err,
  isBuffer, isPrimitive: (x) => typeof x !== 'object' && typeof x !== 'function', isSymbol: (x) => typeof x === 'symbol',
  _extend: (a, b) => assign(a, b), getSystemErrorName: (n) => 'E' + n, aborted: () => new Prom(() => {}), parseEnv: () => ({}),
  parseArgs: (c) => ({ values: {}, positionals: arrSlice(cur.argv, 2) }), log: () => {}, MIMEType: class MIMEType {},
}));

function deepEqual(a, b, level) {
  const n = level || 0;
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null || n > 20) return false;
  if (isView(a) && isView(b)) return bin(a) === bin(b);
  if (objToString(a) === '[object Date]') return objToString(b) === '[object Date]' && dateGet(a) === dateGet(b);
  const ka = objectKeys(a), kb = objectKeys(b);
  if (ka.length !== kb.length) return false;
  for (let i = 0; i < ka.length; i++) if (!hasOwn(b, ka[i]) || !deepEqual(a[ka[i]], b[ka[i]], n + 1)) return false;
  return true;
}
lazy('assert', () => {
  class AssertionError extends Error {
    constructor(o) { super(o.message || 'Assertion failed'); assign(this, { generatedMessage: !o.message, code: 'ERR_ASSERTION', actual: o.actual, expected: o.expected, operator: o.operator }); this.name = 'AssertionError'; }
  }
  const fail = (message, actual, expected, operator) => { if (message instanceof Err) throw message; throw new AssertionError({ message, actual, expected, operator }); };
  const assert = (v, m) => { if (!v) fail(m || 'The expression evaluated to a falsy value', v, true, '=='); };
  const test = (name, f) => { assert[name] = (a, b, m) => { if (!f(a, b)) fail(m || 'Expected values to be ' + name, a, b, name); }; };
  test('equal', (a, b) => a == b);
  test('notEqual', (a, b) => a != b);
  test('strictEqual', (a, b) => Object.is(a, b));
  test('notStrictEqual', (a, b) => !Object.is(a, b));
  test('deepEqual', (a, b) => deepEqual(a, b));
  test('deepStrictEqual', (a, b) => deepEqual(a, b));
  test('notDeepEqual', (a, b) => !deepEqual(a, b));
  test('notDeepStrictEqual', (a, b) => !deepEqual(a, b));
  test('match', (a, b) => rxExec(b, a) !== null);
  assert.ok = assert;
  assert.fail = (m) => fail(m || 'Failed');
  assert.ifError = (e) => { if (e !== null && e !== undefined) throw e; };
  assert.throws = (f, expected, m) => { try { f(); } catch (e) { return; } fail(m || 'Missing expected exception.'); };
  assert.doesNotThrow = (f) => f();
  assert.rejects = (p) => promResolve(typeof p === 'function' ? p() : p).then(() => fail('Missing expected rejection.'), () => {});
  assert.doesNotReject = (p) => promResolve(typeof p === 'function' ? p() : p);
  assert.AssertionError = AssertionError;
  assert.strict = assert;
  return assert;
});
lazy('assert/strict', () => builtin('assert'));

// print is what a process writes: a parent that captures its output gets it.
function print(stream, s) {
  if (cur !== null && cur[stream].length < 1 << 20) cur[stream] += s;
}
const consoleFake = {
  log(...args) { print('stdout', apply(format, undefined, args) + '\n'); },
  error(...args) { print('stderr', apply(format, undefined, args) + '\n'); },
  dir(x) { print('stdout', inspect(x, {}) + '\n'); },
  time() {}, timeEnd() {}, timeLog() {}, group() {}, groupEnd() {}, groupCollapsed() {}, count() {}, countReset() {}, clear() {}, profile() {}, profileEnd() {}, timeStamp() {},
  assert(v, ...args) { if (!v) consoleFake.error('Assertion failed', ...args); },
};
for (const k of ['info', 'debug', 'table', 'dirxml']) consoleFake[k] = { [k](...args) { apply(consoleFake.log, undefined, args); } }[k];
for (const k of ['warn', 'trace']) consoleFake[k] = { [k](...args) { apply(consoleFake.error, undefined, args); } }[k];
consoleFake.Console = function Console() { return consoleFake; };
lazy('console', () => consoleFake);
