// process, and CommonJS modules: resolution in the package and beside it, the
// cache, Module, and what becomes of text that is run as code.

// ---- process ---------------------------------------------------------------------

// The environment is an object whose reads are recorded: a name at a time, or all
// of it. After an enumeration the reads that follow its order belong to it.
function makeEnv(ctx) {
  const vars = () => ctx.vars, noted = create(null);
  let order = null, next = 0;
  const find = (k) => {
    const v = vars();
    if (hasOwn(v, k) || !windows) return k;
    const keys = objectKeys(v), low = strLower(k);
    for (let i = 0; i < keys.length; i++) if (strLower(keys[i]) === low) return keys[i];
    return k;
  };
  const note = (k) => {
    if (order !== null) {
      while (next < order.length && order[next] !== k) { if (next > 0 || order[0] !== k) { if (arrIndexOf(order, k) < next) break; } next++; }
      if (next < order.length) { next++; return; }
      order = null;
    }
    noted[k] = (noted[k] || 0) + 1;
    if (noted[k] <= 3) record('env', 'process.env', k, '', '');
  };
  return new ProxyC({}, assign(create(null), {
    get(t, k) {
      if (typeof k === 'symbol') return undefined;
      const name = find(k), v = vars();
      if (!hasOwn(v, name)) { if (k in Obj.prototype) return Obj.prototype[k]; if (k !== 'toJSON' && k !== 'inspect') note(k); return undefined; }
      note(name);
      return v[name];
    },
    set(t, k, value) { if (typeof k !== 'symbol') vars()[find(k)] = text(value); return true; },
    has(t, k) { if (typeof k === 'symbol') return false; note(find(k)); return hasOwn(vars(), find(k)); },
    deleteProperty(t, k) { delete vars()[find(k)]; return true; },
    ownKeys() { if (noted['*'] === undefined) noted['*'] = 0; if (noted['*']++ < 5) record('env', 'process.env', '*', '', ''); order = objectKeys(vars()); next = 0; return objectKeys(vars()); },
    getOwnPropertyDescriptor(t, k) { const name = typeof k === 'symbol' ? '' : find(k); return hasOwn(vars(), name) ? valueDesc(vars()[name], true) : undefined; },
    defineProperty(t, k, d) { vars()[find(k)] = text(d.value); return true; },
  }));
}
let tickCount = 0;
function makeProcess(ctx) {
  const p = create(processProto);
  apply(EventEmitter, p, []);
  wmSet(contexts, p, ctx);
  let envFake = makeEnv(ctx), title = 'node';
  const out = (name, fd) => { const s = new Writable({ write(c, e, cb) { print(name, fromUtf8(bin(c))); cb(); } }); s.fd = fd; s.isTTY = undefined; s.columns = undefined; s.writable = true; s._type = 'pipe'; s.getColorDepth = () => 1; s.hasColors = () => false; s.clearLine = s.cursorTo = s.moveCursor = () => true; return s; };
  let stdout = null, stderr = null, stdin = null;
  getter(p, 'env', () => envFake, (v) => { envFake = v; });
  getter(p, 'platform', () => { ask('platform', 'process.platform'); return who.platform; }, (v) => def(p, 'platform', v));
  getter(p, 'arch', () => { ask('arch', 'process.arch'); return who.arch; }, (v) => def(p, 'arch', v));
  getter(p, 'title', () => title, (v) => { title = text(v); });
  getter(p, 'stdout', () => stdout || (stdout = out('stdout', 1)), (v) => { stdout = v; });
  getter(p, 'stderr', () => stderr || (stderr = out('stderr', 2)), (v) => { stderr = v; });
  getter(p, 'stdin', () => { if (!stdin) { stdin = new Readable({ read() {} }); if (ctx.stdin) stdin.push(buffer(ctx.stdin)); stdin.push(null); stdin.fd = 0; stdin.setRawMode = () => stdin; stdin.ref = stdin.unref = () => stdin; } return stdin; }, (v) => { stdin = v; });
  const v = who.node || 'v20.11.1';
  assign(p, {
    argv: arrSlice(ctx.argv), argv0: 'node', execPath: nodePath(), execArgv: [], pid: 4242 + ctx.id, ppid: 4241, exitCode: undefined, version: v, debugPort: 9229,
    versions: { node: strSlice(v, 1), acorn: '8.11.2', ares: '1.20.1', modules: '115', napi: '9', openssl: '3.0.12+quic', unicode: '15.0', uv: '1.46.0', v8: '11.3.244.8-node.17', zlib: '1.2.13.1-motley' },
    release: { name: 'node', lts: 'Iron', sourceUrl: 'https://nodejs.org.invalid/download/release/' + v + '/node-' + v + '.tar.gz' }, features: { inspector: true, debug: false, uv: true, ipv6: true, tls: true }, config: { target_defaults: {}, variables: {} }, allowedNodeEnvironmentFlags: new PSet(), report: {}, connected: ctx.send !== null, noDeprecation: false, moduleLoadList: [],
  });
  if (ctx.send) { p.send = (m, ...rest) => { ctx.send(m); const cb = lastFunction(rest, 0); if (cb) later(1, cb); return true; }; p.disconnect = () => { p.connected = false; }; p.channel = { ref() {}, unref() {} }; }
  getter(p, 'mainModule', () => ctx.main, () => {});
  return nativeAll(p, 1);
}
const contexts = new PWeakMap();
const processProto = create(EventEmitter.prototype);
const processCtor = native(function process() {}, 'process');
processCtor.prototype = processProto;
const ctxOf = (p) => (typeof p === 'object' && p !== null && wmGet(contexts, p)) || cur;
methods(processProto, {
  cwd() { return cur.cwd; },
  chdir(d) { const f = pathFake.resolve(text(d)), n = look(f); if (!n || !n.dir) throw sysError('ENOENT', 'chdir', cur.cwd, text(d)); cur.cwd = f; },
  exit(code) { leave(ctxOf(this), code); },
  reallyExit(code) { leave(ctxOf(this), code); },
  abort() { leave(ctxOf(this), 134); },
  kill(pid, signal) { if (signal !== 0 && +pid === cur.process.pid) leave(cur, 143); return true; },
  nextTick(fn, ...args) { if (typeof fn !== 'function') throw coded(new TypeErr('The "callback" argument must be of type function. Received ' + typeof fn), 'ERR_INVALID_ARG_TYPE'); nextTick(fn, args); },
  hrtime: assign({ hrtime(prev) { const t = (tick() - started) * 1e6 + 2.662e14, s = mathFloor(t / 1e9), n = mathFloor(t % 1e9); return prev ? (n < prev[1] ? [s - prev[0] - 1, n + 1e9 - prev[1]] : [s - prev[0], n - prev[1]]) : [s, n]; } }.hrtime,
    { bigint: typeof BigInt === 'function' ? () => BigInt(mathFloor((tick() - started) * 1e6 + 2.662e14)) : undefined }),
  uptime() { return (tick() - started) / 1000 + 0.04; },
  memoryUsage: assign(() => ({ rss: 44e6, heapTotal: 6e6, heapUsed: 5e6, external: 1.4e6, arrayBuffers: 1e4 }), { rss: () => 44e6 }),
  cpuUsage() { return { user: 41000, system: 12000 }; }, resourceUsage() { return {}; }, constrainedMemory() { return 0; },
  getuid() { ask('username', 'process.getuid'); return who.uid; }, geteuid() { return who.uid; }, getgid() { return who.uid; }, getegid() { return who.uid; }, getgroups() { return [who.uid]; }, setuid() {}, setgid() {}, umask() { return 18; },
  binding(n) { missing('process.binding ' + text(n)); return bindingFor(text(n)); }, _linkedBinding(n) { missing('process.binding ' + text(n)); return bindingFor(text(n)); }, dlopen(m, f) { missing('process.dlopen ' + text(f)); },
  emitWarning() {}, getActiveResourcesInfo() { return []; }, hasUncaughtExceptionCaptureCallback() { return false; }, setUncaughtExceptionCaptureCallback(f) { if (f) this.on('uncaughtException', f); }, setSourceMapsEnabled() {}, getBuiltinModule(n) { return builtin(bareName(n)); }, loadEnvFile() {},
  _getActiveHandles() { return []; }, _getActiveRequests() { return []; }, _debugProcess() {}, openStdin() { return this.stdin; }, assert(v, m) { if (!v) throw new Err(m); },
});
nativeAll(processProto, 2);
// bindingFor gives the internals that scripts use to get round hooks on the
// public modules; they come out at the same recording functions.
function bindingFor(name) {
  if (name === 'spawn_sync') return { spawn: (o) => { const r = childRun('process.binding(spawn_sync)', text(o && o.file), arrSlice((o && o.args) || [], 1), {}); return { status: r.code, output: [null, buffer(r.out), buffer(r.err)], pid: 4300 }; } };
  if (name === 'process_wrap') return { Process: class Process { spawn(o) { childRun('process.binding(process_wrap)', text(o && o.file), arrSlice((o && o.args) || [], 1), {}); return 0; } kill() {} ref() {} unref() {} } };
  if (name === 'natives') return {};
  return anything('binding.' + name);
}
function leave(ctx, code) {
  if (ctx.exited) throw exitSignal;
  if (code !== undefined) ctx.code = +code || 0;
  if (!ctx.exiting) {
    ctx.exiting = true;
    const was = phase;
    if (!ctx.nested) phase = 'exit';
    try { if (ctx.process.listenerCount('exit')) ctx.process.emit('exit', ctx.code); } catch (e) { if (e === exitSignal) throw e; }
    phase = was;
  }
  ctx.exited = true;
  clearTasks(ctx);
  // No catch and no finally runs after the host's exit, so the steps start anew.
  if (!ctx.nested && cur === ctx && host.exit && childDepth() === 0) { depth = 0; host.exit(); }
  throw exitSignal;
}
function childDepth() { return shellDepth; }
function uncaught(ctx, e) {
  const p = ctx !== null ? ctx.process : null;
  if (p === null || !p._events || !p._events.uncaughtException) return false;
  try { p.emit('uncaughtException', e, 'uncaughtException'); } catch (x) { return x === exitSignal; }
  return true;
}
function showProcess(ctx) {
  if (shown === ctx) return;
  shown = ctx;
  reflectDefine(globalThis, 'process', valueDesc(ctx.process, false));
}
let shown = null;

// ---- resolution ----------------------------------------------------------------------

function bareName(n) { const s = text(n); return strStarts(s, 'node:') ? strSlice(s, 5) : s; }
function isFile(p) { const n = look(p); return n !== undefined && !n.dir; }
const extensions = ['.js', '.json', '.node', '.cjs', '.mjs'];
function resolveFile(p) {
  if (isFile(p)) return p;
  for (let i = 0; i < extensions.length; i++) if (isFile(p + extensions[i])) return p + extensions[i];
  // TypeScript's habit: './x.js' for x.ts has no meaning here, './x' for x/index.js has.
  return null;
}
function manifestOf(dir) {
  const b = readQuietly(dir + pathFake.sep + 'package.json');
  if (b === null) return null;
  try { return jsonParse(fromUtf8(b)); } catch (e) { return null; }
}
function resolveFolder(dir) {
  const m = manifestOf(dir);
  if (m !== null && typeof m.main === 'string') {
    const at = pathFake.resolve(dir, m.main), found = resolveFile(at) || resolveFile(at + pathFake.sep + 'index');
    if (found) return found;
  }
  return resolveFile(dir + pathFake.sep + 'index');
}
// target takes a conditional export apart; nothing of it is deep by itself.
function target(e, level) {
  if (typeof e === 'string') return e;
  if (level > 8 || typeof e !== 'object' || e === null) return null;
  if (isArray(e)) { for (const x of e) { const t = target(x, level + 1); if (t) return t; } return null; }
  for (const k of safe(['node', 'require', 'default', 'import', 'browser', 'module'])) if (hasOwn(e, k)) { const t = target(e[k], level + 1); if (t) return t; }
  return null;
}
function resolveExports(dir, m, sub) {
  const e = m.exports;
  if (e === undefined || e === null) return null;
  const keyed = typeof e === 'object' && !isArray(e) && objectKeys(e).some((k) => k[0] === '.');
  let t = null;
  if (!keyed) t = sub === '.' ? target(e, 0) : null;
  else if (hasOwn(e, sub)) t = target(e[sub], 0);
  else {
    for (const k of objectKeys(e)) {
      const star = strIndexOf(k, '*');
      if (star < 0 || !strStarts(sub, strSlice(k, 0, star)) || !strEnds(sub, strSlice(k, star + 1))) continue;
      const got = strSlice(sub, star, sub.length - (k.length - star - 1)), to = target(e[k], 0);
      if (to) { t = arrJoin(strSplit(to, '*'), got); break; }
    }
  }
  return t === null ? null : resolveFile(pathFake.resolve(dir, t));
}
function inFolder(dir, sub) {
  const m = manifestOf(dir);
  if (m !== null && m.exports !== undefined) { const r = resolveExports(dir, m, sub === '' ? '.' : './' + sub); if (r) return r; }
  return sub === '' ? resolveFolder(dir) : resolveFile(pathFake.join(dir, sub)) || resolveFolder(pathFake.join(dir, sub));
}
function lookupPaths(from) {
  const out = [];
  let dir = from;
  for (let i = 0; i < 60; i++) {
    if (pathFake.basename(dir) !== 'node_modules') out[out.length] = pathFake.join(dir, 'node_modules');
    const up = pathFake.dirname(dir);
    if (up === dir) break;
    dir = up;
  }
  return out;
}
// resolvePath gives the absolute path of what a module asks for, or null.
function resolvePath(request, from) {
  const s = windows ? arrJoin(strSplit(request, '\\'), '/') : request;
  if (strStarts(s, './') || strStarts(s, '../') || s === '.' || s === '..' || pathFake.isAbsolute(request)) {
    const at = pathFake.resolve(from, request);
    return (strEnds(s, '/') ? null : resolveFile(at)) || (look(at) ? resolveFolder(at) : null);
  }
  const parts = strSplit(s, '/'), scoped = s[0] === '@', name = scoped ? parts[0] + '/' + text(parts[1]) : parts[0];
  const sub = arrJoin(arrSlice(parts, scoped ? 2 : 1), '/');
  if (s[0] === '#') {
    for (let dir = from; ; dir = pathFake.dirname(dir)) {
      const m = manifestOf(dir);
      if (m !== null) { const t = m.imports ? target(m.imports[s], 0) : null; return t ? (t[0] === '.' ? resolveFile(pathFake.resolve(dir, t)) : resolvePath(t, dir)) : null; }
      if (pathFake.dirname(dir) === dir) return null;
    }
  }
  if (name === world.package.name) return inFolder(packageRoot, sub);
  const paths = lookupPaths(from);
  for (let i = 0; i < paths.length; i++) {
    const dir = pathFake.join(paths[i], name);
    if (!look(dir)) continue;
    const r = inFolder(dir, sub);
    if (r) return r;
  }
  return null;
}
function notFound(request, from) {
  return coded(new Err("Cannot find module '" + request + "'" + (from ? '\nRequire stack:\n- ' + from : '')), 'MODULE_NOT_FOUND', { requireStack: from ? [from] : [] });
}

// ---- Module ---------------------------------------------------------------------------

function Module(id, parent) {
  this.id = id; this.path = pathFake.dirname(id); this.exports = {}; this.filename = null; this.loaded = false; this.children = []; this.paths = [];
  def(this, 'parent', parent);
  if (parent && parent.children) arrPush(parent.children, this);
}
const builtinNames = () => objectKeys(builtins).filter((n) => n !== 'sys' && n !== 'test' && n !== 'sea');
const fakeModules = create(null);
methods(Module.prototype, {
  require(id) {
    if (typeof id !== 'string') {
      if (typeof id === 'object' && id !== null && wmHas(lenients, id)) return requireFrom(this, text(id));
      throw coded(new TypeErr('The "id" argument must be of type string. Received ' + (id === null ? 'null' : typeof id)), 'ERR_INVALID_ARG_TYPE');
    }
    if (id === '') throw coded(new TypeErr("The argument 'id' must be a non-empty string. Received ''"), 'ERR_INVALID_ARG_VALUE');
    return Module._load(id, this, false);
  },
  load(file) { loadInto(this, file); },
  _compile(source, file) {
    if (!wmHas(loading, this)) record('eval', 'Module._compile', 'Module._compile', file, source);
    return compileInto(this, text(source), text(file));
  },
});
const loading = new PWeakMap();
// relative is a file's name for the host: its path in the package, or as it is.
function relative(file) {
  const root = packageRoot + pathFake.sep;
  return strStarts(file, root) ? arrJoin(strSplit(strSlice(file, root.length), pathFake.sep), '/') : file;
}
function compileInto(module, source, file) {
  const s = strStarts(source, '#!') ? '//' + source : source;
  const f = hostCompile(s, relative(file), 'module');
  const require = makeRequire(module), meta = { url: pathToFileURL(file).href, filename: file, dirname: pathFake.dirname(file), resolve: (r) => { const p = resolvePath(text(r), pathFake.dirname(file)); return p ? pathToFileURL(p).href : text(r); }, main: cur !== null && cur.main === module };
  const result = apply(f, module.exports, [module.exports, require, module, file, pathFake.dirname(file), (request) => importFrom(module, request), meta]);
  // An ES module with top-level await is an async function.
  if (typeof result === 'object' && result !== null && result instanceof Prom) {
    def(module, '__promise', result);
  }
  return result;
}
function loadInto(module, file) {
  module.filename = file;
  module.paths = lookupPaths(pathFake.dirname(file));
  const ext = pathFake.extname(file);
  const custom = Module._extensions[ext];
  if (custom && !setHas(ownExtensions, custom)) custom(module, file);
  else loadFile(module, file, ext);
  module.loaded = true;
}
function loadFile(module, file, ext) {
  if (ext === '.node') { missing('native addon ' + relative(file)); module.exports = anything(pathFake.basename(file)); return; }
  const b = readQuietly(file);
  if (b === null) throw notFound(file);
  let s = fromUtf8(b);
  if (s[0] === '\ufeff') s = strSlice(s, 1);
  if (ext === '.json') {
    if (!inPackage(file)) record('read', 'require', file, '', '');
    try { module.exports = jsonParse(s); } catch (e) { e.message = file + ': ' + e.message; throw e; }
    return;
  }
  if (!inPackage(file)) record('read', 'require', file, '', '');
  wmSet(loading, module, true);
  module._compile(s, file);
}
const ownExtensions = new PSet();
Module._extensions = create(null);
for (const ext of ['.js', '.json', '.node', '.mjs', '.cjs']) {
  const f = (module, file) => loadFile(module, file, ext);
  setAdd(ownExtensions, f);
  if (ext !== '.mjs' && ext !== '.cjs') Module._extensions[ext] = f;
}
Module._load = native(function _load(request, parent) { return requireFrom(parent, text(request)); }, '_load');
Module._resolveFilename = native(function _resolveFilename(request, parent) { return resolveFor(text(request), parent); }, '_resolveFilename');
Module._nodeModulePaths = (from) => lookupPaths(text(from));
Module._resolveLookupPaths = (r, parent) => (parent && parent.paths) || [];
Module._findPath = (r, paths) => { for (const p of paths || []) { const f = resolveFile(pathFake.join(p, r)) || resolveFolder(pathFake.join(p, r)); if (f) return f; } return false; };
Module._initPaths = () => {};
Module._preloadModules = () => {};
Module.Module = Module;
Module.globalPaths = [];
Module._pathCache = create(null);
Module.wrapper = ['(function (exports, require, module, __filename, __dirname) { ', '\n});'];
Module.wrap = (s) => Module.wrapper[0] + s + Module.wrapper[1];
Module.isBuiltin = (n) => builtins[bareName(n)] !== undefined;
Module.createRequire = (f) => { const file = wmHas(urls, f || Module) ? fileURLToPath(f) : strStarts(text(f), 'file:') ? fileURLToPath(text(f)) : pathFake.resolve(text(f)); const m = new Module(file, null); m.filename = file; return makeRequire(m); };
Module.createRequireFromPath = Module.createRequire;
Module.syncBuiltinESMExports = () => {};
Module.register = () => {};
Module.findSourceMap = () => undefined;
Module.SourceMap = class SourceMap {};
Module.runMain = () => {};
getter(Module, '_cache', () => cur.cache);
getter(Module, 'builtinModules', () => builtinNames());
lazy('module', () => Module);

function resolveFor(request, parent) {
  const name = bareName(request);
  if (builtins[name]) return request;
  const p = resolvePath(request, folderOf(parent));
  if (p === null) {
    if (clients[request]) return pathFake.join(who.project, 'node_modules', request, 'index.js');
    throw notFound(request, parent && parent.filename);
  }
  return p;
}
function folderOf(module) { return module && module.filename ? pathFake.dirname(module.filename) : cur.cwd; }
function requireFrom(parent, request) {
  if (strStarts(request, 'node:') || builtins[request]) {
    const v = builtin(bareName(request));
    if (v !== undefined) return v === undefined ? v : bareName(request) === 'process' ? cur.process : v;
    if (strStarts(request, 'node:')) throw coded(new Err('No such built-in module: ' + request), 'ERR_UNKNOWN_BUILTIN_MODULE');
  }
  const file = strStarts(request, 'file:') ? fileURLToPath(request) : resolvePath(request, folderOf(parent));
  // The project's own modules are there by name alone.
  const foreign = file !== null && !inPackage(file) && request[0] !== '.' && !pathFake.isAbsolute(request) && strIndexOf(file, 'node_modules') >= 0;
  if (file === null || (foreign && clients[request])) return unknownModule(parent, request);
  const cached = cur.cache[file];
  if (cached !== undefined) { if (parent && parent.children && arrIndexOf(parent.children, cached) < 0 && parent.children.length < 1000) arrPush(parent.children, cached); return cached.exports; }
  if (++nesting > 200) { nesting = 0; throw new RangeErr('Maximum call stack size exceeded'); }
  const module = new Module(file, parent || null);
  cur.cache[file] = module;
  try { loadInto(module, file); } catch (e) {
    delete cur.cache[file];
    if (foreign && e !== exitSignal && e && e.code === 'MODULE_NOT_FOUND') return unknownModule(parent, request);
    throw e;
  } finally { nesting--; }
  return module.exports;
}
let nesting = 0;
// unknownModule stands for a dependency that is not shipped with the package.
function unknownModule(parent, request) {
  if (strEnds(request, '.node')) { missing('native addon ' + request); return anything(pathFake.basename(request)); }
  const relativeOne = request[0] === '.' || pathFake.isAbsolute(request);
  if (relativeOne || request[0] === '#') {
    missing('module ' + request);
    throw notFound(request, parent && parent.filename);
  }
  record('load', 'require', request, '', '');
  if (fakeModules[request] === undefined) {
    const make = clients[request];
    fakeModules[request] = make ? nativeAll(cleaned(clean(make, undefined, noArgs)), 2) : anything(request);
  }
  return fakeModules[request];
}
function makeRequire(module) {
  const require = native(function require(id) { return module.require(id); }, 'require');
  const resolve = native(function resolve(request, o) {
    const r = text(request);
    if (o && isArray(o.paths)) { for (const p of o.paths) { const f = resolvePath(r, pathFake.resolve(text(p))); if (f) return f; } throw notFound(r); }
    return resolveFor(r, module);
  }, 'resolve');
  resolve.paths = (r) => (builtins[bareName(r)] ? null : lookupPaths(folderOf(module)));
  require.resolve = resolve;
  getter(require, 'main', () => cur.main, () => {});
  getter(require, 'cache', () => cur.cache, () => {});
  require.extensions = Module._extensions;
  return require;
}
function importFrom(module, request) {
  const ctx = cur;
  return promResolve().then(() => {
    let r = typeof request === 'object' && request !== null && wmHas(urls, request) ? hrefOf(wmGet(urls, request)) : text(request);
    if (strStarts(r, 'data:')) {
      const a = dataURL(r);
      record('eval', 'import', 'import', 'data:', a.body);
      const m = new Module(pathFake.join(packageRoot, 'data.mjs'), module);
      compileInto(m, fromUtf8(a.body), 'data:text/javascript');
      return space(m.exports);
    }
    if (rxExec(/^https?:/, r) !== null) { sent('import', 'GET', r, null, ''); const a = answer('GET', r, {}, ''); record('eval', 'import', 'import', r, a.body); return space({}); }
    if (strStarts(r, 'file:')) r = fileURLToPath(r);
    const before = cur;
    if (cur === null) cur = ctx;
    try {
      const v = module.require(r);
      const file = builtins[bareName(r)] ? null : resolvePath(r, folderOf(module)), m = file === null ? null : cur.cache[file];
      return m && m.__promise ? m.__promise.then(() => space(m.exports)) : space(v);
    } finally { cur = before; }
  });
}
// space is a module's namespace as import() gives it.
function space(v) {
  if (v === null || (typeof v !== 'object' && typeof v !== 'function')) return { default: v };
  if (v.__esModule === true) return v;
  if (typeof v === 'function' && v.default !== undefined && !isNative(v)) return v;
  const out = create(null);
  let keys = [];
  try { keys = reflectOwnKeys(v); } catch (e) { return v; }
  for (let i = 0; i < keys.length; i++) { const d = getDesc(v, keys[i]); if (d && d.enumerable && typeof keys[i] === 'string') out[keys[i]] = d.get ? v[keys[i]] : d.value; }
  if (typeof v === 'function' && keys.length <= 4) { const p = assign(out, { default: v }); return p; }
  out.default = v;
  return out;
}

// loadMain runs a file as a process's main module.
function loadMain(ctx, file) {
  const module = new Module('.', null);
  module.id = '.';
  module.path = pathFake.dirname(file);
  module.parent = null;
  ctx.main = module;
  ctx.cache[file] = module;
  const ext = pathFake.extname(file);
  module.filename = file;
  module.paths = lookupPaths(pathFake.dirname(file));
  if (ext === '.json' || ext === '.node') loadInto(module, file);
  else loadFile(module, file, '.js');
  module.loaded = true;
  return module;
}
// runInline runs the text of node -e, which has the modules as globals.
function runInline(ctx, source) {
  const module = new Module('[eval]', null);
  module.filename = pathFake.join(ctx.cwd, '[eval]');
  module.paths = lookupPaths(ctx.cwd);
  ctx.main = module;
  const require = makeRequire(module), added = [];
  const globals = { require, module, exports: module.exports, __filename: '[eval]', __dirname: '.' };
  for (const n of builtinNames()) if (rxExec(/^[a-z_]\w*$/, n) !== null && !hasOwn(globalThis, n)) { reflectDefine(globalThis, n, getterDesc(() => builtin(n), undefined, false)); arrPush(added, n); }
  for (const k of objectKeys(globals)) { if (!hasOwn(globalThis, k)) { def(globalThis, k, globals[k]); } }
  wmSet(loading, module, true);
  return compileInto(module, source, '[eval]');
}

// ---- code from text ------------------------------------------------------------------------

function makeFunction(api, kind, args, how) {
  const list = [];
  for (let i = 0; i < args.length; i++) list[i] = typeof args[i] === 'string' ? args[i] : typeof args[i] === 'object' && args[i] !== null && wmHas(lenients, args[i]) ? text(args[i]) : args[i] === undefined ? 'undefined' : Str(args[i]);
  const body = list.length ? list[list.length - 1] : '';
  if (list.length) list.length--;
  // JSON.stringify looks toJSON up on prototypes that a script may have changed.
  let params = '';
  for (let i = 0; i < list.length; i++) params += (i ? ',' : '') + quoteJSON(list[i]);
  if (body !== 'return this' && body !== '') recordEval(api, how || 'Function', '', body);
  return hostCompile('{"params":[' + params + '],"body":' + quoteJSON(body) + ',"kind":"' + kind + '"}', '', 'function');
}
function quoteJSON(s) { return jsonStringify(s); }
function fakeFunctionFor(Real, kind, name) {
  const Fake = { [name]: function (...args) { return makeFunction(name, kind, args); } }[name];
  Fake.prototype = Real.prototype;
  def(Fake, 'name', name);
  def(Fake, 'length', 1);
  setProto(Fake, getProto(Real));
  def(Real.prototype, 'constructor', Fake);
  return native(Fake, name);
}
const RealFunction = Function;
const FunctionFake = fakeFunctionFor(RealFunction, 'function', 'Function');
for (const [sample, kind, name] of [[async function () {}, 'async', 'AsyncFunction'], [function* () {}, 'generator', 'GeneratorFunction']]) {
  const f = fakeFunctionFor(getProto(sample).constructor, kind, name);
  setProto(f, FunctionFake);
}
def(globalThis, 'Function', FunctionFake);
// Direct eval stays the engine's: the host has it call this with its text.
def(globalThis, '__seen', native(function (x) {
  const s = typeof x === 'object' && x !== null && wmHas(lenients, x) ? text(x) : x;
  if (typeof s !== 'string') return x;
  recordEval('eval', 'eval', '', s);
  return hostRewrite(s);
}, ''));
def(globalThis, 'eval', native({ eval(x) {
  const s = typeof x === 'object' && x !== null && wmHas(lenients, x) ? text(x) : x;
  if (typeof s !== 'string') return x;
  return evaluate(s, 'eval', '');
} }.eval, 'eval'));
