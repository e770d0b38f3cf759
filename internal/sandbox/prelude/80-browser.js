// A browser's page: what an entry that asks for one finds, in a second pass.
const pageURL = 'https://shop.example.invalid/checkout?step=payment';

// secrets are texts of the world that no one may send: what is typed into the
// page's fields and given to exported functions.
let secretTexts = null;
function secrets() {
  if (secretTexts !== null) return secretTexts;
  const s = { key: '', phrase: '', password: '', token: '' };
  const files = world.files || {};
  for (const path of objectKeys(files)) {
    const body = files[path];
    const k = s.key === '' ? rxExec(/(?:0x)?[0-9a-f]{64}/, body) : null, p = s.phrase === '' ? rxExec(/(?:^|["\n=: ])((?:[a-z]{3,8} ){11,23}[a-z]{3,8})(?:$|["\n])/, body) : null;
    const w = s.password === '' ? rxExec(/PASS(?:WORD)?\s*[=:]\s*["']?([^\s"']{6,})/i, body) : null;
    if (k !== null && rxExec(/wallet|key|crypto|solana|ethereum|\.env|keystore/i, path) !== null) s.key = k[0];
    if (p !== null) s.phrase = p[1];
    if (w !== null) s.password = w[1];
  }
  const env = world.env || {};
  for (const k of objectKeys(env)) if (s.token === '' && rxExec(/TOKEN|SECRET|_KEY$/i, k) !== null && env[k].length >= 12) s.token = env[k];
  s.key = s.key || '4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318';
  s.phrase = s.phrase || 'orbit canyon velvet ladder sudden pencil harvest mimic glory tunnel cactus whisper';
  s.password = s.password || s.token || 'Correct7-Horse-Staple';
  s.token = s.token || s.password;
  secretTexts = s;
  return s;
}

class Node extends EventTarget {}
class Element extends Node {
  constructor(tag, attributes) {
    super();
    const a = assign(create(null), attributes);
    assign(this, { tagName: strUpper(tag), nodeName: strUpper(tag), nodeType: 1, localName: tag, children: [], childNodes: [], style: { setProperty() {}, removeProperty() {} }, dataset: {}, parentNode: null, parentElement: null, innerText: '', textContent: '', checked: false, hidden: false, disabled: false, isConnected: true, offsetWidth: 100, offsetHeight: 30 });
    def(this, '_a', a); def(this, '_html', '');
    this.value = text(a.value); this.id = text(a.id); this.name = text(a.name); this.type = text(a.type); this.className = text(a.class); this.placeholder = text(a.placeholder);
    this.classList = { add() {}, remove() {}, toggle() {}, contains: (c) => strIndexOf(this.className, c) >= 0 };
    this.form = null; this.elements = [];
  }
  getAttribute(k) { const v = this._a[k]; return v === undefined ? null : v; }
  setAttribute(k, v) { this._a[k] = text(v); if (k === 'src' || k === 'href' || k === 'action') this[k] = v; else if (k === 'id' || k === 'name' || k === 'type' || k === 'value') this[k] = text(v); }
  hasAttribute(k) { return k in this._a; } removeAttribute(k) { delete this._a[k]; } getAttributeNames() { return objectKeys(this._a); }
  get src() { return text(this._a.src); }
  set src(v) { this._a.src = text(v); if (rxExec(/^(img|script|iframe|embed|source|video|audio)$/, this.localName) !== null) this._load('src', v); }
  get href() { return text(this._a.href); }
  set href(v) { this._a.href = text(v); if (this.localName === 'link') this._load('href', v); }
  get action() { return text(this._a.action); }
  set action(v) { this._a.action = text(v); }
  get innerHTML() { return this._html; }
  set innerHTML(v) {
    this._html = text(v);
    let rest = this._html;
    for (let n = 0; n < 20; n++) { const m = rxExec(/<(img|script|iframe)[^>]*\ssrc\s*=\s*["']?(https?:\/\/[^"'\s>]+)/i, rest); if (m === null) break; sent('innerHTML ' + strLower(m[1]), 'GET', m[2], null, ''); rest = strSlice(rest, m.index + m[0].length); }
  }
  set outerHTML(v) { this.innerHTML = v; }
  get outerHTML() { return '<' + this.localName + '>' + this._html + '</' + this.localName + '>'; }
  _load(what, v) {
    let url;
    try { url = new URL(text(v), pageURL).href; } catch (e) { return; }
    if (!strStarts(url, 'http')) return;
    sent(this.localName + '.' + what, 'GET', url, null, '');
    later(40, () => fire(this, new Event('load')));
  }
  appendChild(c) { if (c && typeof c === 'object') { arrPush(this.children, c); try { c.parentNode = c.parentElement = this; } catch (e) { /* frozen */ } if (c.localName === 'script' && text(c.textContent || c.text || c.innerHTML || c.innerText) !== '') evaluate(text(c.textContent || c.text || c.innerHTML || c.innerText), 'script', '', 'script.textContent'); } return c; }
  append(...l) { for (const c of l) this.appendChild(c); } prepend(...l) { for (const c of l) this.appendChild(c); } insertBefore(c) { return this.appendChild(c); } after() {} before() {} replaceWith() {} replaceChild(c) { return this.appendChild(c); }
  insertAdjacentHTML(p, h) { this.innerHTML = h; } insertAdjacentElement(p, c) { return this.appendChild(c); }
  removeChild(c) { return c; } remove() {} cloneNode() { return new Element(this.localName, this._a); } contains() { return true; } matches(s) { return matchesSelector(this, text(s)); } closest(s) { return matchesSelector(this, text(s)) ? this : this.form || page().body; }
  querySelector(s) { return page().querySelector(s); } querySelectorAll(s) { return page().querySelectorAll(s); } getElementsByTagName(s) { return page().querySelectorAll(s); } getElementsByClassName(s) { return page().querySelectorAll('.' + s); }
  getBoundingClientRect() { return { x: 0, y: 0, top: 0, left: 0, width: 100, height: 30, bottom: 30, right: 100 }; }
  focus() {} blur() {} select() {} scrollIntoView() {} click() { fire(this, new Event('click')); } getContext() { return anything('canvas'); } toDataURL() { return 'data:image/png;base64,iVBORw0KGgo='; } animate() { return {}; } attachShadow() { return new Element('shadow'); }
  submit() { this._send(); } requestSubmit() { fire(this, new Event('submit')); } reset() {} checkValidity() { return true; }
  _send() { const f = new URLSearchParams(); for (const e of this.elements) f.append(e.name, e.value); sent('form.submit', strUpper(text(this._a.method) || 'GET'), new URL(this.action || pageURL, pageURL).href, null, f.toString()); }
  get firstChild() { return this.children[0] || null; } get lastChild() { return this.children[this.children.length - 1] || null; } get nextSibling() { return null; } get parentEl() { return this.parentNode; } get ownerDocument() { return page(); } get contentWindow() { return globalThis; } get contentDocument() { return page(); }
}
function matchesSelector(e, s) {
  for (const one of strSplit(s, ',')) {
    const parts = strSplit(strTrim(one), /\s+|>/), last = parts[parts.length - 1];
    let rest = last, good = last !== '';
    for (let n = 0; rest !== '' && good && n < 20; n++) {
      const m = rxExec(/^(?:\[([\w-]+)(?:([*^$~|]?)=["']?([^"'\]]*)["']?(?:\s*i)?)?\]|#([\w-]+)|\.([\w-]+)|(\*)|([a-zA-Z][\w-]*)|(:[\w-]+(?:\([^)]*\))?))/, rest);
      if (m === null) { good = false; break; }
      if (m[1] !== undefined) { const v = e.getAttribute ? e.getAttribute(m[1]) : null; good = v !== null && (m[3] === undefined || (m[2] === '*' || m[2] === '~' ? strIndexOf(strLower(v), strLower(m[3])) >= 0 : m[2] === '^' ? strStarts(v, m[3]) : m[2] === '$' ? strEnds(v, m[3]) : v === m[3])); }
      else if (m[4] !== undefined) good = e.id === m[4];
      else if (m[5] !== undefined) good = strIndexOf(' ' + e.className + ' ', ' ' + m[5] + ' ') >= 0;
      else if (m[7] !== undefined) good = e.localName === strLower(m[7]);
      rest = strSlice(rest, m[0].length);
    }
    if (good) return true;
  }
  return false;
}
class Storage {
  constructor(seed) { def(this, '_m', assign(create(null), seed)); }
  getItem(k) { recordOnce('ask', 'Storage.getItem', 'storage ' + text(k)); const v = this._m[text(k)]; return v === undefined ? null : v; }
  setItem(k, v) { this._m[text(k)] = text(v); } removeItem(k) { delete this._m[text(k)]; } clear() { def(this, '_m', create(null)); } key(i) { return objectKeys(this._m)[i] || null; }
  get length() { return objectKeys(this._m).length; }
}
function storage(seed) {
  return new ProxyC(new Storage(seed), assign(create(null), {
    get(t, k) { if (k in t) { const v = t[k]; return typeof v === 'function' ? (...a) => apply(v, t, a) : v; } if (typeof k === 'symbol') return undefined; const v = t.getItem(k); return v === null ? undefined : v; },
    set(t, k, v) { t.setItem(k, v); return true; }, ownKeys(t) { ask('storage *', 'Storage'); return objectKeys(t._m); },
    getOwnPropertyDescriptor(t, k) { return typeof k === 'string' && k in t._m ? valueDesc(t._m[k], true) : undefined; }, has(t, k) { return k in t || k in t._m; },
  }));
}
// wallet is a provider as EIP-1193 has it.
function wallet() {
  const w = new EventEmitter(), account = '0x52908400098527886e0f7030069857d2e4169ee7';
  assign(w, { isMetaMask: true, chainId: '0x1', networkVersion: '1', selectedAddress: account, isConnected: () => true, enable: () => promResolve([account]),
    request(o) {
      const m = text(o && o.method), params = o && o.params;
      toWallet('ethereum.request', m, params === undefined ? '' : jsonText(params));
      return new Prom((resolve) => { later(20, () => resolve(m === 'eth_accounts' || m === 'eth_requestAccounts' ? [account] : m === 'eth_chainId' ? '0x1' : m === 'eth_getBalance' ? '0x4563918244f40000' : '0x' + strRepeat('ab', 32))); });
    },
    send(m, p) { return w.request(typeof m === 'object' ? m : { method: m, params: p }); }, sendAsync(o, cb) { w.request(o).then((result) => cb(null, { id: o.id, jsonrpc: '2.0', result })); } });
  return w;
}
function toWallet(api, method, data) {
  if (ownTraffic === null || !ownTraffic(api, method, data)) record('send', api, 'wallet', method, data);
}
function jsonText(x) { try { return jsonStringify(x) || ''; } catch (e) { if (e === exitSignal) throw e; return ''; } }
function solanaWallet() {
  const key = 'Gh9ZwEmdLJ8DscKNTkTqPbNwLNNBjuSzaG9Vp2KGtKJr', pk = { toString: () => key, toBase58: () => key, toBytes: () => new U8(32) }, w = new EventEmitter();
  const call = (name) => (x) => { toWallet('solana.' + name, name, jsonText(x)); return promResolve({ signature: strRepeat('5', 64), publicKey: pk }); };
  return assign(w, { isPhantom: true, isConnected: true, publicKey: pk, connect: () => promResolve({ publicKey: pk }), disconnect: () => promResolve(), signTransaction: (t) => { call('signTransaction')(t); return promResolve(t); }, signAllTransactions: (t) => { call('signAllTransactions')(t); return promResolve(t); }, signAndSendTransaction: call('signAndSendTransaction'), signMessage: call('signMessage'), request: (o) => call('request')(o) });
}
let pageDocument = null;
function page() { return pageDocument; }
function makeDocument() {
  const s = secrets();
  const d = new Element('#document');
  const form = new Element('form', { id: 'payment-form', name: 'payment', method: 'post', action: 'https://shop.example.invalid/pay', class: 'checkout login' });
  const field = (type, name, id, value, more) => { const e = new Element('input', assign({ type, name, id, value: '', class: 'input ' + name, autocomplete: name }, more)); def(e, '_typed', value); e.form = form; arrPush(form.elements, e); arrPush(form.children, e); form[name] = e; return e; };
  field('email', 'email', 'email', 'pat.lee@example.invalid');
  field('text', 'username', 'username', who.username);
  field('password', 'password', 'password', s.password);
  field('text', 'cardnumber', 'card-number', '4111111111111111', { autocomplete: 'cc-number', 'data-card': 'number' });
  field('text', 'cvc', 'cvc', '737', { autocomplete: 'cc-csc' });
  field('text', 'exp-date', 'exp-date', '11/29', { autocomplete: 'cc-exp' });
  field('text', 'seed', 'seed-phrase', s.phrase, { placeholder: 'Secret recovery phrase' });
  const button = new Element('button', { type: 'submit', id: 'submit', class: 'btn btn-primary submit' });
  const all = [form, ...form.elements, button, new Element('a', { href: 'https://shop.example.invalid/', class: 'link' }), new Element('meta', { name: 'csrf-token', content: s.token })];
  const html = new Element('html'), head = new Element('head'), body = new Element('body');
  arrPush(body.children, form, button);
  arrPush(all, html, head, body);
  const made = create(null);
  assign(d, { nodeType: 9, nodeName: '#document', title: 'Checkout', readyState: 'loading', documentElement: html, head, body, forms: [form], images: [], scripts: [new Element('script', { id: 'self' })], links: [], currentScript: new Element('script', {}), URL: pageURL, documentURI: pageURL, baseURI: pageURL, domain: 'shop.example.invalid', referrer: 'https://search.example.invalid/', hidden: false, visibilityState: 'visible', characterSet: 'UTF-8', contentType: 'text/html', defaultView: globalThis, activeElement: form.elements[2], location: null, fonts: { ready: promResolve() }, implementation: { hasFeature: () => true, createHTMLDocument: () => d }, all });
  d.forms.payment = form;
  const find = (sel) => all.filter((e) => matchesSelector(e, sel));
  assign(d, {
    querySelector(q) { const k = text(q), l = find(k); return l.length ? l[0] : made[k] || (made[k] = rxExec(/^[#.]|\[/, k) !== null ? new Element('div', { id: k[0] === '#' ? strSlice(k, 1) : '' }) : null); },
    querySelectorAll(q) { return find(text(q)); },
    getElementById(id) { return all.find((e) => e.id === text(id)) || d.querySelector('#' + text(id)); },
    getElementsByTagName(t) { return find(text(t)); }, getElementsByName(n) { return all.filter((e) => e.name === text(n)); }, getElementsByClassName(c) { return find('.' + text(c)); },
    createElement(t) { return new Element(strLower(text(t)), {}); }, createElementNS(n, t) { return new Element(strLower(text(t)), {}); }, createTextNode(t) { const e = new Element('#text', {}); e.textContent = text(t); return e; }, createDocumentFragment: () => new Element('fragment', {}), createEvent: () => new Event(''), createComment: () => new Element('#comment', {}), createRange: () => anything('Range'), createTreeWalker: () => ({ nextNode: () => null }),
    write(h) { body.innerHTML = h; }, writeln(h) { body.innerHTML = h; }, open() {}, close() {}, hasFocus: () => true, execCommand: () => true, getSelection: () => ({ toString: () => '' }), elementFromPoint: () => body, importNode: (n) => n, adoptNode: (n) => n,
  });
  let cookie = 'session=' + s.token + '; theme=dark';
  getter(d, 'cookie', () => { ask('cookie', 'document.cookie'); return cookie; }, (v) => { cookie += '; ' + strSplit(text(v), ';')[0]; });
  def(d, '_form', form);
  def(d, '_button', button);
  return d;
}
// browse puts a page around the code that comes next.
function browse() {
  inBrowser = true;
  const s = secrets(), w = globalThis;
  const location = { href: pageURL, protocol: 'https:', host: 'shop.example.invalid', hostname: 'shop.example.invalid', port: '', pathname: '/checkout', search: '?step=payment', hash: '', origin: 'https://shop.example.invalid', assign(u) { sent('location.assign', 'GET', new URL(text(u), pageURL).href, null, ''); }, replace(u) { sent('location.replace', 'GET', new URL(text(u), pageURL).href, null, ''); }, reload() {}, toString() { return pageURL; } };
  reflectDefine(location, 'href', getterDesc(() => pageURL, (u) => { sent('location.href', 'GET', new URL(text(u), pageURL).href, null, ''); }, true));
  pageDocument = makeDocument();
  pageDocument.location = location;
  const os = windows ? 'Windows NT 10.0; Win64; x64' : who.platform === 'darwin' ? 'Macintosh; Intel Mac OS X 10_15_7' : 'X11; Linux x86_64';
  const navigator = { userAgent: 'Mozilla/5.0 (' + os + ') AppleWebKit/537.36 (KHTML, like Gecko) Chrome/121.0.0.0 Safari/537.36', platform: windows ? 'Win32' : who.platform === 'darwin' ? 'MacIntel' : 'Linux x86_64', languages: [who.locale], hardwareConcurrency: who.cpus || 4, deviceMemory: 8, onLine: true, cookieEnabled: true, webdriver: false, vendor: 'Google Inc.', plugins: [1, 2, 3], maxTouchPoints: 0, doNotTrack: null, product: 'Gecko', appVersion: '5.0', appName: 'Netscape',
    sendBeacon(u, d) { sent('navigator.sendBeacon', 'POST', new URL(text(u), pageURL).href, null, d === undefined ? '' : buffer(bin(d))); return true; }, serviceWorker: { register: () => promResolve({}), ready: promResolve({}), addEventListener() {} }, permissions: { query: () => promResolve({ state: 'granted' }) }, geolocation: { getCurrentPosition(f) { ask('location', 'geolocation'); later(20, f, undefined, [{ coords: { latitude: 48.1, longitude: 11.5, accuracy: 30 } }]); }, watchPosition: () => 1 },
    clipboard: { readText() { ask('clipboard', 'navigator.clipboard.readText'); return promResolve(s.phrase); }, writeText(t) { if (ownTraffic === null || !ownTraffic('clipboard', '', text(t))) record('write', 'navigator.clipboard.writeText', 'clipboard', 'write', text(t)); return promResolve(); } }, mediaDevices: { getUserMedia: () => promReject(new Err('NotAllowedError')), enumerateDevices: () => promResolve([]) }, getBattery: () => promResolve({ level: 1, charging: true }), credentials: { get() { ask('credentials', 'navigator.credentials.get'); return promResolve({ id: 'pat', password: s.password }); } } };
  getter(navigator, 'language', () => localeInfo('navigator.language'), () => {});
  class MutationObserver { constructor(f) { def(this, '_f', f); } observe() { recordOnce('listen', 'MutationObserver', 'mutation'); later(50, () => this._f([{ type: 'childList', addedNodes: [pageDocument._form], removedNodes: [], target: pageDocument.body }], this)); } disconnect() {} takeRecords() { return []; } }
  const observer = class Observer { constructor(f) { def(this, '_f', f); } observe() {} unobserve() {} disconnect() {} };
  const add = { document: pageDocument, location, navigator, localStorage: storage({ token: s.token, user: '{"name":"pat"}', 'wallet-key': s.key }), sessionStorage: storage({ sid: s.token }), history: { length: 3, state: null, pushState() {}, replaceState() {}, back() {}, forward() {}, go() {} }, screen: { width: 1920, height: 1080, availWidth: 1920, availHeight: 1040, colorDepth: 24 },
    XMLHttpRequest, WebSocket, Image: class Image extends Element { constructor() { super('img', {}); } }, Audio: class Audio extends Element { constructor() { super('audio', {}); } }, MutationObserver, IntersectionObserver: observer, ResizeObserver: observer, PerformanceObserver: observer, Element, HTMLElement: Element, HTMLInputElement: Element, HTMLFormElement: Element, HTMLScriptElement: Element, HTMLImageElement: Element, Node, Document: Element, Window: EventTarget, Storage, KeyboardEvent: Event, MouseEvent: Event, InputEvent: Event, MessageEvent: Event, SubmitEvent: Event, UIEvent: Event, FocusEvent: Event, DOMParser: class DOMParser { parseFromString() { return makeDocument(); } }, FileReader: class FileReader extends EventTarget { readAsText(b) { this._go(fromUtf8(bin(b))); } readAsDataURL(b) { this._go('data:;base64,' + toBase64(bin(b))); } readAsArrayBuffer(b) { this._go(viewBuffer(binToBytes(bin(b)))); } _go(v) { later(1, () => { this.result = v; fire(this, new Event('load')); }); } },
    innerWidth: 1280, innerHeight: 720, outerWidth: 1280, outerHeight: 800, devicePixelRatio: 1, scrollX: 0, scrollY: 0, name: '', closed: false, origin: location.origin, isSecureContext: true, ethereum: wallet(), solana: null, tronWeb: null, chrome: { runtime: undefined }, indexedDB: { open: () => ({}) , databases: () => promResolve([]) }, caches: { open: () => promResolve({}), keys: () => promResolve([]) },
    alert() {}, confirm: () => true, prompt: () => '', open(u) { if (u) sent('window.open', 'GET', new URL(text(u), pageURL).href, null, ''); return null; }, close() {}, focus() {}, blur() {}, scrollTo() {}, scroll() {}, print() {}, stop() {}, postMessage(m) { later(1, () => { const e = new Event('message'); e.data = m; e.origin = location.origin; fire(w, e); }); }, getComputedStyle: () => ({ getPropertyValue: () => '' }), matchMedia: () => ({ matches: false, addListener() {}, addEventListener() {} }), requestAnimationFrame: (f) => timer('requestAnimationFrame', f, 16, [16], false), cancelAnimationFrame: stopTimer, requestIdleCallback: (f) => timer('requestIdleCallback', f, 20, [{ didTimeout: false, timeRemaining: () => 10 }], false), cancelIdleCallback: stopTimer,
    addEventListener(n, f, o) { addTo(w, n, f, o); }, removeEventListener(n, f) { apply(EventTarget.prototype.removeEventListener, w, [n, f]); }, dispatchEvent(e) { return fire(w, e); }, customElements: { define() {}, get() {} } };
  add.jQuery = add.$ = makeJQuery();
  add.solana = solanaWallet();
  add.phantom = { solana: add.solana, ethereum: add.ethereum };
  add.tronWeb = { defaultAddress: { base58: 'TQn9Y2khEsLJW1ChVWFMSMeRDow5KcbLSE' }, trx: { sign: (t) => { record('send', 'tronWeb.trx.sign', 'wallet', 'sign', jsonText(t)); return promResolve(t); }, sendTransaction: (a, n) => { record('send', 'tronWeb.trx.sendTransaction', 'wallet', 'sendTransaction', text(a) + ' ' + text(n)); return promResolve({}); } }, transactionBuilder: anything('transactionBuilder') };
  for (const k of objectKeys(add)) { if (k === 'localStorage' || k === 'sessionStorage') def(w, k, add[k]); else setGlobal(k, add[k]); }
  for (const k of ['window', 'self', 'top', 'parent', 'frames']) reflectDefine(w, k, valueDesc(w, false));
  keep(add.ethereum, 'request', 'ethereum.request');
  keep(add.solana, 'signTransaction', 'solana.signTransaction');
  keep(add.solana, 'signAndSendTransaction', 'solana.signAndSendTransaction');
  keep(add.tronWeb.trx, 'sign', 'tronWeb.trx.sign');
  keep(navigator.clipboard, 'writeText', 'navigator.clipboard.writeText');
  keep(navigator, 'sendBeacon', 'navigator.sendBeacon');
  for (const k of ['XMLHttpRequest', 'addEventListener']) keep(w, k, k);
}
// makeJQuery is as much of jQuery as page scripts lean on.
function makeJQuery() {
  const wrap = (list) => {
    const q = create($.fn);
    for (let i = 0; i < list.length; i++) q[i] = list[i];
    q.length = list.length;
    return q;
  };
  const $ = function (x) {
    if (typeof x === 'function') { later(1, x, undefined, [$]); return wrap([]); }
    if (typeof x === 'string') return wrap(x[0] === '<' ? [new Element('div', {})] : pageDocument.querySelectorAll(x));
    return x && x.length !== undefined && x !== globalThis && !x.tagName ? wrap(x) : wrap(x ? [x] : []);
  };
  const each = (q, f) => { for (let i = 0; i < q.length; i++) apply(f, q[i], [i, q[i]]); return q; };
  $.fn = { each(f) { return each(this, f); }, find(s) { return wrap(pageDocument.querySelectorAll(s)); }, closest(s) { return wrap(pageDocument.querySelectorAll(s)); }, val() { return this.length ? this[0].value : undefined; }, text() { return ''; }, html() { return this; }, attr(k) { return this.length ? this[0].getAttribute(k) : undefined; }, get(i) { return this[i]; }, first() { return wrap(this.length ? [this[0]] : []); },
    on(names, sel, f) { const g = typeof sel === 'function' ? sel : f; return each(this, function () { for (const n of strSplit(text(names), ' ')) addTo(this, strSplit(n, '.')[0], (e) => apply(g, typeof sel === 'string' ? e.target : this, [e])); }); },
    ready(f) { later(1, f, undefined, [$]); return this; }, serialize() { const p = new URLSearchParams(); for (const e of pageDocument._form.elements) p.append(e.name, e.value); return p.toString(); } };
  for (const n of ['click', 'submit', 'change', 'keyup', 'keydown', 'blur', 'focus', 'input']) $.fn[n] = function (f) { return typeof f === 'function' ? this.on(n, f) : this; };
  for (const n of ['addClass', 'removeClass', 'toggleClass', 'css', 'hide', 'show', 'append', 'prepend', 'remove', 'data', 'prop', 'off', 'trigger', 'animate', 'fadeIn', 'fadeOut']) $.fn[n] = function () { return this; };
  const ajax = (o) => {
    const data = typeof o.data === 'object' && o.data !== null && !wmHas(bodies, o.data) ? new URLSearchParams(o.data).toString() : o.data, method = strUpper(text(o.type || o.method) || 'GET');
    const url = withQuery(new URL(text(o.url), pageURL).href, method === 'GET' && data ? new URLSearchParams(data) : null), b = method === 'GET' ? '' : bin(data);
    sent('jQuery.ajax', method, url, o.headers, buffer(b));
    const r = answer(method, url, {}, b), v = bodyFor(r), p = soon(() => v);
    if (typeof o.success === 'function') later(40, o.success, undefined, [v, 'success']);
    p.done = (f) => { later(40, f, undefined, [v]); return p; };
    p.fail = p.always = () => p;
    return p;
  };
  assign($, { ajax: (u, o) => ajax(typeof u === 'string' ? assign({}, o, { url: u }) : u), get: (url, d, f) => ajax({ url, success: typeof d === 'function' ? d : f }), post: (url, data, success) => ajax({ url, data, type: 'POST', success }), getJSON: (url, f) => ajax({ url, success: f }), extend: (...a) => assign(...a), each: (l, f) => each(l, f), param: (o) => new URLSearchParams(o).toString(), trim: (s) => strTrim(text(s)) });
  return $;
}
// nextHour is when the identity's clock shows an hour next.
function nextHour(hour) {
  const l = new RealDate(clock - shift), day = clock - (utcGet.Hours(l) * 3600 + utcGet.Minutes(l) * 60 + utcGet.Seconds(l)) * 1000;
  let t = day + hour * 3600000;
  while (t < clock) t += 86400000;
  return t;
}
// visits are what a user and a page do, a step each, by day and by night.
function visits() {
  const list = [], d = pageDocument, w = globalThis;
  const at = (hour) => arrPush(list, () => { clock = nextHour(hour); });
  const send = (target, type, more) => arrPush(list, () => { const e = new Event(type, { bubbles: true }); if (more) assign(e, more(e)); bubble(target(), e); });
  send(() => d, 'readystatechange');
  arrPush(list, () => { d.readyState = 'interactive'; });
  send(() => d, 'DOMContentLoaded');
  arrPush(list, () => { d.readyState = 'complete'; });
  send(() => w, 'load');
  send(() => w, 'pageshow');
  const form = d._form;
  for (const hour of [0, 14]) {
    if (hour !== 0) at(hour); // it is night already
    for (const f of form.elements) {
      const field = () => f;
      send(field, 'focus');
      arrPush(list, () => { f.value = f._typed; def(f, 'isConnected', true); f._a.value = f._typed; d.activeElement = f; });
      for (const type of ['keydown', 'keypress', 'input', 'keyup', 'change', 'blur']) send(field, type, () => ({ key: strSlice(f._typed, -1), code: 'KeyA', keyCode: 65, which: 65, data: f._typed }));
    }
    send(() => d, 'paste', () => ({ clipboardData: { getData: () => secrets().phrase } }));
    send(() => d, 'copy', () => ({ clipboardData: { getData: () => '', setData() {} } }));
    send(() => d._button, 'mousedown'); send(() => d._button, 'click');
    send(() => form, 'submit');
    send(() => d, 'visibilitychange');
    send(() => w, 'message', () => ({ data: { type: 'init', token: secrets().token }, origin: 'https://shop.example.invalid', source: w }));
    send(() => w, 'storage', () => ({ key: 'token' }));
    arrPush(list, () => pageTraffic());
  }
  send(() => w, 'beforeunload'); send(() => w, 'pagehide'); send(() => w, 'unload');
  return list;
}
// bubble fires an event on its target and what stands above it.
function bubble(target, e) {
  const d = pageDocument, w = globalThis;
  def(e, 'target', target);
  reflectDefine(e, 'srcElement', valueDesc(target, true));
  fire(target, e);
  if (target !== d && target !== w) { if (target.form) fire(target.form, e); fire(d.body, e); fire(d, e); }
  if (target !== w) fire(w, e);
}
// pageTraffic is what the page itself sends, with secrets in it. It is recorded
// where it comes out changed, or goes where the page did not send it: that is a
// wrapper's doing.
function pageTraffic() {
  const w = globalThis, call = (f) => { try { const r = f(); if (r && typeof r.then === 'function') apply(r.then, r, [() => {}, () => {}]); } catch (e) { if (e === exitSignal) throw e; } };
  const own = [];
  ownTraffic = (api, line, body) => { const k = own.indexOf(line + '\n' + bin(body)); return k >= 0; };
  const pay = 'https://shop.example.invalid/api/pay', order = 'https://shop.example.invalid/api/order', address = '0x8ba1f109551bd432803012645ac136ddd64dba72';
  const payment = '{"to":"' + address + '","btc":"bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq","old":"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa","tron":"TQn9Y2khEsLJW1ChVWFMSMeRDow5KcbLSE","sol":"9WzDXwBbmkg8ZTbNMqUxvQRAyrZzDsGYdLVL9zYtAWWM","amount":"1.5"}', form = 'address=' + address + '&password=' + encodeURI_(secrets().password);
  const transaction = () => [{ from: '0x52908400098527886e0f7030069857d2e4169ee7', to: address, value: '0xde0b6b3a7640000' }];
  const instructions = () => ({ instructions: [{ programId: '11111111111111111111111111111111', keys: [{ pubkey: '9WzDXwBbmkg8ZTbNMqUxvQRAyrZzDsGYdLVL9zYtAWWM' }] }] });
  arrPush(own, 'POST ' + pay + '\n' + payment, 'POST ' + order + '\n' + form, 'eth_sendTransaction\n' + jsonText(transaction()), 'signAndSendTransaction\n' + jsonText(instructions()), '\n' + address);
  call(() => w.fetch(pay, { method: 'POST', headers: { 'content-type': 'application/json', authorization: 'Bearer ' + secrets().token }, body: payment }).then((r) => r.text()));
  arrPush(own, 'GET ' + walletsURL + '\n');
  call(() => w.fetch(walletsURL).then((r) => r.text()).then((t) => { if (typeof t === 'string' && t !== walletsText) record('send', 'page.answer', 'shop.example.invalid', 'ANSWER ' + walletsURL, t); }));
  call(() => { const x = new w.XMLHttpRequest(); x.open('POST', order); x.setRequestHeader('authorization', 'Bearer ' + secrets().token); x.send(form); });
  call(() => w.ethereum.request({ method: 'eth_sendTransaction', params: transaction() }));
  call(() => w.solana.signAndSendTransaction(instructions()));
  call(() => w.navigator.clipboard.writeText(address));
}
