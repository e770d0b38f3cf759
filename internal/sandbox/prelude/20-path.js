// path, url, querystring.

function makePath(win) {
  const sep = win ? '\\' : '/';
  const isSep = (c) => c === '/' || (win && c === '\\');
  // split takes a path apart: its root ("/", "C:\\", "\\\\host\\share\\") and the rest.
  const split = (p) => {
    let root = '', i = 0;
    if (win) {
      if (p.length >= 2 && p[1] === ':' && rxExec(/^[A-Za-z]/, p) !== null) { root = strSlice(p, 0, 2); i = 2; }
      else if (p.length > 2 && isSep(p[0]) && isSep(p[1]) && !isSep(p[2])) {
        const parts = strSplit(arrJoin(strSplit(strSlice(p, 2), '/'), '\\'), '\\');
        if (parts.length > 1 && parts[1]) { root = '\\\\' + parts[0] + '\\' + parts[1]; i = root.length; }
      }
    }
    const absolute = i < p.length && isSep(p[i]);
    return { device: root, absolute, root: root + (absolute ? sep : ''), rest: strSlice(p, i) };
  };
  const pieces = (s) => strSplit(win ? arrJoin(strSplit(s, '\\'), '/') : s, '/');
  const tidy = (s, absolute) => {
    const out = [], list = pieces(s);
    for (let i = 0; i < list.length; i++) {
      const x = list[i];
      if (x === '' || x === '.') continue;
      if (x !== '..') out[out.length] = x;
      else if (out.length && out[out.length - 1] !== '..') out.length--;
      else if (!absolute) out[out.length] = x;
    }
    return arrJoin(out, sep);
  };
  const check = (p, name) => {
    if (typeof p === 'string') return p;
    if (typeof p === 'object' && p !== null && wmHas(lenients, p)) return text(p);
    throw coded(new TypeErr('The "' + (name || 'path') + '" argument must be of type string. Received ' + (p === null ? 'null' : typeof p)), 'ERR_INVALID_ARG_TYPE');
  };
  const path = {
    sep, delimiter: win ? ';' : ':',
    normalize(p) {
      const s = split(check(p)), t = tidy(s.rest, s.absolute);
      const trail = s.rest.length > 1 && isSep(s.rest[s.rest.length - 1]) && t ? sep : '';
      return (s.root + t || '.') + trail;
    },
    join(...args) {
      const list = safe(args).map((a) => check(a)).filter((a) => a !== '');
      return list.length ? path.normalize(list.join(sep)) : '.';
    },
    resolve(...args) {
      let device = '', rest = '', absolute = false;
      for (let i = args.length - 1; i >= -1 && !(absolute && (device || !win)); i--) {
        const p = i < 0 ? (cur === null ? who.project : cur.cwd) : check(args[i], 'paths[' + i + ']');
        if (p === '') continue;
        const s = split(p);
        if (device && s.device && strLower(s.device) !== strLower(device)) continue;
        if (s.device && !device) device = s.device;
        if (!absolute) { rest = s.rest + sep + rest; absolute = s.absolute; }
      }
      return device + (absolute ? sep : '') + tidy(rest, absolute) || '.';
    },
    isAbsolute(p) { const s = split(check(p)); return s.absolute; },
    dirname(p) {
      const s = split(check(p)), list = pieces(s.rest);
      while (list.length && list[list.length - 1] === '') list.length--;
      list.length = mathMax(0, list.length - 1);
      const t = arrJoin(list.filter((x, i) => x !== '' || i > 0), sep);
      return s.root + t || '.';
    },
    basename(p, ext) {
      const list = pieces(split(check(p)).rest).filter((x) => x !== '');
      const b = list.length ? list[list.length - 1] : '';
      return typeof ext === 'string' && ext !== b && strEnds(b, ext) ? strSlice(b, 0, b.length - ext.length) : b;
    },
    extname(p) { const b = path.basename(p), i = strLastIndexOf(b, '.'); return i <= 0 ? '' : strSlice(b, i); },
    relative(from, to) {
      const a = pieces(path.resolve(from)).filter((x) => x), b = pieces(path.resolve(to)).filter((x) => x);
      let i = 0;
      const same = (x, y) => x === y || (win && strLower(x) === strLower(y));
      while (i < a.length && i < b.length && same(a[i], b[i])) i++;
      return [...arrSlice(a, i).map(() => '..'), ...arrSlice(b, i)].join(sep);
    },
    parse(p) {
      const base = path.basename(p), ext = path.extname(p), root = split(p).root;
      const dir = path.dirname(p);
      return { root, dir: dir === '.' && !strStarts(p, '.') ? '' : dir, base, ext, name: strSlice(base, 0, base.length - ext.length) };
    },
    format(o) {
      const dir = o.dir || o.root || '', base = o.base || (o.name || '') + (o.ext || '');
      return !dir ? base : dir === o.root ? dir + base : dir + sep + base;
    },
    toNamespacedPath(p) { return p; },
    matchesGlob() { return false; },
  };
  return path;
}
const posixPath = makePath(false), win32Path = makePath(true);
for (const p of [posixPath, win32Path]) { p.posix = posixPath; p.win32 = win32Path; }
const pathFake = windows ? win32Path : posixPath;
lazy('path', () => pathFake);
lazy('path/posix', () => posixPath);
lazy('path/win32', () => win32Path);

// ---- querystring, percent encoding ------------------------------------------

function unpercent(s) {
  const b = utf8(s);
  const parts = strSplit(b, '%');
  let out = parts[0];
  for (let i = 1; i < parts.length; i++) {
    const h = hexValue(charCodeAt(parts[i], 0)), l = hexValue(charCodeAt(parts[i], 1));
    out += h >= 0 && l >= 0 ? fromCharCode(h << 4 | l) + strSlice(parts[i], 2) : '%' + parts[i];
  }
  return fromUtf8(out);
}
function formEncode(s) {
  const b = utf8(text(s)), out = [];
  for (let i = 0; i < b.length; i++) {
    const c = charCodeAt(b, i);
    if ((c >= 48 && c < 58) || (c >= 65 && c < 91) || (c >= 97 && c < 123) || c === 42 || c === 45 || c === 46 || c === 95) out[i] = b[i];
    else out[i] = c === 32 ? '+' : '%' + strUpper(toHex(b[i]));
  }
  return arrJoin(out, '');
}
function formDecode(s) { return unpercent(arrJoin(strSplit(s, '+'), ' ')); }
function percent(s, keep) {
  const b = utf8(s), out = [];
  for (let i = 0; i < b.length; i++) {
    const c = charCodeAt(b, i);
    out[i] = c > 32 && c < 127 && strIndexOf(keep, b[i]) < 0 ? b[i] : '%' + strUpper(toHex(b[i]));
  }
  return arrJoin(out, '');
}
lazy('querystring', () => {
  const q = {
    escape: (s) => encodeURI_(text(s)), unescape: (s) => unpercent(text(s)),
    stringify(o, sep, eq) {
      const out = [];
      for (const k of objectKeys(o || {})) {
        for (const v of isArray(o[k]) ? o[k] : [o[k]]) arrPush(out, q.escape(k) + (eq || '=') + q.escape(v));
      }
      return out.join(sep || '&');
    },
    parse(s, sep, eq) {
      const o = create(null);
      for (const part of strSplit(text(s), sep || '&')) {
        if (!part) continue;
        const i = strIndexOf(part, eq || '=');
        const k = formDecode(i < 0 ? part : strSlice(part, 0, i)), v = i < 0 ? '' : formDecode(strSlice(part, i + 1));
        if (k in o) o[k] = [].concat(o[k], v); else o[k] = v;
      }
      return o;
    },
  };
  q.encode = q.stringify;
  q.decode = q.parse;
  return q;
});

// ---- URL --------------------------------------------------------------------

const schemePorts = { 'http:': '80', 'https:': '443', 'ws:': '80', 'wss:': '443', 'ftp:': '21', 'file:': '' };
function badURL(input) { return coded(new TypeErr('Invalid URL'), 'ERR_INVALID_URL', { input: text(input) }); }

// parseURL reads a URL as the WHATWG standard has it, as far as scripts use it.
function parseURL(input, base) {
  let s = strTrim(input);
  if (strIndexOf(s, '\n') >= 0 || strIndexOf(s, '\t') >= 0 || strIndexOf(s, '\r') >= 0) s = arrJoin(strSplit(s, /[\n\t\r]/), '');
  const u = { protocol: '', username: '', password: '', hostname: '', port: '', pathname: '', search: '', hash: '', opaque: false };
  const m = rxExec(/^([A-Za-z][A-Za-z0-9+.-]*):/, s);
  if (m === null && !base) return null;
  let rest = s;
  const cutAt = (mark) => {
    const i = strIndexOf(rest, mark);
    if (i < 0) return '';
    const part = strSlice(rest, i);
    rest = strSlice(rest, 0, i);
    return part.length > 1 ? part : '';
  };
  if (m !== null) { u.protocol = strLower(m[0]); rest = strSlice(s, m[0].length); }
  u.hash = percent(cutAt('#'), ' "<>`');
  u.search = percent(cutAt('?'), ' "<>\'');
  const special = hasOwn(schemePorts, m !== null ? u.protocol : base.protocol);
  if (special) rest = arrJoin(strSplit(rest, '\\'), '/');
  if (m === null) {
    u.protocol = base.protocol;
    if (strStarts(rest, '//')) return authority(u, rest, special);
    for (const k of ['username', 'password', 'hostname', 'port']) u[k] = base[k];
    if (rest === '') {
      u.pathname = base.pathname;
      if (!u.search && strIndexOf(s, '?') < 0) u.search = base.search;
      return u;
    }
    u.pathname = cleanPath(rest[0] === '/' ? rest : strSlice(base.pathname, 0, strLastIndexOf(base.pathname, '/') + 1) + rest);
    return u;
  }
  if (u.protocol === 'file:') {
    while (strStarts(rest, '///')) rest = strSlice(rest, 2);
    if (strStarts(rest, '//')) return authority(u, rest, true);
    u.pathname = cleanPath(rest[0] === '/' ? rest : '/' + rest);
    return u;
  }
  if (special || strStarts(rest, '//')) return authority(u, rest, special);
  u.opaque = true;
  u.pathname = percent(rest, '');
  return u;
}
function authority(u, rest, special) {
  let i = 0;
  while (rest[i] === '/' && (special || i < 2)) i++;
  rest = strSlice(rest, i);
  const slash = strIndexOf(rest, '/');
  let auth = slash < 0 ? rest : strSlice(rest, 0, slash);
  const path = slash < 0 ? '' : strSlice(rest, slash);
  const at = strLastIndexOf(auth, '@');
  if (at >= 0) {
    const user = strSlice(auth, 0, at), colon = strIndexOf(user, ':');
    u.username = percent(colon < 0 ? user : strSlice(user, 0, colon), '@/:;=');
    u.password = colon < 0 ? '' : percent(strSlice(user, colon + 1), '@/:;=');
    auth = strSlice(auth, at + 1);
  }
  const m = rxExec(/^(\[[0-9A-Fa-f:.]+\]|[^:]*)(?::(\d*))?$/, auth);
  if (m === null) return null;
  u.hostname = special ? strLower(unpercent(m[1])) : m[1];
  if (special && u.protocol !== 'file:' && (u.hostname === '' || rxExec(/[\s<>^|%#?@]/, u.hostname) !== null)) return null;
  u.port = m[2] && +m[2] !== +schemePorts[u.protocol] ? '' + +m[2] : '';
  if (+u.port > 65535) return null;
  u.pathname = cleanPath(path || (special ? '/' : ''));
  return u;
}
function cleanPath(p) {
  const out = [], list = strSplit(p, '/');
  for (let i = 0; i < list.length; i++) {
    const x = list[i], last = i === list.length - 1;
    if (x === '.' || strLower(x) === '%2e') { if (last) out[out.length] = ''; continue; }
    if (x === '..') { if (out.length > 1) out.length--; if (last) out[out.length] = ''; continue; }
    out[out.length] = x;
  }
  return percent(arrJoin(out, '/'), ' "#<>?`{}');
}
function hrefOf(u) {
  const user = u.username || u.password ? u.username + (u.password ? ':' + u.password : '') + '@' : '';
  const slashes = u.opaque ? '' : '//';
  return u.protocol + slashes + user + u.hostname + (u.port ? ':' + u.port : '') + u.pathname + u.search + u.hash;
}

class URLSearchParams {
  constructor(init) {
    const list = [];
    def(this, '_list', list);
    def(this, '_url', null);
    wmSet(bodies, this, () => utf8(this.toString()));
    if (init === undefined || init === null) return;
    if (typeof init === 'object' && typeof init[Symbol.iterator] === 'function') for (const [k, v] of init) arrPush(list, [text(k), text(v)]);
    else if (typeof init === 'object') for (const k of objectKeys(init)) arrPush(list, [k, text(init[k])]);
    else this._read(text(init));
  }
  _read(s) {
    this._list.length = 0;
    for (const part of strSplit(strStarts(s, '?') ? strSlice(s, 1) : s, '&')) {
      if (!part) continue;
      const i = strIndexOf(part, '=');
      arrPush(this._list, [formDecode(i < 0 ? part : strSlice(part, 0, i)), i < 0 ? '' : formDecode(strSlice(part, i + 1))]);
    }
  }
  _changed() { if (this._url) { const s = this.toString(); this._url.search = s ? '?' + s : ''; } }
  append(k, v) { arrPush(this._list, [text(k), text(v)]); this._changed(); }
  set(k, v) {
    const i = this._list.findIndex((p) => p[0] === text(k));
    if (i < 0) { this.append(k, v); return; }
    this._list[i][1] = text(v);
    this._changed();
  }
  delete(k) { const rest = this._list.filter((p) => p[0] !== text(k)); this._list.length = 0; arrPush(this._list, ...rest); this._changed(); }
  get(k) { const p = this._list.find((x) => x[0] === text(k)); return p ? p[1] : null; }
  getAll(k) { return this._list.filter((p) => p[0] === text(k)).map((p) => p[1]); }
  has(k) { return this._list.some((p) => p[0] === text(k)); }
  sort() { this._list.sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0)); this._changed(); }
  forEach(f, self) { for (const [k, v] of arrSlice(this._list)) apply(f, self, [v, k, this]); }
  keys() { return this._list.map((p) => p[0])[Symbol.iterator](); }
  values() { return this._list.map((p) => p[1])[Symbol.iterator](); }
  entries() { return this._list.map((p) => [p[0], p[1]])[Symbol.iterator](); }
  [Symbol.iterator]() { return this.entries(); }
  get size() { return this._list.length; }
  toString() { return this._list.map((p) => formEncode(p[0]) + '=' + formEncode(p[1])).join('&'); }
}
class URL {
  constructor(input, base) {
    let b;
    if (base !== undefined) { b = parseURL(text(base)); if (b === null) throw badURL(base); }
    const u = parseURL(text(input), b);
    if (u === null) throw badURL(input);
    wmSet(urls, this, u);
    def(this, '_p', null);
  }
  get href() { return hrefOf(wmGet(urls, this)); }
  set href(v) { const u = parseURL(text(v)); if (u === null) throw badURL(v); wmSet(urls, this, u); }
  get origin() { const u = wmGet(urls, this); return u.opaque || u.protocol === 'file:' ? 'null' : u.protocol + '//' + u.hostname + (u.port ? ':' + u.port : ''); }
  get host() { const u = wmGet(urls, this); return u.hostname + (u.port ? ':' + u.port : ''); }
  set host(v) { const u = wmGet(urls, this), i = strIndexOf(text(v), ':'); u.hostname = i < 0 ? text(v) : strSlice(v, 0, i); if (i >= 0) u.port = strSlice(v, i + 1); }
  set search(v) { const s = text(v), u = wmGet(urls, this); u.search = s === '' || s === '?' ? '' : percent(s[0] === '?' ? s : '?' + s, ' "<>\''); if (this._p) this._p._read(u.search); }
  get search() { return wmGet(urls, this).search; }
  set hash(v) { const s = text(v); wmGet(urls, this).hash = s === '' ? '' : s[0] === '#' ? s : '#' + s; }
  get hash() { return wmGet(urls, this).hash; }
  set pathname(v) { const s = text(v); wmGet(urls, this).pathname = cleanPath(s[0] === '/' ? s : '/' + s); }
  get pathname() { return wmGet(urls, this).pathname; }
  get searchParams() {
    if (!this._p) {
      this._p = new URLSearchParams(wmGet(urls, this).search);
      const u = wmGet(urls, this);
      this._p._url = u;
    }
    return this._p;
  }
  toString() { return this.href; }
  toJSON() { return this.href; }
  static canParse(x, b) { try { return !!new URL(x, b); } catch (e) { return false; } }
  static parse(x, b) { try { return new URL(x, b); } catch (e) { return null; } }
  static createObjectURL() { return 'blob:nodedata:4c1b2b1e-7f3a-4b0d-9a51-0d1e6a5e2f77'; }
  static revokeObjectURL() {}
}
const urls = new PWeakMap();
for (const k of ['protocol', 'username', 'password', 'hostname', 'port']) {
  reflectDefine(URL.prototype, k, getterDesc(function () { return wmGet(urls, this)[k]; }, function (v) {
    const s = text(v);
    wmGet(urls, this)[k] = k === 'protocol' && !strEnds(s, ':') ? s + ':' : s;
  }, true));
}
function fileURLToPath(u) {
  const x = typeof u === 'string' ? new URL(u) : u;
  if (x.protocol !== 'file:') throw coded(new TypeErr('The URL must be of scheme file'), 'ERR_INVALID_URL_SCHEME');
  const p = unpercent(x.pathname);
  return windows ? arrJoin(strSplit(strSlice(p, 1), '/'), '\\') : p;
}
function pathToFileURL(p) {
  const full = pathFake.resolve(text(p));
  return new URL('file://' + (windows ? '/' + arrJoin(strSplit(full, '\\'), '/') : full));
}
lazy('url', () => {
  class Url {}
  const parse = (s, query) => {
    const u = new Url();
    assign(u, { protocol: null, slashes: null, auth: null, host: null, port: null, hostname: null, hash: null, search: null, query: null, pathname: null, path: null, href: text(s) });
    const p = parseURL(text(s), undefined);
    if (p === null) {
      const m = rxExec(/^([^?#]*)(\?[^#]*)?(#.*)?$/, text(s)) || [];
      u.pathname = m[1] || null; u.search = m[2] || null; u.hash = m[3] || null;
      if (strStarts(text(s), '//')) { const q = parseURL('http:' + text(s)); if (q) { u.host = u.hostname = q.hostname; u.pathname = q.pathname; } }
    } else {
      u.protocol = p.protocol; u.slashes = !p.opaque; u.auth = p.username ? unpercent(p.username + (p.password ? ':' + p.password : '')) : null;
      u.port = p.port || null; u.hostname = p.hostname; u.host = p.hostname + (p.port ? ':' + p.port : '');
      u.hash = p.hash || null; u.search = p.search || null; u.pathname = p.pathname || null; u.href = hrefOf(p);
    }
    u.query = u.search ? strSlice(u.search, 1) : null;
    if (query) u.query = builtin('querystring').parse(u.query || '');
    u.path = (u.pathname || '') + (u.search || '') || null;
    return u;
  };
  const format = (u) => {
    if (typeof u === 'string') return u;
    if (u instanceof URL) return u.href;
    const protocol = u.protocol ? (strEnds(u.protocol, ':') ? u.protocol : u.protocol + ':') : '';
    const host = u.host || (u.hostname ? u.hostname + (u.port ? ':' + u.port : '') : '');
    const search = u.search || (u.query && typeof u.query === 'object' ? '?' + builtin('querystring').stringify(u.query) : u.query ? '?' + u.query : '');
    return protocol + (u.slashes || hasOwn(schemePorts, protocol) ? '//' : '') + (u.auth ? u.auth + '@' : '') + host + (u.pathname || '') + search + (u.hash || '');
  };
  return { URL, URLSearchParams, Url, parse, format, resolve: (a, b) => { try { return new URL(b, a).href; } catch (e) { return text(b); } },
    fileURLToPath, pathToFileURL, domainToASCII: (d) => strLower(text(d)), domainToUnicode: (d) => text(d),
    urlToHttpOptions: (u) => ({ protocol: u.protocol, hostname: u.hostname, path: u.pathname + u.search, port: u.port, href: u.href, hash: u.hash, search: u.search, pathname: u.pathname }) };
});
