// The network: what it answers, and http, https, http2, net, tls, dgram, dns.

function publicIP() { return who.public || '203.0.113.77'; }
const knownBodies = new PMap(); // answers that JSON.parse makes lenient objects of
let lastBodies = 0;
function jsonAnswer(object, type) {
  const s = jsonStringify(object);
  if (lastBodies++ < 1000) mapSet(knownBodies, s, object);
  return { status: 200, type: type || 'application/json; charset=utf-8', body: utf8(s) };
}
function has(s, list) { for (let i = 0; i < list.length; i++) if (strIndexOf(s, list[i]) >= 0) return true; return false; }

// answer is what a request gets: { status, type, body, headers }. Hosts are told by
// what their names hold, so that a decoy suffix changes nothing.
function answer(method, url, headers, body) {
  const u = parseURL(text(url)) || { hostname: '', pathname: '', search: '', port: '' };
  const name = u.hostname, path = strLower(u.pathname), m = strUpper(text(method) || 'GET');
  const accept = strLower(text(headers && (headers.accept || headers.Accept)));
  if (text(url) === walletsURL) return { status: 200, type: 'application/json', body: walletsText };
  if (has(name, ['ip-api', 'ipinfo', 'ipapi', 'ifconfig', 'ipify', 'geoip', 'freegeoip', 'ipwho', 'icanhazip', 'geoplugin', 'ip.sb', 'myip', 'checkip', 'ipgeolocation', 'db-ip'])) {
    if (has(name, ['icanhazip', 'checkip']) || (has(name, ['ipify', 'ifconfig']) && !has(path + u.search, ['json']))) return { status: 200, type: 'text/plain', body: publicIP() + '\n' };
    return jsonAnswer({ status: 'success', success: true, ip: publicIP(), query: publicIP(), country: has(name, ['ip-api', 'ipwho']) ? countryName() : who.country, countryCode: who.country, country_code: who.country, country_name: countryName(),
      region: '01', regionName: 'Region', city: 'City', zip: '10001', lat: 48.1, lon: 11.5, loc: '48.1,11.5', timezone: who.timeZone, isp: 'Example Telecom', org: 'AS64500 Example Telecom', as: 'AS64500 Example Telecom', hostname: 'host.example.invalid', proxy: false, hosting: false });
  }
  if (has(name, ['telegram', 'discord', 'slack'])) return m === 'GET' ? jsonAnswer({ ok: true, id: '1100', result: { message_id: 7, id: 7, file_path: 'f' }, name: 'hook', url: text(url) }) : jsonAnswer({ ok: true, id: '1101', result: { message_id: 7, document: { file_id: TOKEN } } });
  const b = strSlice(text(body), 0, 4096);
  if (strIndexOf(b, '"jsonrpc"') >= 0 || has(name, ['infura', 'alchemy', 'solana', 'llamarpc', 'ankr'])) return rpcAnswer(b);
  if (has(name, ['raw.', 'gist', 'pastebin', 'paste', 'hastebin', 'rentry', 'ghostbin', 'dpaste', 'jsonkeeper', 'npoint', 'jsonbin'])) {
    return has(name, ['jsonkeeper', 'npoint', 'jsonbin']) ? jsonAnswer(generic(url)) : { status: 200, type: 'text/plain; charset=utf-8', body: codeText };
  }
  const ext = rxExec(/\.([a-z0-9]{1,6})$/, path);
  switch (ext === null ? '' : ext[1]) {
    case 'js': case 'mjs': case 'cjs': return { status: 200, type: 'application/javascript', body: codeText };
    case 'json': return jsonAnswer(generic(url));
    case 'gz': case 'tgz': return { status: 200, type: 'application/gzip', body: host.deflate('gzip', TOKEN + '\n') || TOKEN };
    case 'exe': case 'dll': case 'bin': case 'node': case 'msi': case 'sys': return { status: 200, type: 'application/octet-stream', body: (ext[1] === 'bin' ? '\x7fELF' : 'MZ\x90\0') + TOKEN };
    case 'zip': case 'jar': return { status: 200, type: 'application/zip', body: 'PK\x03\x04' + TOKEN };
    case 'sh': return { status: 200, type: 'text/plain', body: '# ' + TOKEN + '\n' };
    case 'html': case 'htm': return { status: 200, type: 'text/html', body: '<html><body>' + TOKEN + '</body></html>' };
  }
  if (strIndexOf(accept, 'json') >= 0 || has(path, ['/api', 'json', '/v1', '/v2', '/v3', 'graphql'])) return jsonAnswer(generic(url));
  // One text for whatever is expected: JSON.parse takes it (see parseJSON), it is
  // base64, and evaluated it is an expression.
  return { status: 200, type: m === 'GET' ? 'text/plain; charset=utf-8' : 'application/json', body: TOKEN };
}
// What the page asks its own host for, to see whether what it gets is changed.
const walletsURL = 'https://shop.example.invalid/api/wallets';
const walletsText = '{"eth":"0x8ba1f109551bd432803012645ac136ddd64dba72","btc":"bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq","old":"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa","tron":"TQn9Y2khEsLJW1ChVWFMSMeRDow5KcbLSE","sol":"9WzDXwBbmkg8ZTbNMqUxvQRAyrZzDsGYdLVL9zYtAWWM"}';
const codeText = 'globalThis.' + TOKEN + ' = 1;\n';
function generic(url) {
  return { ok: true, success: true, status: 'ok', code: 200, id: '1', url: text(url), data: { id: '1', cookie: TOKEN, content: TOKEN, code: TOKEN, url: text(url), token: TOKEN }, result: TOKEN, message: TOKEN, content: TOKEN, cookie: TOKEN, token: TOKEN };
}
function countryName() {
  const names = { US: 'United States', DE: 'Germany', RU: 'Russia', IR: 'Iran', GB: 'United Kingdom', UA: 'Ukraine', BY: 'Belarus', FR: 'France', IN: 'India', CN: 'China' };
  return hasOwn(names, who.country) ? names[who.country] : who.country;
}
function rpcAnswer(b) {
  const hex = '0x' + toHex(TOKEN);
  const abi = '0x' + strPadStart('20', 64, '0') + strPadStart('10', 64, '0') + toHex(TOKEN) + strRepeat('0', 64 - 2 * TOKEN.length);
  if (strIndexOf(b, 'eth_call') >= 0) return jsonAnswer({ jsonrpc: '2.0', id: 1, result: abi });
  if (strIndexOf(b, 'getTransaction"') >= 0 || strIndexOf(b, 'getSignatures') >= 0) return jsonAnswer({ jsonrpc: '2.0', id: 1, result: [{ signature: TOKEN, memo: TOKEN, slot: 1, blockTime: 1 }] });
  if (strIndexOf(b, 'eth_getTransaction') >= 0) return jsonAnswer({ jsonrpc: '2.0', id: 1, result: { hash: hex, input: hex, from: '0x00000000000000000000000000000000000000aa', to: '0x00000000000000000000000000000000000000bb', value: '0x1' } });
  return jsonAnswer({ jsonrpc: '2.0', id: 1, result: hex });
}
// parseJSON takes the network's answers, which scripts expect to hold what we
// cannot know.
function parseJSON(s, ...rest) {
  if (typeof s === 'object' && s !== null && wmHas(lenients, s)) return s;
  if (typeof s === 'string') {
    const t = strTrim(s);
    if (t === TOKEN) return lenientJSON(generic('/'), TOKEN);
    if (mapHas(knownBodies, t)) return lenientJSON(jsonParse(t), t);
  }
  return rest.length ? jsonParse(s, rest[0]) : jsonParse(s);
}
function lenientJSON(object, asText) {
  const keys = objectKeys(object);
  for (let i = 0; i < keys.length; i++) {
    const v = object[keys[i]];
    if (typeof v === 'object' && v !== null && !isArray(v)) object[keys[i]] = lenientJSON(v, TOKEN);
  }
  return lenient(object, asText);
}
def(JSON, 'parse', native({ parse(s, reviver) { return reviver === undefined ? parseJSON(s) : parseJSON(s, reviver); } }.parse, 'parse'));

// ownTraffic tells what the sandbox's own page sends, as long as it does.
let ownTraffic = null;
// sent records a request. Headers go below the first line, as they were given.
function sent(api, method, url, headers, body, at) {
  if (ownTraffic !== null && ownTraffic(api, text(method) + ' ' + text(url), body)) return;
  const u = parseURL(text(url));
  let detail = text(method) + ' ' + text(url);
  const keys = headers ? objectKeys(headers) : [];
  for (let i = 0; i < keys.length; i++) {
    const v = headers[keys[i]];
    detail += '\n' + keys[i] + ': ' + (isArray(v) ? arrJoin(v.map(text), ', ') : text(v));
  }
  record('send', api, u === null ? text(url) : u.hostname + (u.port ? ':' + u.port : ''), detail, body, at);
}

// ---- http ----------------------------------------------------------------------

class IncomingMessage extends Readable {
  constructor(r, url) {
    super();
    const h = assign({ 'content-type': r.type, 'content-length': '' + r.body.length, date: 'Mon, 02 Feb 2026 10:00:00 GMT', connection: 'close' }, r.headers);
    assign(this, { statusCode: r.status, statusMessage: 'OK', httpVersion: '1.1', httpVersionMajor: 1, httpVersionMinor: 1, headers: h, rawHeaders: objectKeys(h).reduce((l, k) => { arrPush(l, k, h[k]); return l; }, []), trailers: {}, url: '', method: null, complete: true, aborted: false, responseUrl: url });
    this.socket = this.connection = new PassThrough();
    this.socket.remoteAddress = '203.0.113.80';
    this.socket.setTimeout = this.socket.setKeepAlive = this.socket.setNoDelay = () => this.socket;
    for (let i = 0; i < r.body.length; i += 65536) this.push(buffer(strSlice(r.body, i, i + 65536)));
    this.push(null);
  }
  _read() {}
  setTimeout() { return this; }
}
class OutgoingMessage extends Writable {
  constructor() {
    super();
    def(this, '_headers', create(null)); def(this, '_names', create(null));
    this.headersSent = false; this.finished = false; this.sendDate = true; this.shouldKeepAlive = true;
  }
  setHeader(k, v) { const key = strLower(text(k)); this._headers[key] = v; this._names[key] = text(k); return this; }
  appendHeader(k, v) { return this.setHeader(k, v); }
  getHeader(k) { return this._headers[strLower(text(k))]; }
  getHeaders() { return assign(create(null), this._headers); }
  getHeaderNames() { return objectKeys(this._headers); }
  getRawHeaderNames() { return objectKeys(this._names).map((k) => this._names[k]); }
  hasHeader(k) { return strLower(text(k)) in this._headers; }
  removeHeader(k) { delete this._headers[strLower(text(k))]; }
  flushHeaders() {} setTimeout() { return this; } setNoDelay() {} setSocketKeepAlive() {} addTrailers() {}
}
function requestURL(o, scheme) {
  if (typeof o !== 'object' || o === null) return '';
  const protocol = text(o.protocol) || scheme;
  let name = text(o.hostname || o.host) || 'localhost';
  const m = rxExec(/^(.*):(\d+)$/, name);
  let port = o.port === undefined || o.port === null ? '' : text(o.port);
  if (m !== null && strIndexOf(m[1], ':') < 0) { name = m[1]; port = port || m[2]; }
  const shown = port && port !== schemePorts[protocol] ? ':' + port : '';
  const path = text(o.path) || (o.pathname ? text(o.pathname) + text(o.search) : '/');
  return protocol + '//' + name + shown + (path[0] === '/' || rxExec(/^https?:/, path) !== null ? '' : '/') + path;
}
// requestOptions reads (url, options, callback) in all the ways Node.js takes them.
function requestOptions(args, scheme) {
  let o = {}, cb = null;
  for (let i = 0; i < args.length; i++) {
    const a = args[i];
    if (typeof a === 'function') { cb = a; break; }
    if (typeof a === 'string' || (typeof a === 'object' && a !== null && wmHas(lenients, a))) {
      const u = parseURL(text(a));
      if (u === null) throw badURL(a);
      o = { protocol: u.protocol, hostname: u.hostname, port: u.port, path: u.pathname + u.search, auth: u.username ? unpercent(u.username + ':' + u.password) : undefined };
    } else if (typeof a === 'object' && a !== null) {
      if (wmHas(urls, a)) { const u = wmGet(urls, a); o = assign({}, o, { protocol: u.protocol, hostname: u.hostname, port: u.port, path: u.pathname + u.search, auth: u.username ? unpercent(u.username + ':' + u.password) : undefined }); }
      else { o = assign({}, o, a); if (a.host && !a.hostname) o.hostname = a.host; }
    }
  }
  const protocol = o.protocol ? text(o.protocol) : o.agent && o.agent.protocol ? text(o.agent.protocol) : scheme;
  if (scheme === 'http:' && protocol === 'https:' && !o.agent) throw coded(new TypeErr('Protocol "https:" not supported. Expected "http:"'), 'ERR_INVALID_PROTOCOL');
  o.protocol = protocol;
  return { o, cb };
}
class ClientRequest extends OutgoingMessage {
  constructor(args, scheme, api) {
    super();
    const { o, cb } = requestOptions(args, scheme);
    def(this, '_at', where()); def(this, '_api', api); def(this, '_body', ''); def(this, '_url', requestURL(o, o.protocol || scheme)); def(this, '_sent', false);
    this.method = strUpper(text(o.method) || 'GET');
    this.path = text(o.path) || '/'; this.host = text(o.hostname || o.host); this.protocol = o.protocol; this.aborted = false; this.reusedSocket = false;
    const h = o.headers;
    if (isArray(h)) { for (let i = 0; i + 1 < h.length; i += 2) this.setHeader(h[i], h[i + 1]); } else if (h) for (const k of objectKeys(h)) this.setHeader(k, h[k]);
    if (o.auth) this.setHeader('Authorization', 'Basic ' + toBase64(utf8(text(o.auth))));
    if (cb) this.once('response', cb);
    this.socket = this.connection = new PassThrough();
    for (const k of ['setTimeout', 'setKeepAlive', 'setNoDelay', 'ref', 'unref']) this.socket[k] = () => this.socket;
    this.socket.remoteAddress = '203.0.113.80'; this.socket.authorized = true; this.socket.getPeerCertificate = () => ({});
    unfinished[unfinished.length] = this;
    later(2, () => { if (!this.aborted) { this.emit('socket', this.socket); this.socket.emit('connect'); this.socket.emit('secureConnect'); } });
  }
  _write(chunk, encoding, cb) { if (this._body.length < 1 << 24) this._body += bin(chunk); cb(); }
  _final(cb) { this._go(); cb(); }
  end(a, b, c) {
    super.end(a, b, c);
    // Data that was written is there already: a script that ends its process now
    // has sent it nonetheless.
    const w = this._writableState;
    for (let i = 0; i < w.queue.length; i++) this._body += bin(w.queue[i][0]);
    w.queue.length = 0;
    this._go();
    return this;
  }
  _named() { const out = create(null), h = this._headers; for (const k of objectKeys(h)) out[this._names[k] || k] = h[k]; return out; }
  _go() {
    if (this._sent || this.aborted) return;
    this._sent = true;
    this.headersSent = this.finished = true;
    sent(this._api, this.method, this._url, this._named(), buffer(this._body), this._at);
    const r = answer(this.method, this._url, this._headers, this._body);
    later(40, () => {
      if (this.aborted) return;
      if (this.method === 'HEAD') r.body = '';
      const res = new IncomingMessage(r, this._url);
      res.req = this;
      this.res = res;
      if (!this.emit('response', res)) res.resume();
      later(5, () => { if (!this.closed) { def(this, 'closed', true); this.emit('close'); } });
    });
  }
  abort() { this.aborted = true; this.destroy(); }
  destroy(e) { if (e !== undefined) { const x = e; later(0, () => { if (this.listenerCount('error')) this.emit('error', x); }); } this.aborted = !this._sent; return this; }
  setTimeout(ms, cb) { if (typeof cb === 'function') this.once('timeout', cb); return this; }
}
// unfinished requests had data written and were never ended.
let unfinished = [];
class Agent extends EventEmitter {
  constructor(o) { super(); this.options = assign({}, o); this.requests = {}; this.sockets = {}; this.freeSockets = {}; this.maxSockets = Infinity; this.keepAlive = !!(o && o.keepAlive); this.protocol = 'http:'; this.defaultPort = 80; }
  destroy() {} getName() { return 'localhost:80:'; } createConnection() { return new Socket(); } addRequest() {}
}
class ServerResponse extends OutgoingMessage {
  constructor(req) { super(); this.req = req; this.statusCode = 200; this.statusMessage = 'OK'; def(this, '_out', ''); }
  _write(chunk, encoding, cb) { this._out += bin(chunk); cb(); }
  writeHead(code, ...rest) { this.statusCode = code; const h = rest[rest.length - 1]; if (h && typeof h === 'object') for (const k of objectKeys(h)) this.setHeader(k, h[k]); this.headersSent = true; return this; }
  writeContinue() {} writeProcessing() {} assignSocket() {} detachSocket() {} status(n) { this.statusCode = n; return this; } set(k, v) { if (typeof k === 'string') this.setHeader(k, v); return this; }
  json(o) { this.end(jsonStringify(o)); return this; } redirect() { this.end(); } cookie() { return this; } type() { return this; } render() { this.end(); } sendStatus() { this.end(); return this; }
}
// The body of an express-like send is whatever it is given.
def(ServerResponse.prototype, 'send', function send(b) { this.end(typeof b === 'string' || isView(b) ? b : jsonStringify(b) || ''); return this; });
def(ServerResponse.prototype, 'header', ServerResponse.prototype.set);
const servers = [];
class Server extends EventEmitter {
  constructor(o, cb, api) {
    super();
    const f = typeof o === 'function' ? o : cb;
    this.listening = false; this.timeout = 0; this.keepAliveTimeout = 5000; this.headersTimeout = 60000; this.requestTimeout = 300000; this.maxHeadersCount = null;
    def(this, '_api', text(api) || 'http.Server'); def(this, '_address', { address: '::', family: 'IPv6', port: 0 });
    if (typeof f === 'function') this.on(this._api === 'net.createServer' || this._api === 'tls.createServer' ? 'connection' : 'request', f);
    if (servers.length < 50) servers[servers.length] = this;
  }
  listen(...args) {
    const o = typeof args[0] === 'object' && args[0] !== null ? args[0] : { port: args[0], host: typeof args[1] === 'string' ? args[1] : undefined };
    const port = +o.port || (o.path || typeof args[0] === 'string' && args[0] !== '' && !(+args[0] >= 0) ? 0 : 43121);
    record('serve', strIndexOf(this._api, '.') < 0 ? this._api + '.listen' : this._api, o.path || (typeof args[0] === 'string' && !(+args[0] >= 0) ? args[0] : (text(o.host) || '0.0.0.0') + ':' + (+o.port || 0)), '', '');
    this._address.port = port;
    this.listening = true;
    const cb = lastFunction(args, 0);
    if (cb) this.once('listening', cb);
    later(1, () => this.emit('listening'));
    return this;
  }
  address() { return this.listening ? this._address : null; }
  close(cb) { this.listening = false; later(1, () => { if (typeof cb === 'function') cb(); this.emit('close'); }); return this; }
  setTimeout() { return this; } ref() { return this; } unref() { return this; } closeAllConnections() {} closeIdleConnections() {} getConnections(cb) { later(0, cb, undefined, [null, 0]); } addContext() {}
}
// A class that Node.js lets be called without new.
function bare(C, make) {
  return new ProxyC(native(C), assign(create(null), { apply(t, self, args) { return make ? make(args) : construct(C, args); }, get: reflectGet }));
}
function httpModule(scheme) {
  const name = strSlice(scheme, 0, scheme.length - 1);
  const m = {
    request(...args) { return new ClientRequest(args, scheme, name + '.request'); },
    get(...args) { const r = new ClientRequest(args, scheme, name + '.get'); r.end(); return r; },
    createServer(o, cb) { return new Server(o, cb, name + '.createServer'); },
    Agent: bare(name === 'https' ? class Agent_ extends Agent { constructor(o) { super(o); this.protocol = 'https:'; this.defaultPort = 443; } } : Agent), Server, globalAgent: new Agent(),
  };
  if (name === 'https') m.globalAgent.protocol = 'https:';
  return m;
}
lazy('http', () => assign(httpModule('http:'), { IncomingMessage, ClientRequest: class extends ClientRequest { constructor(...a) { super(a, 'http:', 'http.ClientRequest'); } }, OutgoingMessage, ServerResponse, maxHeaderSize: 16384,
  METHODS: ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'], STATUS_CODES: { 200: 'OK', 201: 'Created', 204: 'No Content', 301: 'Moved Permanently', 302: 'Found', 304: 'Not Modified', 400: 'Bad Request', 401: 'Unauthorized', 403: 'Forbidden', 404: 'Not Found', 500: 'Internal Server Error' },
  validateHeaderName() {}, validateHeaderValue() {}, setMaxIdleHTTPParsers() {} }));
lazy('https', () => httpModule('https:'));
lazy('http2', () => ({
  constants: { HTTP2_HEADER_PATH: ':path', HTTP2_HEADER_METHOD: ':method', HTTP2_HEADER_STATUS: ':status', HTTP2_HEADER_CONTENT_TYPE: 'content-type', HTTP2_METHOD_POST: 'POST', HTTP2_METHOD_GET: 'GET' },
  connect(authority_, o, cb) {
    const session = new EventEmitter(), f = typeof o === 'function' ? o : cb, base = text(authority_);
    if (typeof f === 'function') session.once('connect', f);
    assign(session, { closed: false, destroyed: false, close(c) { session.closed = true; if (typeof c === 'function') later(1, c); }, destroy() { session.destroyed = true; }, ref() {}, unref() {}, setTimeout() {}, ping() {}, settings() {} });
    session.request = (h, opts) => {
      const headers = h || {}, url = new URL(text(headers[':path']) || '/', base).href, at = where(), s = new Duplex({ read() {} });
      let body = '';
      const rest = {};
      for (const k of objectKeys(headers)) if (k[0] !== ':') rest[k] = headers[k];
      const method = strUpper(text(headers[':method']) || 'GET');
      s._write = (c, e, next) => { body += bin(c); next(); };
      s._final = (next) => { go(); next(); };
      let gone = false;
      const go = () => {
        if (gone) return;
        gone = true;
        sent('http2.request', method, url, rest, buffer(body), at);
        const r = answer(method, url, rest, body);
        later(40, () => { s.emit('response', { ':status': 200, 'content-type': r.type }, 0); s.push(buffer(r.body)); s.push(null); });
      };
      s.close = () => {}; s.setTimeout = () => {};
      if ((opts && opts.endStream) || ((method === 'GET' || method === 'HEAD') && !(opts && opts.endStream === false))) go();
      return s;
    };
    later(10, () => session.emit('connect', session, session.socket));
    return session;
  },
  createServer(o, cb) { return new Server(o, cb, 'http2.createServer'); }, createSecureServer(o, cb) { return new Server(o, cb, 'http2.createSecureServer'); },
  getDefaultSettings: () => ({}), sensitiveHeaders: Sym('nodejs.http2.sensitiveHeaders'),
}));

// ---- sockets ---------------------------------------------------------------------

class Socket extends Duplex {
  constructor(o) {
    super();
    def(this, '_to', ''); def(this, '_out', ''); def(this, '_scheme', 'tcp'); def(this, '_at', undefined); def(this, '_noted', false);
    assign(this, { connecting: false, remoteAddress: undefined, remotePort: undefined, localAddress: who.ip, localPort: 50123, bytesRead: 0, bytesWritten: 0, readyState: 'closed', pending: true, encrypted: false, timeout: 0 });
    if (o && o.fd !== undefined) this.readyState = 'open';
  }
  connect(...args) {
    let o = args[0];
    if (typeof o !== 'object' || o === null) o = typeof o === 'string' && !(+o >= 0) ? { path: o } : { port: o, host: typeof args[1] === 'string' ? args[1] : undefined };
    const cb = lastFunction(args, 0);
    this._to = o.path ? text(o.path) : (text(o.host || o.hostname) || 'localhost') + ':' + text(o.port);
    this._at = where();
    this.connecting = true; this.remotePort = +o.port; this.remoteAddress = '203.0.113.80';
    record('send', this._scheme + '.connect', this._to, 'CONNECT ' + this._scheme + '://' + this._to, '', this._at);
    if (cb) this.once('connect', cb);
    later(20, () => {
      if (this._destroyed) return;
      this.connecting = false; this.pending = false; this.readyState = 'open';
      this.emit('lookup', null, '203.0.113.80', 4, ''); this.emit('connect'); this.emit('ready');
      if (this.encrypted) this.emit('secureConnect');
    });
    later(400, () => { if (!this._destroyed) { this._flush(); if (!this._noted) this.push(buffer(TOKEN + '\n')); } });
    later(900, () => { this.push(null); });
    return this;
  }
  _read() {}
  _write(chunk, encoding, cb) {
    this._out += this._out.length < 1 << 24 ? bin(chunk) : '';
    this.bytesWritten += bin(chunk).length;
    later(30, () => this._flush());
    cb();
  }
  _final(cb) { this._flush(); cb(); }
  // What is written in one go is one event; an answer follows, HTTP if asked in it.
  _flush() {
    if (this._out === '') return;
    const out = this._out;
    this._out = '';
    this._noted = true;
    const m = rxExec(/^([A-Z]+) (\S+) HTTP\/1/, out);
    const h = m === null ? null : rxExec(/\r?\nhost:\s*([^\r\n]+)/i, out);
    record('send', this._scheme + '.write', this._to, m === null ? 'WRITE ' + this._scheme + '://' + this._to : m[1] + ' ' + (this.encrypted ? 'https://' : 'http://') + (h ? h[1] : this._to) + m[2], buffer(out), this._at);
    const r = m === null ? null : answer(m[1], 'http://' + (h ? h[1] : this._to) + m[2], {}, '');
    later(40, () => { if (!this._destroyed) this.push(buffer(r === null ? TOKEN + '\n' : 'HTTP/1.1 200 OK\r\nContent-Type: ' + r.type + '\r\nContent-Length: ' + r.body.length + '\r\n\r\n' + r.body)); });
  }
  setTimeout() { return this; } setKeepAlive() { return this; } setNoDelay() { return this; } ref() { return this; } unref() { return this; } address() { return { address: who.ip, family: 'IPv4', port: 50123 }; }
  getPeerCertificate() { return {}; } getCipher() { return { name: 'TLS_AES_256_GCM_SHA384' }; } getProtocol() { return 'TLSv1.3'; } destroySoon() { this.end(); } resetAndDestroy() { return this.destroy(); }
}
for (const C of [ClientRequest, Socket]) {
  for (const k of ['connect', 'end', '_go', '_flush']) if (hasOwn(C.prototype, k)) def(C.prototype, k, cleanFunction(C.prototype[k]));
}
function dial(scheme, args) {
  const s = new Socket();
  s._scheme = scheme;
  if (scheme === 'tls') { s.encrypted = true; s.authorized = true; const cb = lastFunction(args, 0); if (cb) { s.once('secureConnect', cb); return s.connect(...args.filter((a) => a !== cb)); } }
  return s.connect(...args);
}
function isIP(s) { const x = text(s); return rxExec(/^(\d{1,3}\.){3}\d{1,3}$/, x) !== null ? 4 : rxExec(/^[0-9a-f:.]+$/i, x) !== null && strSplit(x, ':').length > 2 ? 6 : 0; }
lazy('net', () => ({ Socket: bare(Socket), Stream: Socket, Server: bare(Server), connect: (...a) => dial('net', a), createConnection: (...a) => dial('net', a), createServer: (o, cb) => new Server(o, cb, 'net.createServer'),
  isIP, isIPv4: (s) => isIP(s) === 4, isIPv6: (s) => isIP(s) === 6, BlockList: class BlockList { addAddress() {} addSubnet() {} addRange() {} check() { return false; } }, SocketAddress: class SocketAddress {}, setDefaultAutoSelectFamily() {}, getDefaultAutoSelectFamily: () => true }));
lazy('tls', () => ({ TLSSocket: Socket, connect: (...a) => dial('tls', a), createServer: (o, cb) => new Server(o, cb, 'tls.createServer'), createSecureContext: () => ({ context: {} }), checkServerIdentity() {}, rootCertificates: [], getCiphers: () => ['tls_aes_256_gcm_sha384'], DEFAULT_MIN_VERSION: 'TLSv1.2', DEFAULT_MAX_VERSION: 'TLSv1.3' }));
lazy('dgram', () => {
  class DgramSocket extends EventEmitter {
    constructor(o, cb) { super(); def(this, '_c', null); if (typeof cb === 'function') this.on('message', cb); }
    send(msg, ...args) {
      const nums = args.filter((a) => typeof a === 'number'), name = args.find((a) => typeof a === 'string'), cb = lastFunction(args, 0);
      let b = isArray(msg) ? arrJoin(msg.map((x) => bin(x)), '') : bin(msg), port = nums.length ? nums[nums.length - 1] : 0;
      if (nums.length >= 3 || (nums.length === 2 && this._c)) { b = strSlice(b, nums[0], nums[0] + nums[1]); port = nums[2]; }
      const to = this._c && !name ? this._c : (name || '127.0.0.1') + ':' + port;
      record('send', 'dgram.send', to, 'SEND udp://' + to, buffer(b));
      if (cb) later(5, cb, undefined, [null, b.length]);
    }
    connect(port, name, cb) { this._c = (typeof name === 'string' ? name : '127.0.0.1') + ':' + port; const f = typeof name === 'function' ? name : cb; later(1, () => { this.emit('connect'); if (f) f(); }); }
    bind(...args) { const o = typeof args[0] === 'object' && args[0] ? args[0] : { port: args[0] }; record('serve', 'dgram.bind', (text(o.address) || '0.0.0.0') + ':' + (+o.port || 0), '', ''); const cb = lastFunction(args, 0); later(1, () => { this.emit('listening'); if (cb) cb(); }); return this; }
    close(cb) { later(1, () => { if (typeof cb === 'function') cb(); this.emit('close'); }); return this; }
    address() { return { address: '0.0.0.0', family: 'IPv4', port: 50124 }; } setBroadcast() {} setTTL() {} addMembership() {} setMulticastTTL() {} setRecvBufferSize() {} ref() { return this; } unref() { return this; } disconnect() { this._c = null; } remoteAddress() { return {}; }
  }
  def(DgramSocket.prototype, 'send', cleanFunction(DgramSocket.prototype.send));
  return { Socket: DgramSocket, createSocket: (o, cb) => new DgramSocket(o, cb) };
});

// ---- dns -------------------------------------------------------------------------

function dnsAnswer(type, name) {
  const ip = '203.0.113.80';
  switch (type) {
    case 'A': return [ip];
    case 'AAAA': return ['2001:db8::80'];
    case 'TXT': return [[TOKEN]];
    case 'MX': return [{ exchange: 'mail.' + name, priority: 10 }];
    case 'NS': case 'CNAME': case 'PTR': return ['host.' + name];
    case 'SRV': return [{ name: 'host.' + name, port: 443, priority: 1, weight: 1 }];
    case 'SOA': return { nsname: 'ns.' + name, hostmaster: 'root.' + name, serial: 1, refresh: 900, retry: 900, expire: 1800, minttl: 60 };
  }
  return [ip];
}
lazy('dns', () => {
  const dns = { promises: null };
  const ps = {};
  const lookup = (name, o) => { const v6 = o === 6 || (o && o.family === 6), one = { address: v6 ? '2001:db8::80' : isIP(name) ? text(name) : name === 'localhost' ? '127.0.0.1' : '203.0.113.80', family: v6 ? 6 : 4 }; return o && o.all ? [one] : one; };
  // both registers a query with its callback and its promise.
  const both = (into, ins, name, type, f) => {
    into[name] = { [name](q, ...rest) {
      const cb = lastFunction(rest, 0);
      if (cb === null) throw coded(new TypeErr('The "callback" argument must be of type function. Received undefined'), 'ERR_INVALID_ARG_TYPE');
      record('lookup', 'dns.' + name, text(q), typeof rest[0] === 'string' ? rest[0] : type, '');
      const v = f(q, rest[0]);
      later(20, cb, undefined, name === 'lookup' && !isArray(v) ? [null, v.address, v.family] : [null, v]);
      return { domain: text(q) };
    } }[name];
    ins[name] = { [name](q, o) { record('lookup', 'dns.promises.' + name, text(q), typeof o === 'string' ? o : type, ''); const v = f(q, o); return new Prom((resolve) => { later(20, () => resolve(v)); }); } }[name];
  };
  class Resolver { constructor() { assign(this, all); } setServers(l) { dns.setServers(l); } getServers() { return ['192.168.1.1']; } cancel() {} setLocalAddress() {} }
  class PromiseResolver { constructor() { assign(this, alls); } setServers(l) { dns.setServers(l); } getServers() { return ['192.168.1.1']; } cancel() {} }
  const all = {}, alls = {};
  both(dns, ps, 'lookup', 'A', lookup);
  def(dns.lookup, promisifySymbol, (q, o) => ps.lookup(q, o));
  both(all, alls, 'resolve', 'A', (q, t) => dnsAnswer(typeof t === 'string' ? t : 'A', text(q)));
  for (const [name, type] of [['resolve4', 'A'], ['resolve6', 'AAAA'], ['resolveTxt', 'TXT'], ['resolveMx', 'MX'], ['resolveNs', 'NS'], ['resolveCname', 'CNAME'], ['resolveSrv', 'SRV'], ['resolvePtr', 'PTR'], ['resolveSoa', 'SOA'], ['resolveAny', 'ANY'], ['resolveNaptr', 'NAPTR'], ['resolveCaa', 'CAA']]) both(all, alls, name, type, (q) => dnsAnswer(type, text(q)));
  both(all, alls, 'reverse', 'PTR', () => ['host.example.invalid']);
  assign(dns, all, { Resolver, lookupService: (a, p, cb) => later(20, cb, undefined, [null, 'localhost', 'http']), setServers(l) { record('ask', 'dns.setServers', 'network', arrJoin(arrSlice(l || []).map(text), ' '), ''); }, getServers() { return ['192.168.1.1']; }, setDefaultResultOrder() {}, getDefaultResultOrder: () => 'verbatim', ADDRCONFIG: 32, V4MAPPED: 8, ALL: 16, NOTFOUND: 'ENOTFOUND' });
  assign(ps, alls, { Resolver: PromiseResolver, setServers: dns.setServers, getServers: dns.getServers, setDefaultResultOrder() {} });
  dns.promises = ps;
  return dns;
});
lazy('dns/promises', () => builtin('dns').promises);
