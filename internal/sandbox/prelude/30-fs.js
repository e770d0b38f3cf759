// fs: a tree in memory of the world's files, the package's and what was written.

// A node is { dir, data, mode, time, link, source, text }; source is the package path
// whose content the host still has, text a content that was not read yet.
let tree = null;
const childrenOf = new PMap();
const packageRoot = world.package.root;

function keyOf(p) {
  let s = p;
  if (windows) s = strLower(arrJoin(strSplit(s, '/'), '\\'));
  return s.length > 1 && (strEnds(s, '/') || (windows && strEnds(s, '\\') && s.length > 3)) ? strSlice(s, 0, s.length - 1) : s;
}
function makeNode(dir, data) { return { dir, data, mode: dir ? 0o40755 : 0o100644, time: clock, link: null, source: null, text: null, name: '' }; }
// Absolute paths are cut by hand: a world has hundreds.
function nameOf(path) { return strSlice(path, strLastIndexOf(path, pathFake.sep) + 1); }
function parentOf(path) {
  const i = strLastIndexOf(path, pathFake.sep), root = windows ? 2 : 0;
  return strSlice(path, 0, i <= root ? root + 1 : i);
}
function putNode(path, node) {
  const key = keyOf(path);
  node.name = nameOf(path);
  mapSet(tree, key, node);
  if (node.dir && !mapHas(childrenOf, key)) mapSet(childrenOf, key, new PMap());
  const parent = parentOf(path), above = keyOf(parent);
  if (above === key) return node;
  if (!mapHas(tree, above)) putNode(parent, makeNode(true, null));
  const list = mapGet(childrenOf, above);
  if (list) mapSet(list, windows ? strLower(node.name) : node.name, node.name);
  return node;
}
function dropNode(path) {
  const key = keyOf(path), list = mapGet(childrenOf, keyOf(parentOf(path)));
  mapDelete(tree, key);
  mapDelete(childrenOf, key);
  const name = nameOf(path);
  if (list) mapDelete(list, windows ? strLower(name) : name);
}
function growTree() {
  tree = new PMap();
  const years = 90 * 24 * 3600 * 1000;
  const put = (path, data) => { if (!mapHas(tree, keyOf(path))) { const node = putNode(path, makeNode(false, null)); node.text = data; node.time = started - years; } };
  for (const path of objectKeys(world.files || {})) put(path, world.files[path]);
  for (const file of safe(world.package.files || [])) {
    const path = packageRoot + pathFake.sep + (windows ? arrJoin(strSplit(file, '/'), '\\') : file);
    putNode(path, makeNode(false, null)).source = file;
  }
  for (const dir of safe([who.home, who.temp, who.project, packageRoot])) if (!mapHas(tree, keyOf(dir))) putNode(dir, makeNode(true, null));
  const system = systemFiles();
  for (const path of objectKeys(system)) put(path, system[path]);
}
// systemFiles are what any machine has and a world need not name.
function systemFiles() {
  if (windows) {
    return { 'C:\\Windows\\System32\\drivers\\etc\\hosts': '# localhost name resolution is handled within DNS itself.\r\n', 'C:\\Windows\\System32\\cmd.exe': 'MZ', 'C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe': 'MZ',
      'C:\\Program Files\\nodejs\\node.exe': 'MZ', 'C:\\Windows\\win.ini': '; for 16-bit app support\r\n' };
  }
  const user = who.username, files = { '/etc/hosts': '127.0.0.1\tlocalhost\n127.0.1.1\t' + who.hostname + '\n', '/etc/resolv.conf': 'nameserver 192.168.1.1\n', '/bin/sh': '\x7fELF', '/bin/bash': '\x7fELF', '/usr/bin/curl': '\x7fELF', '/dev/null': '',
    '/etc/passwd': 'root:x:0:0:root:/root:/bin/bash\n' + user + ':x:' + who.uid + ':' + who.uid + '::' + who.home + ':' + who.shell + '\n' };
  if (who.platform === 'linux') {
    assign(files, { '/etc/hostname': who.hostname + '\n', '/etc/os-release': 'NAME="Ubuntu"\nVERSION_ID="22.04"\nID=ubuntu\nPRETTY_NAME="Ubuntu 22.04.4 LTS"\n', '/etc/machine-id': 'b08dfa6083e7567a1921a715000001fb\n',
      '/proc/version': 'Linux version ' + who.release + ' (buildd@lcy02) (gcc 12.3.0) #1 SMP\n', '/proc/cpuinfo': 'processor\t: 0\nmodel name\t: Intel(R) Xeon(R) CPU @ 2.60GHz\n', '/proc/meminfo': 'MemTotal: ' + mathFloor(who.memory / 1024) + ' kB\n',
      '/proc/self/status': 'Name:\tnode\nTracerPid:\t0\n', '/proc/self/cgroup': '0::/user.slice\n', '/proc/1/cgroup': '0::/init.scope\n' });
  }
  return files;
}
function look(path) {
  if (tree === null) growTree();
  let node = mapGet(tree, keyOf(path));
  for (let n = 0; node !== undefined && node.link !== null; n++) {
    if (n > 20) throw sysError('ELOOP', 'open', path);
    node = mapGet(tree, keyOf(node.link));
  }
  return node;
}
function dataOf(node) {
  if (node.source !== null && node.data === null) { node.data = hostRead(node.source) || ''; node.source = null; }
  if (node.text !== null) { if (node.data === null) node.data = utf8(node.text); node.text = null; }
  return node.data === null ? '' : node.data;
}
function inPackage(full) {
  const root = keyOf(packageRoot), k = keyOf(full);
  return k === root || strStarts(k, root + pathFake.sep);
}

// full is the absolute path of what a script gave for one.
function full(p, name) {
  let s = p;
  if (typeof p === 'object' && p !== null) {
    if (wmHas(urls, p)) s = fileURLToPath(p);
    else if (isView(p)) s = fromUtf8(bin(p));
    else if (wmHas(lenients, p)) s = text(p);
  }
  if (typeof s !== 'string') {
    throw coded(new TypeErr('The "' + (name || 'path') + '" argument must be of type string or an instance of Buffer or URL. Received ' + (p === null ? 'null' : typeof p)), 'ERR_INVALID_ARG_TYPE');
  }
  if (strIndexOf(s, '\0') >= 0) throw coded(new TypeErr("The argument 'path' must be a string without null bytes."), 'ERR_INVALID_ARG_VALUE');
  return pathFake.resolve(s);
}
let fsAPI = 'fs';
function noteRead(f) { if (!inPackage(f)) record('read', fsAPI, f, '', ''); }
function noteWrite(f, how, data) { record('write', fsAPI, f, how, data); }

// noteMode tells of a file that is made executable as it is written.
function noteMode(f, options, at) {
  const m = options && typeof options === 'object' ? modeOf(options.mode) : 0;
  if (m & 0o111) record('write', fsAPI, f, 'chmod ' + numToString(m & 0o7777, 8), '', at);
}

function makeStats(node, big) {
  const size = node.dir ? 4096 : dataOf(node).length;
  const s = create(statsProto);
  const n = big ? BigInt : (x) => x;
  return assign(s, { dev: n(2049), mode: n(node.mode), nlink: n(1), uid: n(who.uid || 0), gid: n(who.uid || 0), rdev: n(0), blksize: n(4096), ino: n(131072 + node.name.length), size: n(size), blocks: n(mathFloor(size / 512) + 1),
    atimeMs: n(mathFloor(node.time)), mtimeMs: n(mathFloor(node.time)), ctimeMs: n(mathFloor(node.time)), birthtimeMs: n(mathFloor(node.time)),
    atime: new RealDate(node.time), mtime: new RealDate(node.time), ctime: new RealDate(node.time), birthtime: new RealDate(node.time) });
}
class Stats {
  isDirectory() { return (Num(this.mode) & 0o170000) === 0o40000; }
  isFile() { return (Num(this.mode) & 0o170000) === 0o100000; }
  isSymbolicLink() { return (Num(this.mode) & 0o170000) === 0o120000; }
  isFIFO() { return false; } isSocket() { return false; } isBlockDevice() { return false; } isCharacterDevice() { return false; }
}
const statsProto = Stats.prototype;
class Dirent {
  constructor(name, node, path) { this.name = name; this.parentPath = this.path = path; def(this, '_n', node); }
  isDirectory() { return this._n.dir; } isFile() { return !this._n.dir; } isSymbolicLink() { return this._n.link !== null; }
  isFIFO() { return false; } isSocket() { return false; } isBlockDevice() { return false; } isCharacterDevice() { return false; }
}

const fds = new PMap();
let nextFd = 17;
function fdOf(fd) { const f = mapGet(fds, fd); if (!f) throw sysError('EBADF', 'read'); return f; }
function encodingOf(options) { return typeof options === 'string' ? options : options && typeof options === 'object' ? options.encoding : undefined; }
function outText(b, options) { const e = encodingOf(options); return e && e !== 'buffer' ? encodeText(b, e) : buffer(b); }
function modeOf(m) { return typeof m === 'string' ? parseInt(m, 8) : +m || 0; }

function store(f, data, how, options) {
  let node = look(f);
  if (node && node.dir) throw sysError('EISDIR', 'open', f);
  const above = look(pathFake.dirname(f));
  if (!above) throw sysError('ENOENT', 'open', f);
  if (!above.dir) throw sysError('ENOTDIR', 'open', f);
  if (!node) node = putNode(f, makeNode(false, ''));
  const old = how === 'append' ? dataOf(node) : '';
  node.data = old.length < 1 << 25 ? old + data : old;
  node.source = node.text = null;
  node.time = clock;
  const mode = options && typeof options === 'object' ? modeOf(options.mode) : 0;
  if (mode) node.mode = 0o100000 | mode & 0o7777;
}
function removeTree(f) {
  const list = mapGet(childrenOf, keyOf(f));
  const names = [];
  if (list) mapForEach(list, (name) => { names[names.length] = name; });
  for (let i = 0; i < names.length; i++) removeTree(f + pathFake.sep + names[i]);
  dropNode(f);
}
function namesIn(f) {
  const list = mapGet(childrenOf, keyOf(f)), names = [];
  if (list) mapForEach(list, (name) => { names[names.length] = name; });
  return arrSort(names);
}

// The operations, once each: the synchronous, callback and promise forms are
// made of them below.
const operations = {
  readFile(p, options) {
    if (typeof p === 'number') { const d = mapGet(fds, p); return outText(d ? dataOf(d.node) : p === 0 && cur ? cur.stdin : '', options); }
    if (p && p._fd !== undefined) p = fdOf(p._fd).path;
    const f = full(p), node = look(f);
    noteRead(f);
    if (!node) throw sysError('ENOENT', 'open', text(p));
    if (node.dir) throw sysError('EISDIR', 'read');
    return outText(dataOf(node), options);
  },
  writeFile(p, data, options) {
    if (typeof p === 'number') return operations.write(p, data);
    if (p && p._fd !== undefined) p = fdOf(p._fd).path;
    const f = full(p), b = bin(data, typeof data === 'string' ? encodingOf(options) || 'utf8' : undefined);
    const append = options && typeof options === 'object' && typeof options.flag === 'string' && options.flag[0] === 'a';
    noteWrite(f, append ? 'append' : 'write', buffer(b));
    noteMode(f, options);
    store(f, b, append ? 'append' : 'write', options);
  },
  appendFile(p, data, options) {
    if (typeof p === 'number') return operations.write(p, data);
    const f = full(p), b = bin(data, typeof data === 'string' ? encodingOf(options) || 'utf8' : undefined);
    noteWrite(f, 'append', buffer(b));
    noteMode(f, options);
    store(f, b, 'append', options);
  },
  exists(p) { let f; try { f = full(p); } catch (e) { return false; } noteRead(f); return look(f) !== undefined; },
  access(p) { const f = full(p); noteRead(f); if (!look(f)) throw sysError('ENOENT', 'access', text(p)); },
  stat(p, o) { return statOf(p, o, 'stat'); },
  lstat(p, o) { return statOf(p, o, 'lstat'); },
  fstat(fd, o) { return makeStats(fdOf(fd).node, o && o.bigint); },
  statfs() { return { type: 61267, bsize: 4096, blocks: 61255000, bfree: 30000000, bavail: 28000000, files: 15564800, ffree: 14000000 }; },
  readdir(p, o) {
    const f = full(p), node = look(f);
    noteRead(f);
    if (!node) throw sysError('ENOENT', 'scandir', text(p));
    if (!node.dir) throw sysError('ENOTDIR', 'scandir', text(p));
    const out = [], deep = o && o.recursive, types = o && o.withFileTypes;
    const walk = (dir, prefix) => {
      const names = namesIn(dir);
      for (let i = 0; i < names.length && out.length < 5000; i++) {
        const at = dir + pathFake.sep + names[i], n = look(at);
        if (!n) continue;
        arrPush(out, types ? new Dirent(names[i], n, dir) : prefix + names[i]);
        if (deep && n.dir) walk(at, prefix + names[i] + pathFake.sep);
      }
    };
    walk(strEnds(f, pathFake.sep) ? strSlice(f, 0, f.length - 1) : f, '');
    return out;
  },
  mkdir(p, o) {
    const f = full(p), node = look(f), deep = o && o.recursive;
    if (node) { if (deep && node.dir) return undefined; throw sysError('EEXIST', 'mkdir', text(p)); }
    if (!deep && !look(pathFake.dirname(f))) throw sysError('ENOENT', 'mkdir', text(p));
    putNode(f, makeNode(true, null));
    return deep ? f : undefined;
  },
  mkdtemp(prefix) { const f = full(prefix) + 'Xa81Qz'; putNode(f, makeNode(true, null)); return f; },
  unlink(p) { return removeOne(p, 'unlink', false); },
  rmdir(p, o) {
    const f = full(p);
    noteDelete(f);
    if (!look(f)) throw sysError('ENOENT', 'rmdir', text(p));
    if (!(o && o.recursive) && namesIn(f).length) throw sysError('ENOTEMPTY', 'rmdir', text(p));
    removeTree(f);
  },
  rm(p, o) { return removeOne(p, 'rm', o && o.recursive, o && o.force); },
  rename(a, b) {
    const f = full(a), t = full(b), node = look(f);
    noteWrite(t, 'rename ' + f, node && !node.dir ? buffer(dataOf(node)) : '');
    if (!node) throw sysError('ENOENT', 'rename', text(a), text(b));
    if (node.dir) { copyTree(f, t); removeTree(f); return; }
    dataOf(node);
    dropNode(f);
    putNode(t, node);
  },
  copyFile(a, b) {
    const f = full(a), t = full(b), node = look(f);
    noteRead(f);
    noteWrite(t, 'copy ' + f, node && !node.dir ? buffer(dataOf(node)) : '');
    if (!node) throw sysError('ENOENT', 'copyfile', text(a), text(b));
    const mode = node.mode;
    store(t, dataOf(node), 'write');
    look(t).mode = mode;
  },
  cp(a, b) {
    const f = full(a), t = full(b);
    noteRead(f);
    noteWrite(t, 'copy ' + f, '');
    if (!look(f)) throw sysError('ENOENT', 'cp', text(a));
    copyTree(f, t);
  },
  chmod(p, mode) {
    const f = full(p), node = look(f), m = modeOf(mode);
    noteWrite(f, 'chmod ' + numToString(m & 0o7777, 8), '');
    if (!node) throw sysError('ENOENT', 'chmod', text(p));
    node.mode = node.mode & 0o170000 | m & 0o7777;
  },
  lchmod() {}, fchmod() {}, chown() {}, fchown() {}, lchown() {}, utimes() {}, futimes() {}, lutimes() {}, fsync() {}, fdatasync() {},
  symlink(target, p) {
    const f = full(p), t = pathFake.resolve(pathFake.dirname(f), text(target));
    noteWrite(f, 'link ' + t, '');
    putNode(f, makeNode(false, '')).link = t;
  },
  link(a, b) {
    const t = full(b), f = full(a), node = look(f);
    noteWrite(t, 'link ' + f, '');
    if (!node) throw sysError('ENOENT', 'link', text(a), text(b));
    putNode(t, assign({}, node));
  },
  readlink(p) {
    const f = full(p);
    if (tree === null) growTree();
    const node = mapGet(tree, keyOf(f));
    if (!node) throw sysError('ENOENT', 'readlink', text(p));
    if (node.link === null) throw sysError('EINVAL', 'readlink', text(p));
    return node.link;
  },
  realpath(p) { const f = full(p), node = look(f); if (!node) throw sysError('ENOENT', 'realpath', text(p)); return f; },
  truncate(p, n) { const f = full(p), node = look(f); noteWrite(f, 'write', ''); if (node) { node.data = strSlice(dataOf(node), 0, n || 0); } },
  ftruncate(fd, n) { const d = fdOf(fd); d.node.data = strSlice(dataOf(d.node), 0, n || 0); },
  open(p, flags, mode) {
    const f = full(p), how = typeof flags === 'string' ? flags : typeof flags === 'number' ? (flags & 0o2000 ? 'a' : flags & 3 ? 'w' : 'r') : 'r';
    let node = look(f);
    if (how[0] === 'r') { noteRead(f); if (!node) throw sysError('ENOENT', 'open', text(p)); }
    else {
      if (node && strIndexOf(how, 'x') >= 0) throw sysError('EEXIST', 'open', text(p));
      store(f, '', how[0] === 'a' ? 'append' : 'write', mode ? { mode } : undefined);
      noteMode(f, { mode });
      node = look(f);
    }
    const fd = nextFd++;
    mapSet(fds, fd, { path: f, node, pos: how[0] === 'a' ? dataOf(node).length : 0, how });
    return fd;
  },
  close(fd) { mapDelete(fds, fd); },
  read(fd, into, off, len, pos) {
    const d = fd === 0 && !mapHas(fds, 0) ? null : fdOf(fd);
    if (into && !isView(into)) { const o = into; into = o.buffer || newBuffer(16384); off = o.offset; len = o.length; pos = o.position; }
    if (off && typeof off === 'object') { len = off.length; pos = off.position; off = off.offset; }
    if (d === null) return 0;
    const o = off || 0, n = len === undefined ? into.length - o : len, at = typeof pos === 'number' && pos >= 0 ? pos : typeof pos === 'bigint' ? Num(pos) : d.pos;
    const part = strSlice(dataOf(d.node), at, at + n);
    binToBytes(part, into, o);
    if (typeof pos !== 'number' || pos < 0) d.pos = at + part.length;
    return part.length;
  },
  readv(fd, list) { let n = 0; for (const b of list) n += operations.read(fd, b); return n; },
  write(fd, data, off, len, pos) {
    let b = bin(data, typeof data === 'string' && typeof len === 'string' ? len : undefined);
    if (typeof data !== 'string' && off !== undefined && off !== null && typeof off === 'number') b = strSlice(b, off, typeof len === 'number' ? off + len : undefined);
    if (fd === 1 || fd === 2) { print(fd === 1 ? 'stdout' : 'stderr', fromUtf8(b)); return b.length; }
    const d = fdOf(fd), at = typeof data !== 'string' && typeof pos === 'number' ? pos : typeof data === 'string' && typeof off === 'number' ? off : d.pos;
    noteWrite(d.path, d.how[0] === 'a' ? 'append' : 'write', buffer(b));
    const old = dataOf(d.node);
    d.node.data = strSlice(old, 0, at) + b + strSlice(old, at + b.length);
    d.pos = at + b.length;
    return b.length;
  },
  writev(fd, list) { let n = 0; for (const b of list) n += operations.write(fd, b); return n; },
  opendir(p) {
    const list = operations.readdir(p, { withFileTypes: true });
    let i = 0;
    const dir = { path: text(p), readSync: () => list[i++] || null, read: () => promResolve(list[i++] || null), closeSync() {}, close: () => promResolve() };
    if (asyncIterator) dir[asyncIterator] = () => ({ next: () => promResolve(i < list.length ? { value: list[i++], done: false } : { value: undefined, done: true }) });
    return dir;
  },
};
function noteDelete(f) { record('delete', fsAPI, f, '', ''); }
function statOf(p, o, call) {
  const f = full(p);
  noteRead(f);
  if (tree === null) growTree();
  const raw = mapGet(tree, keyOf(f)), node = call === 'lstat' ? raw : look(f);
  if (!node) { if (o && o.throwIfNoEntry === false) return undefined; throw sysError('ENOENT', call, text(p)); }
  const s = makeStats(node, o && o.bigint);
  if (call === 'lstat' && node.link !== null) s.mode = 0o120777;
  return s;
}
function removeOne(p, call, deep, force) {
  const f = full(p), node = look(f);
  noteDelete(f);
  if (!node) { if (force) return; throw sysError('ENOENT', call, text(p)); }
  if (node.dir && !deep) throw sysError('EISDIR', call, text(p));
  removeTree(f);
}
function copyTree(a, b) {
  const node = look(a);
  if (!node) return;
  if (!node.dir) { putNode(b, assign(makeNode(false, dataOf(node)), { mode: node.mode })); return; }
  putNode(b, makeNode(true, null));
  for (const name of namesIn(a)) copyTree(a + pathFake.sep + name, b + pathFake.sep + name);
}

// quietly runs an operation of the prelude's own without recording it.
function readQuietly(path) { const node = look(path); return node && !node.dir ? dataOf(node) : null; }

class ReadStream extends Readable {
  constructor(path, options) {
    const o = typeof options === 'string' ? { encoding: options } : options || {};
    super(o);
    this.path = path;
    fsAPI = 'fs.createReadStream';
    let b = '', failed = null;
    try { b = bin(operations.readFile(o.fd !== undefined && o.fd !== null ? o.fd : path)); } catch (e) { if (e === exitSignal) throw e; failed = e; }
    if (o.start !== undefined || o.end !== undefined) b = strSlice(b, o.start || 0, o.end === undefined ? undefined : o.end + 1);
    this.bytesRead = 0;
    later(1, () => {
      if (failed) { this.destroy(failed); return; }
      this.fd = 20; this.emit('open', 20); this.emit('ready');
      for (let i = 0; i < b.length; i += 65536) { const part = strSlice(b, i, i + 65536); this.bytesRead += part.length; this.push(buffer(part)); }
      this.push(null);
    });
  }
  _read() {}
  close(cb) { this.destroy(null, cb); }
}
class WriteStream extends Writable {
  constructor(path, options) {
    const o = typeof options === 'string' ? { encoding: options } : options || {};
    super(assign({}, o, { decodeStrings: true }));
    this.path = path;
    this.bytesWritten = 0;
    def(this, '_at', where());
    def(this, '_all', '');
    def(this, '_options', o);
    def(this, '_file', typeof path === 'string' || typeof path === 'object' ? full(path) : '');
    later(0, () => { this.fd = 21; this.emit('open', 21); this.emit('ready'); });
  }
  _write(chunk, encoding, cb) { const b = bin(chunk); this._all += this._all.length < 1 << 25 ? b : ''; this.bytesWritten += b.length; cb(); }
  // The content is recorded whole when the stream ends, from where it was made.
  _final(cb) {
    const o = this._options, append = typeof o.flags === 'string' && o.flags[0] === 'a';
    let failed;
    try {
      fsAPI = 'fs.createWriteStream';
      record('write', fsAPI, this._file, append ? 'append' : 'write', buffer(this._all), this._at);
      noteMode(this._file, o, this._at);
      store(this._file, this._all, append ? 'append' : 'write', o);
    } catch (e) { if (e === exitSignal) throw e; failed = e; }
    cb(failed);
  }
  close(cb) { this.end(cb); }
}

const fsConstants = { F_OK: 0, R_OK: 4, W_OK: 2, X_OK: 1, O_RDONLY: 0, O_WRONLY: 1, O_RDWR: 2, O_CREAT: 64, O_EXCL: 128, O_TRUNC: 512, O_APPEND: 1024, O_SYNC: 1052672, S_IFMT: 61440, S_IFREG: 32768, S_IFDIR: 16384, S_IFLNK: 40960,
  S_IRWXU: 448, S_IRUSR: 256, S_IWUSR: 128, S_IXUSR: 64, S_IRWXG: 56, S_IRGRP: 32, S_IWGRP: 16, S_IXGRP: 8, S_IRWXO: 7, S_IROTH: 4, S_IWOTH: 2, S_IXOTH: 1, COPYFILE_EXCL: 1, UV_FS_COPYFILE_EXCL: 1 };

class FileHandle extends EventEmitter {
  constructor(fd) { super(); this.fd = fd; def(this, '_fd', fd); }
  readFile(o) { return promised('fs.promises.readFile', operations.readFile, [this, o]); }
  writeFile(d, o) { return promised('fs.promises.writeFile', operations.writeFile, [this, d, o]); }
  appendFile(d, o) { return promised('fs.promises.appendFile', operations.appendFile, [fdOf(this.fd).path, d, o]); }
  write(d, ...a) { return promised('fs.promises.write', operations.write, [this.fd, d, ...a]).then((bytesWritten) => ({ bytesWritten, buffer: d })); }
  read(b, ...a) { const into = isView(b) ? b : (b && b.buffer) || newBuffer(16384); return promised('fs.promises.read', operations.read, [this.fd, into, ...(isView(b) ? a : [])]).then((bytesRead) => ({ bytesRead, buffer: into })); }
  stat(o) { return promised('fs.promises.stat', operations.fstat, [this.fd, o]); }
  chmod(m) { return promised('fs.promises.chmod', operations.chmod, [fdOf(this.fd).path, m]); }
  createReadStream(o) { return new ReadStream(fdOf(this.fd).path, o); }
  createWriteStream(o) { return new WriteStream(fdOf(this.fd).path, o); }
  close() { mapDelete(fds, this.fd); return promResolve(); }
  sync() { return promResolve(); } datasync() { return promResolve(); } truncate() { return promResolve(); } utimes() { return promResolve(); }
}
function promised(api, f, args) {
  fsAPI = api;
  try {
    const v = apply(f, undefined, args);
    return new Prom((resolve) => { later(1, () => resolve(v)); });
  } catch (e) {
    if (e === exitSignal) throw e;
    return new Prom((resolve, reject) => { later(1, () => reject(e)); });
  }
}

const fsPromises = {};
const fsFake = { constants: fsConstants, Stats, Dirent, ReadStream, WriteStream, FileReadStream: ReadStream, FileWriteStream: WriteStream };
for (const name of objectKeys(operations)) {
  const f = operations[name];
  const sync = name + 'Sync', syncAPI = 'fs.' + sync, api = 'fs.' + name, promiseAPI = 'fs.promises.' + name;
  fsFake[sync] = { [sync](...args) { fsAPI = syncAPI; return apply(f, undefined, args); } }[sync];
  fsFake[name] = { [name](...args) {
    const cb = args[args.length - 1];
    if (typeof cb !== 'function') {
      throw coded(new TypeErr('The "cb" argument must be of type function. Received ' + (cb === undefined ? 'undefined' : typeof cb)), 'ERR_INVALID_ARG_TYPE');
    }
    fsAPI = api;
    let e = null, v;
    try { v = apply(f, undefined, arrSlice(args, 0, args.length - 1)); } catch (x) {
      if (x === exitSignal || (x && x.code === 'ERR_INVALID_ARG_TYPE')) throw x;
      e = x;
    }
    if (name === 'exists') later(1, cb, undefined, [v]);
    else later(1, cb, undefined, e !== null ? [e] : name === 'read' || name === 'write' ? [null, v, args[1]] : [null, v]);
  } }[name];
  if (name === 'exists' || rxExec(/^f(stat|chmod|chown|utimes|sync|datasync|truncate)$|^(close|read|write|readv|writev)$/, name) !== null) continue;
  fsPromises[name] = { [name](...args) { return promised(promiseAPI, f, args); } }[name];
}
fsPromises.open = { open(...args) { return promised('fs.promises.open', operations.open, args).then((fd) => new FileHandle(fd)); } }.open;
fsPromises.constants = fsConstants;
fsPromises.watch = () => Readable.from([]);
fsPromises.glob = () => Readable.from([]);
def(fsFake.exists, promisifySymbol, (p) => promised('fs.exists', operations.exists, [p]));
def(fsFake.read, promisifySymbol, (fd, b, ...a) => promised('fs.read', operations.read, [fd, b, ...a]).then((bytesRead) => ({ bytesRead, buffer: b })));
fsFake.realpath.native = fsFake.realpath;
fsFake.realpathSync.native = fsFake.realpathSync;
assign(fsFake, {
  F_OK: 0, R_OK: 4, W_OK: 2, X_OK: 1,
  createReadStream(p, o) { return new ReadStream(p, o); },
  createWriteStream(p, o) { return new WriteStream(p, o); },
  watch(p, o, cb) { record('listen', 'fs.watch', full(p), '', ''); const w = new EventEmitter(); w.close = () => {}; w.ref = w.unref = () => w; if (typeof (cb || o) === 'function') w.on('change', cb || o); return w; },
  watchFile(p) { record('listen', 'fs.watchFile', full(p), '', ''); return new EventEmitter(); },
  unwatchFile() {},
  openAsBlob(p) { return promised('fs.openAsBlob', operations.readFile, [p]).then((b) => new Blob([b])); },
  globSync() { return []; },
});
reflectDefine(fsFake, 'promises', getterDesc(function () { return builtin('fs/promises'); }, undefined, true));
lazy('fs', () => fsFake);
lazy('fs/promises', () => fsPromises);
