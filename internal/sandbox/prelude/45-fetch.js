// fetch and its classes, XMLHttpRequest, WebSocket, and the usual HTTP clients.

class Headers {
  constructor(init) {
    def(this, '_h', create(null)); def(this, '_n', create(null));
    if (!init) return;
    if (init instanceof Headers) { for (const k of objectKeys(init._h)) { this._h[k] = init._h[k]; this._n[k] = init._n[k]; } return; }
    if (typeof init[Symbol.iterator] === 'function') for (const [k, v] of init) this.append(k, v);
    else for (const k of objectKeys(init)) this.set(k, isArray(init[k]) ? init[k].join(', ') : init[k]);
  }
  append(k, v) { const n = strLower(text(k)); if (n in this._h) this._h[n] += ', ' + text(v); else this.set(k, v); }
  set(k, v) { const n = strLower(text(k)); this._h[n] = text(v); this._n[n] = text(k); }
  get(k) { const n = strLower(text(k)); return n in this._h ? this._h[n] : null; }
  has(k) { return strLower(text(k)) in this._h; }
  delete(k) { delete this._h[strLower(text(k))]; }
  getSetCookie() { return []; }
  raw() { const o = {}; for (const k of objectKeys(this._h)) o[k] = [this._h[k]]; return o; }
  forEach(f, self) { for (const k of objectKeys(this._h)) apply(f, self, [this._h[k], k, this]); }
  keys() { return objectKeys(this._h)[Symbol.iterator](); }
  values() { return objectKeys(this._h).map((k) => this._h[k])[Symbol.iterator](); }
  entries() { return objectKeys(this._h).map((k) => [k, this._h[k]])[Symbol.iterator](); }
  [Symbol.iterator]() { return this.entries(); }
}
function plainHeaders(h) {
  const out = create(null);
  if (!h) return out;
  const x = h instanceof Headers ? h : new Headers(h);
  for (const k of objectKeys(x._h)) out[x._n[k]] = x._h[k];
  return out;
}
class Blob {
  constructor(parts, o) {
    const b = (parts ? [...parts] : []).map((p) => bin(p)).join('');
    wmSet(bodies, this, () => b);
    this.size = b.length; this.type = text(o && o.type);
  }
  text() { return promResolve(fromUtf8(bin(this))); }
  arrayBuffer() { return promResolve(viewBuffer(binToBytes(bin(this)))); }
  bytes() { return promResolve(binToBytes(bin(this))); }
  slice(s, e) { return new Blob([buffer(strSlice(bin(this), s, e))]); }
  stream() { return new ReadableStream(bin(this)); }
}
class File extends Blob { constructor(parts, name, o) { super(parts, o); this.name = text(name); this.lastModified = mathFloor(clock); } }
const boundary = '----formdata-undici-048813915713';
class FormData {
  constructor(form) {
    def(this, '_list', []);
    wmSet(bodies, this, () => this._list.map(([k, v, name]) => '--' + boundary + '\r\nContent-Disposition: form-data; name="' + utf8(k) + '"' + (name ? '; filename="' + utf8(name) + '"' : '') + '\r\n\r\n' + bin(v) + '\r\n').join('') + '--' + boundary + '--\r\n');
    if (form && form.elements) for (const f of form.elements) this.append(f.name, f.value);
  }
  append(k, v, name) {
    // A stream of a file is appended by its content, as the form-data package does.
    const s = v && v._readableState && v.path !== undefined ? buffer(text(readQuietly(pathFake.resolve(text(v.path))))) : v;
    arrPush(this._list, [text(k), typeof s === 'object' && s !== null ? s : text(s), text(name && name.filename ? name.filename : name) || (v && text(v.name || v.path)) || '']);
  }
  set(k, v, n) { this.delete(k); this.append(k, v, n); }
  delete(k) { def(this, '_list', this._list.filter((x) => x[0] !== text(k))); }
  get(k) { const p = this._list.find((x) => x[0] === text(k)); return p ? p[1] : null; }
  getAll(k) { return this._list.filter((x) => x[0] === text(k)).map((x) => x[1]); }
  has(k) { return this._list.some((x) => x[0] === text(k)); }
  forEach(f) { for (const [k, v] of this._list) f(v, k, this); }
  entries() { return this._list.map((x) => [x[0], x[1]])[Symbol.iterator](); }
  keys() { return this._list.map((x) => x[0])[Symbol.iterator](); }
  values() { return this._list.map((x) => x[1])[Symbol.iterator](); }
  [Symbol.iterator]() { return this.entries(); }
  // Of the form-data package:
  getHeaders(h) { return assign({ 'content-type': 'multipart/form-data; boundary=' + boundary }, h); }
  getBuffer() { return buffer(bin(this)); } getLengthSync() { return bin(this).length; } getLength(cb) { later(0, cb, undefined, [null, bin(this).length]); } getBoundary() { return boundary; }
  pipe(dest) { dest.write(this.getBuffer()); dest.end(); return dest; }
  submit(o, cb) { const r = new ClientRequest([typeof o === 'string' ? o : assign({ method: 'POST' }, o)], 'http:', 'form-data.submit'); r.method = 'POST'; if (cb) r.on('response', (res) => cb(null, res)); r.end(this.getBuffer()); return r; }
}
class ReadableStream {
  constructor(source) {
    const list = [];
    def(this, '_list', list);
    if (typeof source === 'string') { if (source !== '') arrPush(list, binToBytes(source)); }
    else if (source && typeof source.start === 'function') {
      const c = { enqueue(x) { arrPush(list, x); }, close() {}, error() {}, desiredSize: 1 };
      source.start(c);
    }
    this.locked = false;
    wmSet(bodies, this, () => list.map((x) => bin(x)).join(''));
  }
  getReader() {
    let i = 0;
    const list = this._list;
    return { read: () => promResolve(i < list.length ? { value: list[i++], done: false } : { value: undefined, done: true }), releaseLock() {}, cancel: () => promResolve(), closed: promResolve() };
  }
  cancel() { return promResolve(); }
  pipeTo(w) { const wr = w.getWriter ? w.getWriter() : w; for (const c of this._list) wr.write(c); if (wr.close) wr.close(); return promResolve(); }
  pipeThrough(t) { return t.readable || this; }
  tee() { return [this, this]; }
  // node-fetch's body is a Node.js stream.
  pipe(dest) { return Readable.from(this._list).pipe(dest); }
  on(name, f) { if (!this._node) def(this, '_node', Readable.from(this._list)); this._node.on(name, f); return this; }
}
if (asyncIterator) def(ReadableStream.prototype, asyncIterator, function () { const r = this.getReader(); return { next: () => r.read(), return: () => promResolve({ done: true }) }; });

class Body {
  get body() { if (!this._stream) def(this, '_stream', new ReadableStream(this._b)); return this._stream; }
  get bodyUsed() { return this._used; }
  text() { this._used = true; return soon(() => fromUtf8(this._b)); }
  json() { this._used = true; return soon(() => parseJSON(fromUtf8(this._b))); }
  arrayBuffer() { this._used = true; return soon(() => viewBuffer(binToBytes(this._b))); }
  bytes() { return soon(() => binToBytes(this._b)); }
  buffer() { return soon(() => buffer(this._b)); }
  blob() { return soon(() => new Blob([buffer(this._b)])); }
  formData() { return soon(() => new FormData()); }
}
function soon(f) { return new Prom((resolve, reject) => { later(1, () => { try { resolve(f()); } catch (e) { if (e === exitSignal) throw e; reject(e); } }); }); }
class Response extends Body {
  constructor(body, o) {
    super();
    const init = o || {};
    def(this, '_b', bin(body)); def(this, '_used', false); def(this, '_stream', null);
    this.status = init.status === undefined ? 200 : init.status; this.ok = this.status >= 200 && this.status < 300; this.statusText = text(init.statusText) || 'OK';
    this.headers = new Headers(init.headers); this.url = text(init.url); this.redirected = false; this.type = 'basic';
  }
  clone() { return new Response(buffer(this._b), this); }
  static json(o, init) { return new Response(jsonStringify(o), init); }
  static error() { return new Response('', { status: 0 }); }
  static redirect(u) { return new Response('', { status: 302, headers: { location: u } }); }
}
class Request extends Body {
  constructor(input, o) {
    super();
    const from = input instanceof Request ? input : null, init = o || {};
    this.url = from ? from.url : typeof input === 'object' && input && input.href ? input.href : text(input);
    if (inBrowser && parseURL(this.url) === null) this.url = new URL(this.url, pageURL).href;
    this.method = strUpper(text(init.method) || (from ? from.method : 'GET'));
    this.headers = new Headers(init.headers || (from ? from.headers : undefined));
    def(this, '_b', init.body !== undefined && init.body !== null ? bin(init.body) : from ? from._b : ''); def(this, '_used', false); def(this, '_stream', null);
    this.signal = init.signal || new AbortSignal(); this.credentials = 'same-origin'; this.mode = 'cors'; this.cache = 'default'; this.redirect = 'follow';
  }
  clone() { return new Request(this); }
}
const fetchFake = {
  fetch(input, init) { return doFetch('fetch', input, init); },
}.fetch;
function doFetch(api, input, init) { return clean(fetchNow, undefined, [api, input, init]); }
function fetchNow(api, input, init) {
  let r;
  try {
    r = new Request(input, init);
    if (init && init.body && wmHas(bodies, init.body) && init.body instanceof FormData) r.headers.set('content-type', 'multipart/form-data; boundary=' + boundary);
    if (parseURL(r.url) === null) throw def(new TypeErr('Failed to parse URL from ' + r.url), 'cause', badURL(r.url));
  } catch (e) { if (e === exitSignal) throw e; return promReject(e); }
  const send = (b) => {
    sent(api, r.method, r.url, plainHeaders(r.headers), buffer(b));
    const a = strStarts(r.url, 'data:') ? dataURL(r.url) : answer(r.method, r.url, r.headers._h, b);
    return new Prom((resolve) => { later(40, () => resolve(new Response(buffer(a.body), { status: a.status, headers: { 'content-type': a.type, 'content-length': '' + a.body.length }, url: r.url }))); });
  };
  // A stream as a body is read to its end first.
  if (init && init.body && init.body._readableState) return collect(init.body).then((l) => send(l.map((c) => bin(c)).join('')));
  return send(r._b);
}
function dataURL(u) {
  const i = strIndexOf(u, ','), head = strSlice(u, 5, i), data = strSlice(u, i + 1);
  return { status: 200, type: head || 'text/plain', body: strEnds(head, ';base64') ? fromBase64(unpercent(data)) : utf8(unpercent(data)) };
}

class EventTarget {
  constructor() { def(this, '_on', create(null)); }
  addEventListener(name, f, o) { addTo(this, name, f, o); }
  removeEventListener(name, f) { const l = this._on && this._on[name]; if (l) this._on[name] = l.filter((x) => x.f !== f); }
  dispatchEvent(e) { return fire(this, e); }
}
function addTo(target, name, f, o) {
  if (!target._on) def(target, '_on', create(null));
  const n = text(name);
  if (inBrowser && cur !== null) recordOnce('listen', 'addEventListener', n);
  if (!f) return;
  const l = target._on[n] || (target._on[n] = []);
  if (l.length < 200) l[l.length] = { f, once: !!(o && o.once) };
}
function fire(target, e) {
  if (!e.target) { try { reflectDefine(e, 'target', valueDesc(target, true)); reflectDefine(e, 'currentTarget', valueDesc(target, true)); } catch (x) { /* a frozen event */ } }
  const call = (f) => { const ctx = cur; enter(ctx, typeof f === 'function' ? f : (x) => f.handleEvent(x), target, [e]); };
  const l = target._on ? arrSlice(target._on[e.type] || []) : [];
  for (let i = 0; i < l.length; i++) {
    if (l[i].once) target.removeEventListener(e.type, l[i].f);
    call(l[i].f);
  }
  const on = target['on' + e.type];
  if (typeof on === 'function') call(on);
  return !e.defaultPrevented;
}
class Event {
  constructor(type, init) {
    this.type = text(type); this.bubbles = !!(init && init.bubbles); this.cancelable = true; this.defaultPrevented = false; this.timeStamp = clock - started; this.isTrusted = true;
    if (init) for (const k of objectKeys(init)) if (!(k in this)) this[k] = init[k];
  }
  preventDefault() { this.defaultPrevented = true; } stopPropagation() {} stopImmediatePropagation() {} composedPath() { return []; }
  initEvent(t) { this.type = t; }
}
class CustomEvent extends Event { constructor(t, i) { super(t, i); this.detail = i ? i.detail : null; } }
class AbortSignal extends EventTarget {
  constructor() { super(); this.aborted = false; this.reason = undefined; this.onabort = null; }
  throwIfAborted() { if (this.aborted) throw this.reason; }
  static timeout() { return new AbortSignal(); } static abort(r) { const s = new AbortSignal(); s.aborted = true; s.reason = r; return s; } static any() { return new AbortSignal(); }
}
class AbortController {
  constructor() { this.signal = new AbortSignal(); }
  abort(r) { const s = this.signal; if (s.aborted) return; s.aborted = true; s.reason = r || def(new Err('This operation was aborted'), 'name', 'AbortError'); fire(s, new Event('abort')); }
}

class XMLHttpRequest extends EventTarget {
  constructor() {
    super();
    assign(this, { readyState: 0, status: 0, statusText: '', responseText: '', response: '', responseType: '', responseURL: '', timeout: 0, withCredentials: false, responseXML: null, upload: new EventTarget(),
      onreadystatechange: null, onload: null, onerror: null, onloadend: null, onprogress: null });
    def(this, '_m', 'GET'); def(this, '_u', ''); def(this, '_hs', create(null)); def(this, '_sync', false);
  }
  open(m, u, async) { this._m = strUpper(text(m)); this._u = inBrowser ? new URL(text(u), pageURL).href : text(u); this._sync = async === false; this.readyState = 1; if (this.onreadystatechange) this.onreadystatechange(); }
  setRequestHeader(k, v) { this._hs[text(k)] = text(v); }
  overrideMimeType() {} abort() {}
  getResponseHeader(k) { return strLower(text(k)) === 'content-type' ? this._type || null : null; }
  getAllResponseHeaders() { return 'content-type: ' + text(this._type) + '\r\n'; }
  send(body) {
    sent('XMLHttpRequest.send', this._m, this._u, this._hs, body === undefined || body === null ? '' : buffer(bin(body)));
    const r = answer(this._m, this._u, this._hs, bin(body));
    const done = () => {
      const t = fromUtf8(r.body);
      assign(this, { status: r.status, statusText: 'OK', responseURL: this._u, readyState: 4 });
      def(this, '_type', r.type);
      if (this.responseType === '' || this.responseType === 'text') this.responseText = t;
      this.response = this.responseType === 'json' ? parseJSON(t) : this.responseType === 'arraybuffer' ? viewBuffer(binToBytes(r.body)) : this.responseType === 'blob' ? new Blob([buffer(r.body)]) : t;
      for (const n of ['readystatechange', 'load', 'loadend']) fire(this, new Event(n));
    };
    if (this._sync) done(); else later(40, done);
  }
}
assign(XMLHttpRequest, { UNSENT: 0, OPENED: 1, HEADERS_RECEIVED: 2, LOADING: 3, DONE: 4 });
assign(XMLHttpRequest.prototype, { UNSENT: 0, OPENED: 1, HEADERS_RECEIVED: 2, LOADING: 3, DONE: 4 });

// One class for the browser's WebSocket and the ws package's.
class WebSocket extends EventEmitter {
  constructor(url, protocols, o) {
    super();
    def(this, '_on', create(null));
    assign(this, { url: text(url), readyState: 0, protocol: '', binaryType: 'nodebuffer', bufferedAmount: 0, onopen: null, onmessage: null, onclose: null, onerror: null });
    const u = parseURL(this.url);
    if (u === null) throw def(new Err('Invalid URL: ' + this.url), 'name', 'SyntaxError');
    const h = (o && o.headers) || (protocols && !isArray(protocols) && typeof protocols === 'object' && protocols.headers);
    sent('WebSocket', 'GET', this.url, h || null, '');
    later(30, () => { this.readyState = 1; this.emit('open'); fire(this, new Event('open')); });
    later(150, () => { if (this.readyState === 1) { this.emit('message', buffer(TOKEN), false); const e = new Event('message'); e.data = TOKEN; fire(this, e); } });
    later(3000, () => { if (this.readyState === 1) this.close(); });
  }
  send(data, ...rest) {
    const u = parseURL(this.url);
    record('send', 'WebSocket.send', u.hostname + (u.port ? ':' + u.port : ''), 'MESSAGE ' + this.url, buffer(bin(data)));
    const cb = lastFunction(rest, 0);
    if (cb) later(1, cb);
  }
  close() { if (this.readyState < 2) { this.readyState = 3; later(1, () => { this.emit('close', 1000, buffer('')); const e = new Event('close'); e.code = 1000; fire(this, e); }); } }
  terminate() { this.close(); } ping() {} pong() {}
  addEventListener(n, f, o) { addTo(this, n, f, o); } removeEventListener(n, f) { apply(EventTarget.prototype.removeEventListener, this, [n, f]); } dispatchEvent(e) { return fire(this, e); }
}
assign(WebSocket, { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 });
assign(WebSocket.prototype, { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 });

// ---- clients: fakes of the packages most scripts use --------------------------------

const clients = create(null);
// clientBody gives the bytes and the type of what a client is told to send.
function clientBody(data) {
  if (data === undefined || data === null) return { b: '', type: '' };
  if (typeof data === 'string') return { b: utf8(data), type: 'application/x-www-form-urlencoded' };
  if (data instanceof FormData) return { b: bin(data), type: 'multipart/form-data; boundary=' + boundary };
  if (data instanceof URLSearchParams) return { b: bin(data), type: 'application/x-www-form-urlencoded' };
  if (data._readableState && data.path !== undefined) return { b: text(readQuietly(pathFake.resolve(text(data.path)))), type: 'application/octet-stream' };
  if (isView(data) || isArrayBuffer(data) || wmHas(bodies, data)) return { b: bin(data), type: 'application/octet-stream' };
  let s = '';
  try { s = jsonStringify(data) || ''; } catch (e) { if (e === exitSignal) throw e; }
  return { b: utf8(s), type: 'application/json' };
}
function withQuery(url, params) {
  if (!params || typeof params !== 'object') return url;
  const q = params instanceof URLSearchParams ? params : new URLSearchParams(params), s = q.toString();
  return s === '' ? url : url + (strIndexOf(url, '?') < 0 ? '?' : '&') + s;
}
function bodyFor(r, type) {
  if (type === 'arraybuffer') return buffer(r.body);
  if (type === 'stream') return new IncomingMessage(r, '');
  const t = fromUtf8(r.body);
  if (type === 'text') return t;
  return strStarts(r.type, 'application/javascript') || strStarts(r.type, 'text/html') ? t : t === codeText ? t : parseJSONLoosely(t);
}
function parseJSONLoosely(t) { try { return parseJSON(t); } catch (e) { return t; } }

clients.axios = () => {
  const make = (defaults) => {
    const use = (list) => ({ use(f, g) { arrPush(list, [f, g]); return list.length - 1; }, eject() {}, clear() { list.length = 0; } });
    const before = [], after = [];
    const run = (c0) => {
      let c = assign({ method: 'get' }, defaults, c0);
      c.headers = assign({}, defaults && defaults.headers, c0 && c0.headers);
      for (const [f] of before) if (typeof f === 'function') { const r = f(c); if (r && typeof r.then !== 'function') c = r; }
      let url = text(c.url);
      if (c.baseURL && rxExec(/^[a-z][a-z0-9+.-]*:\/\//i, url) === null) url = text(c.baseURL) + (strEnds(text(c.baseURL), '/') || url[0] === '/' || url === '' ? '' : '/') + url;
      url = withQuery(url, c.params);
      const { b, type } = clientBody(c.data), method = strUpper(text(c.method));
      const h = assign(type && !c.headers['Content-Type'] ? { 'Content-Type': type } : {}, c.headers);
      if (c.auth) h.Authorization = 'Basic ' + toBase64(utf8(text(c.auth.username) + ':' + text(c.auth.password)));
      sent('axios.' + strLower(method), method, url, h, buffer(b));
      const r = answer(method, url, h, b);
      return new Prom((resolve) => { later(40, () => {
        let res = { data: bodyFor(r, c.responseType), status: r.status, statusText: 'OK', headers: { 'content-type': r.type, get(k) { return this[strLower(k)]; } }, config: c, request: { res: { responseUrl: url } } };
        for (const [f] of after) if (typeof f === 'function') res = f(res) || res;
        resolve(res);
      }); });
    };
    const ax = (a, b) => run(typeof a === 'string' ? assign({}, b, { url: a }) : a);
    ax.request = (c, b) => ax(c, b);
    for (const m of ['get', 'delete', 'head', 'options']) ax[m] = (url, c) => run(assign({}, c, { method: m, url }));
    for (const m of ['post', 'put', 'patch']) { ax[m] = (url, data, c) => run(assign({}, c, { method: m, url, data })); ax[m + 'Form'] = ax[m]; }
    ax.defaults = assign({ headers: { common: {}, get: {}, post: {} }, timeout: 0 }, defaults);
    if (!defaults) defaults = ax.defaults.headers ? { headers: {} } : {};
    ax.interceptors = { request: use(before), response: use(after) };
    ax.create = (c) => make(c);
    assign(ax, { isAxiosError: () => false, isCancel: () => false, all: (l) => Prom.all(l), spread: (f) => (l) => f(...l), CancelToken: { source: () => ({ token: {}, cancel() {} }) }, AxiosError: class AxiosError extends Error {}, Axios: function Axios() {}, VERSION: '1.6.7', getUri: (c) => withQuery(text(c.url), c.params), toFormData: (o) => { const f = new FormData(); for (const k of objectKeys(o)) f.append(k, o[k]); return f; } });
    ax.default = ax;
    return ax;
  };
  return make();
};
clients['node-fetch'] = () => {
  const f = (u, o) => doFetch('node-fetch', u, o);
  return assign(f, { default: f, Headers, Request, Response, FormData, Blob, File, FetchError: class FetchError extends Error {}, isRedirect: () => false });
};
clients['cross-fetch'] = clients['isomorphic-fetch'] = clients['make-fetch-happen'] = clients['node-fetch'];
clients.undici = () => ({ fetch: (u, o) => doFetch('undici.fetch', u, o), Headers, Request, Response, FormData, setGlobalDispatcher() {}, getGlobalDispatcher: () => ({}), Agent: class { close() {} }, ProxyAgent: class { close() {} }, Pool: class { request(o) { return clientsUndici(o.path, o); } }, Client: class { constructor(u) { this._u = u; } request(o) { return clientsUndici(this._u + o.path, o); } close() {} }, request: (u, o) => clientsUndici(u, o) });
function clientsUndici(u, o) { return doFetch('undici.request', u, o).then((r) => ({ statusCode: r.status, headers: { 'content-type': r.headers.get('content-type') }, body: assign(Readable.from([buffer(r._b)]), { json: () => r.json(), text: () => r.text(), arrayBuffer: () => r.arrayBuffer() }) })); }
clients.request = () => {
  const make = (name, fixed) => {
    const run = (a, b, c) => {
      const o = assign({}, fixed, typeof a === 'string' ? { url: a } : a, typeof b === 'object' ? b : null), cb = lastFunction([0, a, b, c]);
      const json = o.json !== undefined && o.json !== false, form = o.form;
      const { b: bytes, type } = form ? { b: utf8(typeof form === 'string' ? form : builtin('querystring').stringify(form)), type: 'application/x-www-form-urlencoded' } : o.formData ? clientBody(clients_form(o.formData)) : clientBody(json && typeof o.json === 'object' ? o.json : o.body);
      const url = withQuery(text(typeof o.url === 'object' ? o.url && o.url.href : o.url || o.uri), o.qs), method = strUpper(text(o.method) || 'GET');
      sent(name, method, url, assign(type && bytes ? { 'content-type': type } : {}, o.headers), buffer(bytes));
      const r = answer(method, url, json ? { accept: 'application/json' } : {}, bytes), s = new PassThrough();
      s.promise = () => p; s.form = () => { const f = new FormData(); return f; };
      const p = new Prom((resolve) => { later(40, () => {
        const t = o.encoding === null ? buffer(r.body) : fromUtf8(r.body), body = json ? parseJSONLoosely(t) : t;
        const res = new IncomingMessage(r, url);
        res.body = body;
        s.emit('response', res);
        if (cb) cb(null, res, body);
        s.end(buffer(r.body));
        s.emit('complete', res, body);
        resolve(o.resolveWithFullResponse ? res : body);
      }); });
      s.then = (x, y) => p.then(x, y);
      s.catch = (y) => p.catch(y);
      return s;
    };
    for (const m of ['get', 'post', 'put', 'patch', 'delete', 'head']) run[m] = (a, b, c) => run(assign({}, typeof a === 'string' ? { url: a } : a, typeof b === 'object' ? b : null, { method: m }), lastFunction([0, a, b, c]));
    run.del = run.delete;
    run.defaults = (o) => make(name, assign({}, fixed, o));
    run.jar = () => ({}); run.cookie = () => ({});
    return run;
  };
  return make('request', {});
};
function clients_form(o) { const f = new FormData(); for (const k of objectKeys(o)) f.append(k, o[k] && o[k].value ? o[k].value : o[k]); return f; }
clients['request-promise'] = clients['request-promise-native'] = clients.request;
clients.got = () => {
  const make = (defaults) => {
    const run = (u, o) => {
      const c = assign({}, defaults, typeof u === 'string' || (u && wmHas(urls, u)) ? { url: text(u.href || u) } : u, o);
      const { b, type } = c.json !== undefined && typeof c.json === 'object' ? clientBody(c.json) : c.form ? clientBody(new URLSearchParams(c.form)) : clientBody(c.body);
      const url = withQuery((c.prefixUrl ? text(c.prefixUrl) + '/' : '') + text(c.url), c.searchParams), method = strUpper(text(c.method) || 'GET');
      sent('got', method, url, assign(type && b ? { 'content-type': type } : {}, c.headers), buffer(b));
      const r = answer(method, url, {}, b);
      const p = new Prom((resolve) => { later(40, () => { const t = fromUtf8(r.body); resolve({ statusCode: 200, body: c.responseType === 'json' ? parseJSONLoosely(t) : c.responseType === 'buffer' ? buffer(r.body) : t, rawBody: buffer(r.body), headers: { 'content-type': r.type }, url }); }); });
      p.json = () => p.then((x) => parseJSONLoosely(typeof x.body === 'string' ? x.body : fromUtf8(r.body)));
      p.text = () => p.then(() => fromUtf8(r.body));
      p.buffer = () => p.then(() => buffer(r.body));
      return p;
    };
    for (const m of ['get', 'post', 'put', 'patch', 'delete', 'head']) run[m] = (u, o) => run(u, assign({}, o, { method: m }));
    run.stream = (u, o) => { run(u, o); return new IncomingMessage(answer('GET', text(u), {}, ''), text(u)); };
    run.extend = (o) => make(assign({}, defaults, o));
    run.default = run.got = run;
    return run;
  };
  return make({});
};
clients.ky = clients.got;
clients.superagent = () => {
  const start = (m, u) => {
    const st = { h: {}, b: '', type: '', q: null };
    let p = null;
    const go = () => p || (p = new Prom((resolve) => {
      const url = withQuery(text(u), st.q);
      sent('superagent.' + strLower(m), m, url, st.h, buffer(st.b));
      const r = answer(m, url, st.h, st.b);
      later(40, () => resolve({ status: 200, ok: true, text: fromUtf8(r.body), body: bodyFor(r), headers: { 'content-type': r.type } }));
    }));
    const q = { set(k, v) { if (typeof k === 'object') assign(st.h, k); else st.h[k] = v; return q; }, send(d) { const x = clientBody(d); st.b += x.b; return q; }, query(x) { st.q = typeof x === 'string' ? new URLSearchParams(x) : x; return q; }, field(k, v) { st.b += text(k) + '=' + text(v) + '&'; return q; },
      attach(k, f) { st.b += text(readQuietly(pathFake.resolve(text(f)))); return q; }, type() { return q; }, accept() { return q; }, timeout() { return q; }, retry() { return q; }, auth() { return q; }, buffer() { return q; }, then: (a, b) => go().then(a, b), catch: (b) => go().catch(b), end(cb) { go().then((r) => cb && cb(null, r)); return q; } };
    return q;
  };
  const sa = (m, u) => (u === undefined ? start('GET', m) : start(strUpper(m), u));
  for (const m of ['get', 'post', 'put', 'patch', 'delete', 'head']) sa[m] = (u) => start(strUpper(m), u);
  sa.del = sa.delete;
  return sa;
};
clients.needle = () => {
  const run = (m, u, d, o, cb) => {
    const f = lastFunction([0, d, o, cb]), { b } = clientBody(typeof d === 'function' ? null : d);
    sent('needle', strUpper(m), text(u), o && o.headers, buffer(b));
    const r = answer(m, text(u), {}, b), res = { statusCode: 200, body: bodyFor(r), headers: { 'content-type': r.type } };
    if (f) later(40, () => f(null, res, res.body));
    return new Prom((resolve) => { later(40, () => resolve(res)); });
  };
  const n = (m, u, d, o, cb) => run(m, u, d, o, cb);
  for (const m of ['get', 'head']) n[m] = (u, o, cb) => run(m, u, null, o, lastFunction([0, o, cb]));
  for (const m of ['post', 'put', 'delete', 'patch']) n[m] = (u, d, o, cb) => run(m, u, d, o, cb);
  return n;
};
clients.ws = () => assign(WebSocket, { WebSocket, Server: class extends Server { constructor(o) { super({}, null, 'ws.Server'); if (o && o.port) this.listen(o.port); } }, WebSocketServer: class extends Server { constructor(o) { super({}, null, 'ws.Server'); if (o && o.port) this.listen(o.port); } } });
clients.websocket = () => ({ w3cwebsocket: WebSocket, client: class extends EventEmitter { connect(u) { const w = new WebSocket(u); w.on('open', () => this.emit('connect', w)); w.sendUTF = w.send; } } });
clients['form-data'] = () => FormData;
clients['socket.io-client'] = () => {
  const io = (url) => {
    const s = new EventEmitter(), u = text(url);
    sent('socket.io-client', 'GET', u, null, '');
    const on = EventEmitter.prototype.emit;
    later(30, () => { s.connected = true; apply(on, s, ['connect']); });
    s.id = 'Wq3'; s.connect = s.open = s.close = s.disconnect = () => s;
    s.emit = (name, ...args) => { const p = parseURL(u); record('send', 'socket.io-client.emit', p ? p.hostname + (p.port ? ':' + p.port : '') : u, 'MESSAGE ' + u + ' ' + text(name), args.map((a) => (typeof a === 'string' ? a : typeof a === 'function' ? '' : jsonStringify(a))).join('\n')); return s; };
    return s;
  };
  return assign(io, { io, connect: io, default: io });
};
clients.dotenv = () => ({ config(o) { const f = pathFake.resolve(text(o && o.path) || '.env'); fsAPI = 'dotenv.config'; noteRead(f); const b = readQuietly(f); const parsed = {}; if (b !== null) for (const l of strSplit(fromUtf8(b), '\n')) { const m = rxExec(/^\s*([\w.-]+)\s*=\s*(.*)$/, l); if (m) { parsed[m[1]] = strTrim(m[2]); if (!hasOwn(cur.vars, m[1])) cur.vars[m[1]] = strTrim(m[2]); } } return { parsed }; }, parse: () => ({}) });
clients['node-machine-id'] = () => ({ machineIdSync() { ask('machine', 'node-machine-id'); return 'b08dfa6083e7567a1921a715000001fb'; }, machineId() { ask('machine', 'node-machine-id'); return promResolve('b08dfa6083e7567a1921a715000001fb'); } });
clients['fs-extra'] = () => {
  const x = assign({}, fsFake, fsPromises);
  for (const k of objectKeys(fsPromises)) if (typeof fsPromises[k] === 'function' && typeof fsFake[k] === 'function') x[k] = (...a) => (typeof a[a.length - 1] === 'function' ? fsFake[k](...a) : fsPromises[k](...a));
  const dirs = (p) => fsFake.mkdirSync(p, { recursive: true }), gone = (p) => fsFake.rmSync(p, { recursive: true, force: true });
  assign(x, { ensureDirSync: dirs, mkdirpSync: dirs, mkdirsSync: dirs, ensureDir: (p) => promResolve(dirs(p)), mkdirp: (p) => promResolve(dirs(p)), removeSync: gone, remove: (p) => promResolve(gone(p)), copySync: fsFake.cpSync, copy: fsPromises.cp, moveSync: fsFake.renameSync, move: fsPromises.rename, pathExistsSync: fsFake.existsSync, pathExists: (p) => promResolve(fsFake.existsSync(p)),
    readJsonSync: (p) => parseJSON(fsFake.readFileSync(p, 'utf8')), readJSONSync: (p) => parseJSON(fsFake.readFileSync(p, 'utf8')), readJson: (p) => fsPromises.readFile(p, 'utf8').then((s) => parseJSON(s)), outputFileSync: (p, d) => { dirs(pathFake.dirname(pathFake.resolve(p))); fsFake.writeFileSync(p, d); }, outputFile: (p, d) => { dirs(pathFake.dirname(pathFake.resolve(p))); return fsPromises.writeFile(p, d); },
    writeJsonSync: (p, o) => fsFake.writeFileSync(p, jsonStringify(o)), writeJson: (p, o) => fsPromises.writeFile(p, jsonStringify(o)) });
  x.default = x;
  return x;
};
clients['graceful-fs'] = () => fsFake;
clients.open = () => { const f = (u) => { record('spawn', 'open', 'open', 'open ' + quoteWord(u), ''); return promResolve(new ChildProcess()); }; return assign(f, { default: f }); };
clients.shelljs = () => ({ exec: (c, o, cb) => { const r = childRun('shelljs.exec', text(c), [], {}, true), f = lastFunction([0, o, cb]); if (f) later(5, () => f(r.code, fromUtf8(r.out), fromUtf8(r.err))); return { code: r.code, stdout: fromUtf8(r.out), stderr: fromUtf8(r.err) }; }, which: (n) => (known(n) ? '/usr/bin/' + n : null), cat: (f) => fsFake.readFileSync(f, 'utf8'), rm: (...a) => commands.rm(a.map(text)), mkdir: (...a) => commands.mkdir(a.map(text)), cp: (...a) => commands.cp(a.map(text)), echo() {}, cd() {}, pwd: () => cur.cwd, test: () => true, exit: (c) => cur.process.exit(c) });
clients.execa = () => {
  const run = (sync) => (f, a, o) => { const args = isArray(a) ? a : [], opts = isArray(a) ? o : a, r = childRun(sync ? 'execa.sync' : 'execa', text(f), args, opts || {}), x = { stdout: strTrim(fromUtf8(r.out)), stderr: fromUtf8(r.err), exitCode: r.code, failed: false, command: text(f) }; return sync ? x : promResolve(x); };
  const shell_ = (sync) => (c, o) => { const r = childRun('execa.command', text(c), [], o || {}, true), x = { stdout: strTrim(fromUtf8(r.out)), stderr: fromUtf8(r.err), exitCode: r.code }; return sync ? x : promResolve(x); };
  const e = run(false);
  return assign(e, { execa: e, execaSync: run(true), sync: run(true), command: shell_(false), commandSync: shell_(true), execaCommand: shell_(false), execaCommandSync: shell_(true), default: e });
};
clients['cross-spawn'] = () => { const cp = builtin('child_process'); return assign((...a) => cp.spawn(...a), { spawn: cp.spawn, sync: cp.spawnSync }); };
clients.systeminformation = () => anything('systeminformation');
