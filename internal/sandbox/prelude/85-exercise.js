// Calling what the entry exports, and the servers and middleware it made.
const maxCalls = 60;

// argument gives a plausible value for a parameter by its name and place.
function argument(name, index) {
  const n = strLower(name), s = secrets();
  if (n[0] === '{') {
    const o = {};
    for (const part of strSplit(strSlice(name, 1, name.length - 1), ',')) { const m = rxExec(/^\s*([\w$]+)/, part); if (m !== null) o[m[1]] = argument(m[1], 1); }
    return o;
  }
  if (rxExec(/mnemonic|phrase|seed/, n) !== null) return s.phrase;
  if (rxExec(/priv|secret|^pk$|^sk$|^key$|keypair|wallet|signer/, n) !== null) return s.key;
  if (rxExec(/passw|passphrase|pwd|credential/, n) !== null) return s.password;
  if (rxExec(/token|apikey|auth|jwt/, n) !== null) return s.token;
  if (rxExec(/^(req|request)$/, n) !== null) return fakeRequest();
  if (rxExec(/^(res|response|reply)$/, n) !== null) return new ServerResponse(null);
  if (rxExec(/^(next|cb|callback|done|fn|func|handler|resolve|reject|iteratee|predicate|listener)$/, n) !== null) return function (...args) { callCount(args); };
  if (inBrowser && rxExec(/^(doc|document)$/, n) !== null) return pageDocument;
  if (inBrowser && rxExec(/^(win|window|global|scope)$/, n) !== null) return globalThis;
  if (inBrowser && rxExec(/input|field/, n) !== null) return pageDocument._form.elements[2];
  if (inBrowser && rxExec(/^(el|elem|element|node|root|form|container|target|dom|host|parent|wrapper|selector|a|x)$/, n) !== null) return pageDocument._form;
  if (rxExec(/url|uri|endpoint|href|link/, n) !== null) return 'https://api.example.invalid/v1/items';
  if (rxExec(/^host|domain/, n) !== null) return 'api.example.invalid';
  if (rxExec(/path|file|dir|folder/, n) !== null) return pathFake.join(who.project, 'package.json');
  if (rxExec(/buf|bytes|chunk|binary/, n) !== null) return buffer('sample bytes');
  if (rxExec(/^(n|i|num|number|count|size|length|len|port|index|max|min|ms|time|amount|value|x|y|a|b|v)$/, n) !== null) return 7;
  if (rxExec(/arr|list|items|rows|args|array/, n) !== null) return [1, 2, 3];
  if (rxExec(/date/, n) !== null) return new FakeDate(clock);
  if (rxExec(/opt|config|setting|param|props|context|ctx|app|obj|state|env|meta/, n) !== null) return sampleObject();
  if (rxExec(/event|^e$/, n) !== null) return new Event('sample');
  if (rxExec(/name|str|text|msg|message|s$|title|id|type|lang|format|email|user|data|body|content|address|input|query|html|code/, n) !== null) return 'sample';
  if (inBrowser && index === 0) return pageDocument._form;
  return index === 0 ? fakeRequest() : index === 1 ? new ServerResponse(null) : function () {};
}
function callCount() {}
function sampleObject() {
  const s = secrets();
  return assign(new EventEmitter(), { name: 'sample', url: 'https://api.example.invalid/v1', token: s.token, privateKey: s.key, mnemonic: s.phrase, password: s.password, use() {}, get() {}, post() {}, set() {}, listen() {}, register() {}, headers: fakeHeaders(), req: null, config: {} });
}
// The values of headers a back door looks for cannot be known; any that is asked
// for is there.
function fakeHeaders() {
  return lenient({ host: 'shop.example.invalid', 'user-agent': 'Mozilla/5.0', accept: '*/*', 'content-type': 'application/json', authorization: 'Bearer ' + secrets().token, cookie: 'session=' + secrets().token, 'x-forwarded-for': '203.0.113.9', 'x-request-id': '7f3a91c2', 'content-length': '44' }, '[object Object]');
}
function fakeRequest() {
  const r = new Readable({ read() {} }), headers = fakeHeaders(), body = { username: 'pat', password: secrets().password, data: TOKEN };
  r.push(buffer(jsonStringify({ username: 'pat', password: secrets().password, data: TOKEN })));
  r.push(null);
  const raw = [];
  for (const k of ['host', 'user-agent', 'accept', 'content-type', 'authorization', 'cookie']) arrPush(raw, k, headers[k]);
  assign(r, { method: 'POST', url: '/login?id=1', originalUrl: '/login?id=1', path: '/login', query: lenient({ id: '1' }, 'id=1'), params: lenient({ id: '1' }, '1'), cookies: lenient({ session: secrets().token }, ''), body: lenient(body, jsonStringify(body)), headers, rawHeaders: raw, httpVersion: '1.1', ip: '203.0.113.9', hostname: 'shop.example.invalid', protocol: 'https', secure: true, app: {}, session: {}, socket: { remoteAddress: '203.0.113.9' }, connection: { remoteAddress: '203.0.113.9' },
    get(k) { return headers[strLower(text(k))]; }, header(k) { return headers[strLower(text(k))]; }, is: () => true });
  return r;
}
// parameters reads the names of a function's parameters from its text.
function parameters(f) {
  let s = '';
  try { s = strSlice(fnToString(f), 0, 2000); } catch (e) { return []; }
  if (strStarts(s, 'class')) { const m = rxExec(/constructor\s*\(/, s); if (m === null) return []; s = strSlice(s, m.index); }
  const one = rxExec(/^(?:async\s*)?([A-Za-z_$][\w$]*)\s*=>/, s);
  if (one !== null) return [one[1]];
  const open = strIndexOf(s, '(');
  if (open < 0) return [];
  const out = [];
  let level = 0, part = '';
  for (let i = open; i < s.length; i++) {
    const c = s[i];
    if (c === '(' || c === '[' || c === '{') level++;
    if (c === ')' || c === ']' || c === '}') level--;
    if (level === 0) break;
    if (c === ',' && level === 1) { out[out.length] = part; part = ''; } else if (!(c === '(' && level === 1)) part += c;
  }
  if (strTrim(part) !== '') out[out.length] = part;
  return out.map((p) => { const t = strTrim(p); if (t[0] === '{') { const e = strLastIndexOf(t, '}'); return strSlice(t, 0, e + 1); } return strTrim(strSplit(arrJoin(strSplit(t, '...'), ''), '=')[0]); });
}
function argumentsFor(f) {
  const names = parameters(f), out = [], n = mathMin(mathMax(names.length, 2), 8);
  for (let i = 0; i < n; i++) out[i] = argument(names[i] || '', i);
  return out;
}
function isClass(f) { try { return rxExec(/^class\b/, fnToString(f)) !== null; } catch (e) { return false; } }

// plan lists the calls of a value: functions, and the members of objects, two deep.
const called = new PWeakSet();
const calledHas = uncurry(WeakSet.prototype.has), calledAdd = uncurry(WeakSet.prototype.add);
let calls = [], callsMade = 0;
function plan(value, self, level) {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function') || calls.length > 200) return;
  if (isNative(value) || calledHas(called, value)) return;
  calledAdd(called, value);
  if (typeof value === 'function') arrPush(calls, { f: value, self, level });
  if (level >= 2) return;
  let keys = [];
  try { keys = reflectOwnKeys(value); } catch (e) { return; }
  for (let i = 0; i < keys.length && i < 100; i++) {
    if (typeof keys[i] !== 'string' || keys[i] === 'prototype' || keys[i] === 'caller' || keys[i] === 'arguments' || keys[i] === 'constructor') continue;
    let v;
    try { v = value[keys[i]]; } catch (e) { if (e === exitSignal) throw e; continue; }
    plan(v, value, level + 1);
  }
}
function planMethods(object, level) {
  plan(object, undefined, level);
  let proto = null;
  try { proto = getProto(object); } catch (e) { return; }
  for (let n = 0; proto !== null && proto !== Obj.prototype && n < 3; n++) {
    if (wmHas(nativeSeen, proto) || proto === EventEmitter.prototype) break;
    const keys = reflectOwnKeys(proto);
    for (let i = 0; i < keys.length && i < 60; i++) {
      const d = keys[i] === 'constructor' ? undefined : getDesc(proto, keys[i]);
      if (d && typeof d.value === 'function' && !calledHas(called, d.value)) { calledAdd(called, d.value); arrPush(calls, { f: d.value, self: object, level: 2 }); }
    }
    proto = getProto(proto);
  }
}
// callNext makes one call; false: there is none left.
function callNext(ctx) {
  if (!calls.length || callsMade >= maxCalls) return false;
  const c = arrShift(calls);
  callsMade++;
  enter(ctx, () => {
    let made;
    if (isClass(c.f) || (c.f.prototype && objectKeys(c.f.prototype).length > 0)) {
      made = construct(c.f, argumentsFor(c.f));
      planMethods(made, 1);
      return;
    }
    made = apply(c.f, c.self, argumentsFor(c.f));
    if (c.level >= 2 || made === null || made === undefined) return;
    if (typeof made === 'object' && typeof made.then === 'function' && made instanceof Prom) { promThen(made, (v) => { if (v !== null && typeof v === 'object') planMethods(v, 1); }, () => {}); return; }
    if (typeof made === 'function') plan(made, undefined, c.level + 1);
    else if (typeof made === 'object') planMethods(made, c.level + 1);
  }, undefined, noArgs);
  return true;
}
// visitServers sends one request to each server that the code started.
let visited = 0;
function visitServer(ctx) {
  while (visited < servers.length) {
    const s = servers[visited++];
    if (s.listenerCount('request')) { enter(ctx, () => s.emit('request', fakeRequest(), new ServerResponse(null)), undefined, noArgs); return true; }
    if (s.listenerCount('connection')) {
      enter(ctx, () => {
        const c = new Socket();
        c.remoteAddress = '203.0.113.9';
        c._to = '203.0.113.9';
        c._scheme = 'net';
        s.emit('connection', c);
        later(5, () => { c.push(buffer(TOKEN + '\n')); c.push(null); });
      }, undefined, noArgs);
      return true;
    }
  }
  return false;
}
