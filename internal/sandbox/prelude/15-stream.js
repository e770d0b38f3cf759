// events and stream: enough of both that code written for Node.js goes on, with
// old-style constructors because packages call them without new.
const builtins = create(null);
// lazy registers a built-in module that is made on its first require.
function lazy(name, make) { builtins[name] = { make, value: undefined, made: false }; }
const cleanModules = ['fs', 'fs/promises', 'http', 'https', 'http2', 'net', 'tls', 'dgram', 'dns', 'dns/promises', 'child_process', 'crypto', 'zlib', 'os', 'url', 'querystring', 'path', 'worker_threads'];
function builtin(name) {
  const b = builtins[name];
  if (!b) return undefined;
  if (!b.made) {
    b.made = true;
    clean(() => {
      b.value = b.make();
      if (arrIndexOf(cleanModules, name) >= 0) cleaned(b.value);
      nativeAll(b.value, 3);
      keepOriginals(name, b.value);
    }, undefined, noArgs);
  }
  return b.value;
}
function inherits(C, P) {
  setProto(C, P);
  C.prototype = create(P.prototype);
  def(C.prototype, 'constructor', C);
}
// methods puts functions on a prototype as a class would.
function methods(proto, list) {
  const keys = reflectOwnKeys(list);
  for (let i = 0; i < keys.length; i++) {
    const d = getDesc(list, keys[i]);
    if (d.get) def(proto, keys[i], undefined), reflectDefine(proto, keys[i], getterDesc(d.get, d.set, false));
    else def(proto, keys[i], d.value);
  }
}

function EventEmitter() { apply(EventEmitter.init, this, []); }
EventEmitter.init = function () {
  if (!this._events || !hasOwn(this, '_events')) { def(this, '_events', create(null)); def(this, '_maxListeners', undefined); }
};
function listenersOf(e, name) {
  if (!e._events) apply(EventEmitter.init, e, []);
  return e._events[name];
}
function addListener(e, name, fn, first, api) {
  if (typeof fn !== 'function') {
    throw coded(new TypeErr('The "listener" argument must be of type function. Received ' + (fn === null ? 'null' : typeof fn)), 'ERR_INVALID_ARG_TYPE');
  }
  let list = listenersOf(e, name);
  if (e._events.newListener && name !== 'newListener') e.emit('newListener', name, fn.listener || fn);
  if (!list) list = e._events[name] = [];
  if (first) arrSplice(list, 0, 0, fn); else arrPush(list, fn);
  return e;
}
methods(EventEmitter.prototype, {
  on(name, fn) { return addListener(this, name, fn, false); },
  addListener(name, fn) { return this.on(name, fn); },
  prependListener(name, fn) { return addListener(this, name, fn, true); },
  once(name, fn) { return this.on(name, onceWrapper(this, name, fn)); },
  prependOnceListener(name, fn) { return this.prependListener(name, onceWrapper(this, name, fn)); },
  off(name, fn) { return this.removeListener(name, fn); },
  removeListener(name, fn) {
    const list = listenersOf(this, name);
    if (!list) return this;
    for (let i = list.length - 1; i >= 0; i--) {
      if (list[i] !== fn && list[i].listener !== fn) continue;
      const rest = arrSlice(list);
      arrSplice(rest, i, 1);
      if (rest.length) this._events[name] = rest; else delete this._events[name];
      if (this._events.removeListener) this.emit('removeListener', name, fn);
      break;
    }
    return this;
  },
  removeAllListeners(name) {
    if (!this._events) return this;
    if (name === undefined) def(this, '_events', create(null)); else delete this._events[name];
    return this;
  },
  emit(name, ...args) {
    const list = listenersOf(this, name);
    if (!list || list.length === 0) {
      if (name !== 'error') return false;
      const e = args[0];
      throw e instanceof Err ? e : coded(new Err('Unhandled error. (' + text(e) + ')'), 'ERR_UNHANDLED_ERROR');
    }
    const now = arrSlice(list);
    for (let i = 0; i < now.length; i++) apply(now[i], this, args);
    return true;
  },
  listeners(name) { const l = listenersOf(this, name); return l ? l.map((f) => f.listener || f) : []; },
  rawListeners(name) { const l = listenersOf(this, name); return l ? arrSlice(l) : []; },
  listenerCount(name) { const l = listenersOf(this, name); return l ? l.length : 0; },
  eventNames() { return this._events ? reflectOwnKeys(this._events) : []; },
  setMaxListeners(n) { this._maxListeners = n; return this; },
  getMaxListeners() { return this._maxListeners === undefined ? 10 : this._maxListeners; },
});
function onceWrapper(e, name, fn) {
  if (typeof fn !== 'function') return fn;
  const wrapped = function (...args) { e.removeListener(name, wrapped); return apply(fn, this, args); };
  wrapped.listener = fn;
  return wrapped;
}
lazy('events', () => {
  const E = EventEmitter;
  def(E, 'name', 'EventEmitter');
  E.EventEmitter = E;
  E.defaultMaxListeners = 10;
  E.errorMonitor = Sym('events.errorMonitor');
  E.captureRejectionSymbol = Sym.for('nodejs.rejection');
  E.listenerCount = (e, name) => e.listenerCount(name);
  E.once = (e, name) => new Prom((resolve, reject) => {
    if (typeof e.addEventListener === 'function' && !e.once) { e.addEventListener(name, (x) => resolve([x]), { once: true }); return; }
    const failed = (x) => reject(x);
    e.once(name, (...args) => { if (name !== 'error') e.removeListener('error', failed); resolve(args); });
    if (name !== 'error') e.once('error', failed);
  });
  E.on = (e, name) => {
    const waiting = [], ready = [];
    e.on(name, (...args) => { if (waiting.length) arrShift(waiting)({ value: args, done: false }); else arrPush(ready, args); });
    const it = { next() { return ready.length ? promResolve({ value: arrShift(ready), done: false }) : new Prom((r) => { arrPush(waiting, r); }); },
      return() { return promResolve({ value: undefined, done: true }); } };
    if (asyncIterator) it[asyncIterator] = () => it;
    return it;
  };
  E.setMaxListeners = () => {};
  E.getEventListeners = (e, name) => e.listeners(name);
  E.EventEmitterAsyncResource = E;
  return E;
});

// ---- stream ------------------------------------------------------------------

function Stream() { apply(EventEmitter, this, []); }
inherits(Stream, EventEmitter);

function Readable(options) {
  if (!(this instanceof Readable)) return new Readable(options);
  apply(Stream, this, []);
  initReadable(this, options);
}
inherits(Readable, Stream);
function initReadable(s, options) {
  const o = options || {};
  def(s, '_readableState', { list: [], ended: false, done: false, flowing: null, reading: false, queued: false,
    objectMode: !!(o.objectMode || o.readableObjectMode), encoding: o.encoding || null, pipes: [], length: 0, destroyed: false });
  if (typeof o.read === 'function') s._read = o.read;
  if (typeof o.destroy === 'function') s._destroy = o.destroy;
  s.readable = true;
}
function flowSoon(s) {
  const r = s._readableState;
  if (r.queued) return;
  r.queued = true;
  nextTick(() => { r.queued = false; flow(s); });
}
function flow(s) {
  const r = s._readableState;
  for (let n = 0; n < 10000; n++) {
    if (r.list.length) {
      if (r.flowing === true) { s.emit('data', takeChunk(s)); continue; }
      if (s.listenerCount('readable')) s.emit('readable');
      if (r.list.length && r.flowing !== true) return;
      continue;
    }
    if (r.ended) { finishReading(s); return; }
    if (r.flowing !== true && !s.listenerCount('readable')) return;
    if (r.reading || typeof s._read !== 'function' || r.destroyed) return;
    r.reading = true;
    const before = r.list.length;
    s._read(16384);
    if (r.list.length === before && !r.ended) return;
  }
}
function finishReading(s) {
  const r = s._readableState;
  if (r.done || (r.flowing === null && !s.listenerCount('readable'))) return;
  r.done = true;
  s.readable = false;
  if (s.listenerCount('readable')) s.emit('readable');
  s.emit('end');
  if (!s._writableState || s._writableState.done) nextTick(() => { if (!s.closed) { def(s, 'closed', true); s.emit('close'); } });
}
function takeChunk(s) {
  const r = s._readableState, c = arrShift(r.list);
  return r.encoding && isView(c) ? encodeText(bin(c), r.encoding) : c;
}
const readableMethods = {
  push(chunk, encoding) {
    const r = this._readableState;
    r.reading = false;
    if (chunk === null) { r.ended = true; flowSoon(this); return false; }
    const c = !r.objectMode && typeof chunk === 'string' ? buffer(decodeText(chunk, encoding)) : chunk;
    if (r.objectMode || c.length > 0) arrPush(r.list, c);
    if (r.flowing === true || this.listenerCount('readable')) flowSoon(this);
    return true;
  },
  unshift(chunk) { arrSplice(this._readableState.list, 0, 0, typeof chunk === 'string' ? buffer(utf8(chunk)) : chunk); },
  read(n) {
    const r = this._readableState;
    if (!r.list.length) {
      if (!r.ended && !r.reading && typeof this._read === 'function') { r.reading = true; this._read(n || 16384); }
      if (!r.list.length) { if (r.ended) nextTick(() => finishReading(this)); return null; }
    }
    if (r.objectMode) return takeChunk(this);
    const whole = Buffer.concat(r.list);
    const part = n > 0 && n < whole.length ? whole.subarray(0, n) : whole;
    r.list = part.length < whole.length ? [whole.subarray(part.length)] : [];
    if (!r.list.length && r.ended) flowSoon(this);
    return r.encoding ? encodeText(bin(part), r.encoding) : part;
  },
  on(name, fn) {
    addListener(this, name, fn, false);
    if (name === 'data' && this._readableState && this._readableState.flowing !== false) this.resume();
    else if (name === 'readable' && this._readableState) flowSoon(this);
    return this;
  },
  resume() { const r = this._readableState; if (r) { r.flowing = true; flowSoon(this); } return this; },
  pause() { if (this._readableState) this._readableState.flowing = false; return this; },
  isPaused() { return this._readableState.flowing === false; },
  setEncoding(e) { this._readableState.encoding = encodingName(e) || 'utf8'; return this; },
  pipe(dest, options) {
    this.on('data', (c) => dest.write(c));
    if (!options || options.end !== false) this.on('end', () => dest.end());
    if (dest && typeof dest.emit === 'function') dest.emit('pipe', this);
    return dest;
  },
  unpipe() { return this; },
  wrap(old) { old.on('data', (c) => this.push(c)); old.on('end', () => this.push(null)); return this; },
  destroy(error, cb) { return destroyStream(this, error, cb); },
  _read() {},
  iterator() { return streamIterator(this); },
  toArray() { return collect(this).then((l) => l); },
  map(f) { return Readable.from(collect(this).then((l) => Prom.all(l.map((x) => f(x))))); },
  filter(f) { return Readable.from(collect(this).then((l) => l.filter(f))); },
  forEach(f) { return collect(this).then((l) => { for (let i = 0; i < l.length; i++) f(l[i]); }); },
};
methods(Readable.prototype, readableMethods);
def(Readable.prototype, 'addListener', readableMethods.on);
if (asyncIterator) def(Readable.prototype, asyncIterator, function () { return streamIterator(this); });
for (const [k, f] of [['destroyed', (s) => !!s._destroyed], ['readableEnded', (s) => s._readableState.done], ['readableFlowing', (s) => s._readableState.flowing],
  ['readableLength', (s) => s._readableState.list.length], ['readableObjectMode', (s) => s._readableState.objectMode]]) {
  reflectDefine(Readable.prototype, k, getterDesc(function () { return f(this); }, function () {}, false));
}
function collect(s) {
  return new Prom((resolve, reject) => { const l = []; s.on('data', (c) => arrPush(l, c)); s.on('end', () => resolve(l)); s.on('error', reject); });
}
function streamIterator(s) {
  const waiting = [], ready = [];
  let over = false, failed = null;
  const wake = () => {
    while (waiting.length && (ready.length || over || failed)) {
      const [resolve, reject] = arrShift(waiting);
      if (ready.length) resolve({ value: arrShift(ready), done: false });
      else if (failed) reject(failed);
      else resolve({ value: undefined, done: true });
    }
  };
  s.on('data', (c) => { arrPush(ready, c); wake(); });
  s.on('end', () => { over = true; wake(); });
  s.on('close', () => { over = true; wake(); });
  s.on('error', (e) => { failed = e; wake(); });
  const it = {
    next() { return new Prom((resolve, reject) => { arrPush(waiting, safe([resolve, reject])); wake(); }); },
    return() { s.destroy(); return promResolve({ value: undefined, done: true }); },
  };
  if (asyncIterator) it[asyncIterator] = () => it;
  return it;
}
function destroyStream(s, error, cb) {
  if (s._destroyed) return s;
  def(s, '_destroyed', true);
  if (s._readableState) { s._readableState.destroyed = true; s._readableState.ended = true; }
  const done = (e) => nextTick(() => { if (e) s.emit('error', e); if (!s.closed) { def(s, 'closed', true); s.emit('close'); } if (typeof cb === 'function') cb(e); });
  if (typeof s._destroy === 'function') s._destroy(error || null, (e) => done(e || error)); else done(error);
  return s;
}
Readable.from = function (source, options) {
  const s = new Readable(assign({ objectMode: true }, options));
  const feed = (list) => { for (const x of list) s.push(x); s.push(null); };
  if (typeof source === 'string' || isView(source)) { s.push(source); s.push(null); }
  else if (source && typeof source.then === 'function') source.then(feed, (e) => s.destroy(e));
  else if (source && asyncIterator && source[asyncIterator]) {
    const it = source[asyncIterator]();
    const pull = () => it.next().then((r) => { if (r.done) s.push(null); else { s.push(r.value); pull(); } }, (e) => s.destroy(e));
    pull();
  } else feed(source);
  return s;
};
Readable.fromWeb = (web) => Readable.from(web._list || []);
Readable.toWeb = (s) => s;

function Writable(options) {
  if (!(this instanceof Writable)) return new Writable(options);
  apply(Stream, this, []);
  initWritable(this, options);
}
inherits(Writable, Stream);
function initWritable(s, options) {
  const o = options || {};
  def(s, '_writableState', { queue: [], busy: false, ending: false, done: false, objectMode: !!(o.objectMode || o.writableObjectMode),
    decode: o.decodeStrings !== false, encoding: o.defaultEncoding });
  for (const k of ['write', 'writev', 'final', 'destroy', 'transform', 'flush']) if (typeof o[k] === 'function') s['_' + k] = o[k];
  s.writable = true;
}
function pump(s) {
  const w = s._writableState;
  if (w.busy) return;
  if (w.queue.length) {
    const [chunk, encoding, cb] = arrShift(w.queue);
    w.busy = true;
    let sync = true;
    const done = (e) => {
      w.busy = false;
      if (cb) nextTick(cb, [e]);
      if (e) { s.destroy(e); return; }
      if (sync) nextTick(() => pump(s)); else pump(s);
      if (!w.queue.length && !w.ending) nextTick(() => s.emit('drain'));
    };
    if (typeof s._write === 'function') s._write(chunk, encoding, done);
    else if (typeof s._writev === 'function') s._writev([{ chunk, encoding }], done);
    else done();
    sync = false;
    return;
  }
  if (!w.ending || w.done) return;
  w.done = true;
  const finish = (e) => nextTick(() => {
    if (e) { s.destroy(e); return; }
    s.emit('finish');
    if (!s._readableState || s._readableState.done) nextTick(() => { if (!s.closed) { def(s, 'closed', true); s.emit('close'); } });
  });
  if (typeof s._final === 'function') s._final(finish); else finish();
}
const writableMethods = {
  write(chunk, encoding, cb) {
    if (typeof encoding === 'function') { cb = encoding; encoding = undefined; }
    const w = this._writableState;
    if (w.ending) {
      const e = coded(new Err('write after end'), 'ERR_STREAM_WRITE_AFTER_END');
      if (typeof cb === 'function') nextTick(cb, [e]);
      return false;
    }
    let c = chunk;
    if (!w.objectMode && w.decode) c = typeof c === 'string' ? buffer(decodeText(c, encoding)) : isView(c) && !isBuffer(c) ? shareBuffer(c) : wmHas(lenients, c || w) ? buffer(bin(c)) : c;
    if (!w.objectMode && (c === null || c === undefined || typeof c === 'number')) {
      throw coded(new TypeErr('The "chunk" argument must be of type string or an instance of Buffer or Uint8Array. Received ' + text(c)), 'ERR_INVALID_ARG_TYPE');
    }
    arrPush(w.queue, safe([c, typeof c === 'string' ? encoding || 'utf8' : 'buffer', typeof cb === 'function' ? cb : null]));
    pump(this);
    return true;
  },
  end(chunk, encoding, cb) {
    if (typeof chunk === 'function') { cb = chunk; chunk = undefined; }
    if (typeof encoding === 'function') { cb = encoding; encoding = undefined; }
    const w = this._writableState;
    if (w.ending) return this;
    if (chunk !== undefined && chunk !== null) this.write(chunk, encoding);
    if (typeof cb === 'function') this.once('finish', cb);
    w.ending = true;
    this.writable = false;
    pump(this);
    return this;
  },
  cork() {}, uncork() {},
  setDefaultEncoding() { return this; },
  destroy(error, cb) { return destroyStream(this, error, cb); },
};
for (const k of ['write', 'end']) writableMethods[k] = cleanFunction(writableMethods[k]);
methods(Writable.prototype, writableMethods);
for (const [k, f] of [['writableEnded', (s) => s._writableState.ending], ['writableFinished', (s) => s._writableState.done], ['writableLength', () => 0],
  ['writableHighWaterMark', () => 16384]]) {
  reflectDefine(Writable.prototype, k, getterDesc(function () { return f(this); }, function () {}, false));
}
reflectDefine(Writable.prototype, 'destroyed', getterDesc(function () { return !!this._destroyed; }, function () {}, false));
// A Duplex is a Writable for instanceof, though it inherits from Readable.
reflectDefine(Writable, Symbol.hasInstance, valueDesc(function (x) {
  if (this !== Writable) return apply(Function.prototype[Symbol.hasInstance], this, [x]);
  return x !== null && typeof x === 'object' && !!x._writableState || protoHas(x, Writable.prototype);
}, false));
function protoHas(x, proto) {
  for (let p = x; p !== null && (typeof p === 'object' || typeof p === 'function'); p = getProto(p)) if (p === proto) return true;
  return false;
}

function Duplex(options) {
  if (!(this instanceof Duplex)) return new Duplex(options);
  apply(Readable, this, [options]);
  initWritable(this, options);
}
inherits(Duplex, Readable);
methods(Duplex.prototype, writableMethods);
for (const k of ['writableEnded', 'writableFinished', 'writableLength', 'writableHighWaterMark']) reflectDefine(Duplex.prototype, k, getDesc(Writable.prototype, k));

function Transform(options) {
  if (!(this instanceof Transform)) return new Transform(options);
  apply(Duplex, this, [options]);
}
inherits(Transform, Duplex);
methods(Transform.prototype, {
  _write(chunk, encoding, cb) {
    this._transform(chunk, encoding, (e, out) => {
      if (e) { cb(e); return; }
      if (out !== null && out !== undefined) this.push(out);
      cb();
    });
  },
  _transform(chunk, encoding, cb) { cb(null, chunk); },
  _final(cb) {
    if (typeof this._flush !== 'function') { this.push(null); cb(); return; }
    this._flush((e, out) => {
      if (e) { cb(e); return; }
      if (out !== null && out !== undefined) this.push(out);
      this.push(null);
      cb();
    });
  },
});
function PassThrough(options) {
  if (!(this instanceof PassThrough)) return new PassThrough(options);
  apply(Transform, this, [options]);
}
inherits(PassThrough, Transform);

function finished(s, options, cb) {
  const done = typeof options === 'function' ? options : cb;
  let called = false;
  const call = (e) => { if (!called) { called = true; done(e); } };
  s.on('end', () => { if (!s._writableState) call(); });
  s.on('finish', () => call());
  s.on('close', () => call());
  s.on('error', call);
  return () => { called = true; };
}
function pipeline(...args) {
  const cb = typeof args[args.length - 1] === 'function' ? args.pop() : null;
  const list = isArray(args[0]) ? args[0] : args;
  let called = false;
  const call = (e) => { if (!called) { called = true; if (cb) cb(e); } };
  let s = typeof list[0] === 'function' ? Readable.from(list[0]()) : typeof list[0].pipe === 'function' ? list[0] : Readable.from(list[0]);
  for (let i = 1; i < list.length; i++) {
    s.on('error', call);
    let next = list[i];
    if (typeof next === 'function') {
      const r = next(s);
      if (r && typeof r.then === 'function') { r.then(() => call(), call); return s; }
      next = Readable.from(r);
    } else s.pipe(next);
    s = next;
  }
  s.on('error', call);
  s.on('finish', () => call());
  s.on('end', () => call());
  if (!s._writableState && s._readableState) s.resume();
  return s;
}
lazy('stream', () => {
  const S = Stream;
  def(S, 'name', 'Stream');
  S.prototype.pipe = Readable.prototype.pipe;
  assign(S, { Stream: S, Readable, Writable, Duplex, Transform, PassThrough, finished, pipeline, isReadable: (s) => !!s.readable,
    addAbortSignal: (signal, s) => s, compose: (a, b) => a.pipe(b), getDefaultHighWaterMark: () => 16384 });
  S.promises = builtin('stream/promises');
  return S;
});
lazy('stream/promises', () => ({
  pipeline: (...args) => new Prom((resolve, reject) => { pipeline(...args.filter((a, i) => i < args.length - 1 || typeof a === 'function' || typeof a.pipe === 'function' || typeof a.write === 'function'),
    (e) => (e ? reject(e) : resolve())); }),
  finished: (s) => new Prom((resolve, reject) => { finished(s, (e) => (e ? reject(e) : resolve())); if (s._readableState && !s._writableState) s.resume(); }),
}));
lazy('stream/consumers', () => ({
  text: (s) => collect(s).then((l) => fromUtf8(arrJoin(l.map((c) => bin(c)), ''))),
  json: (s) => collect(s).then((l) => parseJSON(fromUtf8(arrJoin(l.map((c) => bin(c)), '')))),
  buffer: (s) => collect(s).then((l) => buffer(arrJoin(l.map((c) => bin(c)), ''))),
  arrayBuffer: (s) => collect(s).then((l) => viewBuffer(buffer(arrJoin(l.map((c) => bin(c)), '')))),
}));
