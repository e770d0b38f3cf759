// Commands: a small shell that answers what scripts ask of a machine, and
// child_process on top of it. A command that runs one of the package's files, or
// one that was written, runs it here as another entry.

// words splits a command as a shell would: into pipelines of commands of words
// and redirections. cmd.exe's single "&" counts as ";".
function shellParse(line) {
  const list = [];
  let command = { words: [], redirect: [], op: '' }, word = null, quote = '';
  const endWord = () => { if (word !== null) { command.words[command.words.length] = word; word = null; } };
  const end = (op) => { endWord(); command.op = op; if (command.words.length || command.redirect.length) list[list.length] = command; command = { words: [], redirect: [], op: '' }; };
  for (let i = 0; i < line.length && list.length < 200; i++) {
    const c = line[i];
    if (quote) {
      if (c === quote) { quote = ''; continue; }
      if (c === '\\' && quote === '"' && !windows && i + 1 < line.length && strIndexOf('"\\$`', line[i + 1]) >= 0) { word += line[++i]; continue; }
      if (c === '$' && quote === '"') { const v = variable(line, i); word += v.value; i = v.end; continue; }
      word += c;
      continue;
    }
    if (c === '"' || (c === "'" && !windows)) { quote = c; if (word === null) word = ''; continue; }
    if (c === '\\' && !windows && i + 1 < line.length) { word = (word === null ? '' : word) + line[++i]; continue; }
    if (c === ' ' || c === '\t') { endWord(); continue; }
    if (c === '\n' || c === ';') { end(';'); continue; }
    if (c === '&' || c === '|') {
      if (line[i - 1] === '>' ) { word = (word === null ? '' : word) + c; continue; }
      const twice = line[i + 1] === c;
      if (twice) i++;
      end(c + (twice ? c : ''));
      continue;
    }
    if (c === '>' || c === '<') {
      let to = i + 1, op = c;
      if (line[to] === c) { op += c; to++; }
      if (word === '1' || word === '2') { op = word + op; word = null; }
      endWord();
      while (line[to] === ' ') to++;
      let name = '', q = '';
      for (; to < line.length; to++) {
        if (q) { if (line[to] === q) q = ''; else name += line[to]; continue; }
        if (line[to] === '"' || line[to] === "'") { q = line[to]; continue; }
        if (strIndexOf(' ;|\n', line[to]) >= 0 || (line[to] === '&' && name !== '')) break;
        if (line[to] === '$') { const v = variable(line, to); name += v.value; to = v.end; continue; }
        name += line[to];
      }
      command.redirect[command.redirect.length] = [op, name];
      i = to - 1;
      continue;
    }
    if (c === '$') { const v = variable(line, i); word = (word === null ? '' : word) + v.value; i = v.end; continue; }
    if (c === '`') {
      const close = strIndexOf(line, '`', i + 1);
      if (close > 0) { word = (word === null ? '' : word) + strTrim(shell(strSlice(line, i + 1, close), '', 1).out); i = close; continue; }
    }
    if (c === '%' && windows) {
      const close = strIndexOf(line, '%', i + 1);
      if (close > i + 1) { word = (word === null ? '' : word) + envQuiet(strSlice(line, i + 1, close)); i = close; continue; }
    }
    if (c === '~' && word === null && (i + 1 === line.length || line[i + 1] === '/' || line[i + 1] === ' ')) { word = who.home; continue; }
    word = (word === null ? '' : word) + c;
  }
  end('');
  return list;
}
function variable(line, i) {
  if (line[i + 1] === '(') {
    let level = 0, to = i + 1;
    for (; to < line.length; to++) { if (line[to] === '(') level++; else if (line[to] === ')' && --level === 0) break; }
    return { value: strTrim(shell(strSlice(line, i + 2, to), '', 1).out), end: to };
  }
  const m = rxExec(/^\{?([A-Za-z_]\w*|[?$#@*!0-9])[^}\s]*\}|^[A-Za-z_]\w*|^[?$#@*!0-9]/, strSlice(line, i + 1, i + 200));
  if (m === null) return { value: '$', end: i };
  return { value: envQuiet(m[1] || m[0]), end: i + m[0].length };
}
function envQuiet(name) {
  const e = cur !== null ? cur.vars : world.env || {};
  if (hasOwn(e, name)) return e[name];
  if (windows) for (const k of objectKeys(e)) if (strLower(k) === strLower(name)) return e[k];
  return '';
}

// shell runs a line and gives { out, err, code }, text as binary strings.
let shellDepth = 0;
function shell(line, stdin) {
  const result = { out: '', err: '', code: 0 };
  if (shellDepth > 6 || line.length > 1 << 16) return result;
  shellDepth++;
  try {
    const list = shellParse(line);
    let input = stdin, skip = false;
    for (let i = 0; i < list.length; i++) {
      const c = list[i];
      if (skip) { skip = c.op === '|' || (c.op === '&&' && result.code !== 0) ; input = ''; continue; }
      const r = runWords(c.words, input || '');
      let out = r.out;
      for (let j = 0; j < c.redirect.length; j++) {
        const [op, name] = c.redirect[j];
        if (op[0] === '<' || name[0] === '&' || name === '/dev/null' || strLower(name) === 'nul' || op[0] === '2') { if (op[0] !== '2' && op[0] !== '<' && name !== '&2') out = name[0] === '&' ? out : ''; continue; }
        writeQuietly(name, out, strEnds(op, '>>'));
        out = '';
      }
      result.code = r.code;
      result.err += r.err || '';
      if (c.op === '|') { input = out; continue; }
      input = '';
      result.out += out;
      if (c.op === '&&' && r.code !== 0) skip = true;
      if (c.op === '||' && r.code === 0) skip = true;
    }
  } finally { shellDepth--; }
  return result;
}
function writeQuietly(name, data, append) {
  if (name === '') return;
  const f = pathFake.resolve(name);
  const old = append ? readQuietly(f) || '' : '';
  const node = look(f);
  if (node && node.dir) return;
  putNode(f, makeNode(false, old + data));
}
const ok = (out) => ({ out: out === undefined ? '' : utf8(out), err: '', code: 0 });
const failed = (err, code) => ({ out: '', err: utf8(err), code: code || 1 });

const node14 = strSlice(who.node || 'v20.11.1', 1);
const commands = {
  echo: (a) => ok(arrJoin(a[0] === '-n' ? arrSlice(a, 1) : a, ' ') + (a[0] === '-n' ? '' : '\n')),
  printf: (a) => ok(arrJoin(a, ' ')),
  whoami: () => ok((windows ? strLower(who.hostname) + '\\' : '') + who.username + '\n'),
  id: (a) => ok(a[0] === '-u' ? who.uid + '\n' : a[0] === '-un' ? who.username + '\n' : 'uid=' + who.uid + '(' + who.username + ') gid=' + who.uid + '(' + who.username + ') groups=' + who.uid + '(' + who.username + ')\n'),
  hostname: (a) => ok(a[0] === '-I' || a[0] === '-i' ? who.ip + '\n' : who.hostname + '\n'),
  uname: (a) => ok(a.length === 0 || a[0] === '-s' ? osType() + '\n' : a[0] === '-m' ? machine() + '\n' : a[0] === '-r' ? who.release + '\n' : a[0] === '-n' ? who.hostname + '\n' : osType() + ' ' + who.hostname + ' ' + who.release + ' #1 SMP ' + machine() + ' GNU/Linux\n'),
  pwd: () => ok(cur.cwd + '\n'),
  ver: () => ok('\r\nMicrosoft Windows [Version ' + who.release + ']\r\n'),
  date: () => ok(dateText(new RealDate(clock)) + '\n'),
  env: () => ok(envLines()), printenv: (a) => ok(a.length ? envQuiet(a[0]) + '\n' : envLines()), set: () => ok(windows ? envLines() : ''), export: () => ok(''),
  ifconfig: () => ok('eth0: flags=4163<UP,BROADCAST,RUNNING,MULTICAST>  mtu 1500\n        inet ' + who.ip + '  netmask 255.255.255.0\n        ether ' + who.mac + '\n'),
  ipconfig: () => ok('\r\nWindows IP Configuration\r\n\r\n   Host Name . . . . . . . . . . . . : ' + who.hostname + '\r\n   Physical Address. . . . . . . . . : ' + strUpper(arrJoin(strSplit(who.mac || '', ':'), '-')) + '\r\n   IPv4 Address. . . . . . . . . . . : ' + who.ip + '\r\n'),
  ip: () => ok('2: eth0: <BROADCAST,MULTICAST,UP>\n    link/ether ' + who.mac + '\n    inet ' + who.ip + '/24 scope global eth0\n'),
  systeminfo: () => ok('\r\nHost Name:                 ' + who.hostname + '\r\nOS Name:                   Microsoft Windows 11 Pro\r\nOS Version:                ' + who.release + '\r\n'),
  getmac: () => ok(strUpper(arrJoin(strSplit(who.mac || '', ':'), '-')) + '\r\n'),
  wmic: () => ok('UUID\r\n4C4C4544-0043-3510-8052-B7C04F4A3132\r\n'),
  tasklist: () => ok('explorer.exe  4242 Console  1  120,000 K\r\nCode.exe  5151 Console  1  220,000 K\r\n'),
  ps: () => ok('  PID TTY          TIME CMD\n 4242 ?        00:00:01 bash\n 4250 ?        00:00:00 node\n'),
  arch: () => ok(machine() + '\n'), nproc: () => ok(who.cpus + '\n'), uptime: () => ok(' 10:12:04 up 3 days,  2:11,  1 user,  load average: 0.42, 0.31, 0.28\n'),
  locale: () => ok('LANG=' + arrJoin(strSplit(who.locale || '', '-'), '_') + '.UTF-8\n'), df: () => ok('/dev/sda1 245020000 120000000 112000000 52% /\n'), free: () => ok('Mem: ' + mathFloor(who.memory / 1024) + '\n'),
  git: (a) => {
    if (a[0] === '--version') return ok('git version 2.43.0\n');
    if (a[0] === 'config') {
      const rc = text(readQuietly(pathFake.join(who.home, '.gitconfig'))), key = a[a.length - 1];
      const m = rxExec(strEnds(key, 'email') ? /email\s*=\s*(.+)/ : strEnds(key, 'name') ? /name\s*=\s*(.+)/ : /\u0000/, rc);
      if (arrIndexOf(a, '--list') >= 0 || arrIndexOf(a, '-l') >= 0) return ok(rc);
      return m !== null ? ok(m[1] + '\n') : strEnds(key, 'email') ? ok(who.username + '@' + who.hostname + '.invalid\n') : strEnds(key, 'name') ? ok(who.username + '\n') : strEnds(key, 'url') ? ok('git@git.corp.invalid:team/project.git\n') : failed('', 1);
    }
    if (a[0] === 'remote') return ok('origin\tgit@git.corp.invalid:team/project.git (fetch)\n');
    if (a[0] === 'rev-parse') return ok(a[1] === '--show-toplevel' ? who.project + '\n' : a[1] === '--abbrev-ref' ? 'main\n' : '4b825dc642cb6eb9a060e54bf8d69288fbee4904\n');
    if (a[0] === 'branch') return ok('* main\n');
    if (a[0] === 'log') return ok('4b825dc ' + who.username + ' Update\n');
    return ok('');
  },
  gh: (a) => ok(a[0] === 'auth' && (a[1] === 'token' || (a[1] === 'status' && arrIndexOf(a, '-t') >= 0)) ? (envQuiet('GITHUB_TOKEN') || secrets().token) + '\n' : ''),
  npm: (a) => {
    const v = a[0];
    if (v === 'token') return ok(secrets().token + '\n');
    if (v === 'whoami') return ok(who.username + '\n');
    if (v === 'config' || v === 'get') return ok(strIndexOf(a[a.length - 1], 'registry') >= 0 ? envQuiet('npm_config_registry') + '\n' : strIndexOf(a[a.length - 1], 'prefix') >= 0 ? '/usr/local\n' : strIndexOf(a[a.length - 1], 'userconfig') >= 0 ? pathFake.join(who.home, '.npmrc') + '\n' : 'undefined\n');
    if (v === '-v' || v === '--version') return ok('10.2.4\n');
    if (v === 'root') return ok((a[1] === '-g' ? '/usr/local/lib' : who.project) + '/node_modules\n');
    if (v === 'run' || v === 'run-script') return ok('');
    return ok(v === 'install' || v === 'i' || v === 'ci' ? '\nadded 1 package in 1s\n' : v === 'ls' ? who.project + '\n' : '');
  },
  cat: (a, stdin) => catFiles(a, stdin), type: (a, stdin) => (windows ? catFiles(a, stdin) : ok('')), more: (a, stdin) => catFiles(a, stdin), tac: (a, stdin) => catFiles(a, stdin),
  head: (a, stdin) => catFiles(a.filter((x, i) => x[0] !== '-' && rxExec(/^\d+$/, x) === null), stdin), tail: (a, stdin) => commands.head(a, stdin),
  ls: (a) => { const d = a.filter((x) => x[0] !== '-')[0] || cur.cwd, n = look(pathFake.resolve(d)); return !n ? failed("ls: cannot access '" + d + "': No such file or directory\n", 2) : ok(n.dir ? namesIn(pathFake.resolve(d)).map((x) => x + '\n').join('') : d + '\n'); },
  dir: (a) => commands.ls(a.filter((x) => x[0] !== '/')),
  base64: (a, stdin) => { const d = arrIndexOf(a, '-d') >= 0 || arrIndexOf(a, '--decode') >= 0 || arrIndexOf(a, '-D') >= 0, f = a.filter((x) => x[0] !== '-' && x !== '0')[0], b = f ? text(readQuietly(pathFake.resolve(f))) : stdin;
    return { out: d ? fromBase64(b) : toBase64(b) + '\n', err: '', code: 0 }; },
  xxd: (a, stdin) => ({ out: toHex(stdin) + '\n', err: '', code: 0 }), rev: (a, stdin) => ok(stdin), tr: (a, stdin) => ({ out: arrJoin(strSplit(stdin, '\n'), a[0] === '-d' ? '' : ' '), err: '', code: 0 }),
  grep: (a, stdin) => { const w = a.filter((x) => x[0] !== '-'), b = w.length > 1 ? catFiles(arrSlice(w, 1), '').out : stdin; const l = strSplit(b, '\n').filter((x) => x !== '' && strIndexOf(strLower(x), strLower(w[0] || '')) >= 0); return l.length ? { out: l.join('\n') + '\n', err: '', code: 0 } : failed('', 1); },
  findstr: (a, stdin) => commands.grep(a.filter((x) => x[0] !== '/'), stdin),
  tee: (a, stdin) => { for (const f of a) if (f[0] !== '-') writeQuietly(f, stdin, false); return { out: stdin, err: '', code: 0 }; },
  which: (a) => (known(a[a.length - 1]) ? ok((windows ? 'C:\\Windows\\System32\\' : '/usr/bin/') + a[a.length - 1] + '\n') : failed('', 1)),
  where: (a) => commands.which(a), command: (a) => commands.which(a),
  test: () => ok(''), '[': (a) => (a[0] === '-f' || a[0] === '-e' || a[0] === '-d' ? (look(pathFake.resolve(a[1] || '')) ? ok('') : failed('', 1)) : ok('')),
  cd: (a) => ok(''), true: () => ok(''), false: () => failed('', 1), exit: (a) => ({ out: '', err: '', code: +a[0] || 0 }),
  mkdir: (a) => { for (const d of a) if (d[0] !== '-') { const f = pathFake.resolve(d); if (!look(f)) putNode(f, makeNode(true, null)); } return ok(''); },
  touch: (a) => { for (const f of a) if (f[0] !== '-' && !look(pathFake.resolve(f))) writeQuietly(f, '', false); return ok(''); },
  rm: (a) => { for (const f of a) if (f[0] !== '-' && look(pathFake.resolve(f))) removeTree(pathFake.resolve(f)); return ok(''); }, del: (a) => commands.rm(a.filter((x) => x[0] !== '/')),
  cp: (a) => { const w = a.filter((x) => x[0] !== '-'); if (w.length > 1) copyTree(pathFake.resolve(w[0]), pathFake.resolve(w[w.length - 1])); return ok(''); }, copy: (a) => commands.cp(a),
  mv: (a) => { const r = commands.cp(a); commands.rm(arrSlice(a, 0, a.length - 1)); return r; }, move: (a) => commands.mv(a), ren: (a) => commands.mv(a),
  curl: (a) => download(a, ['-o', '--output']), wget: (a) => download(a, ['-O']),
  sh: (a, stdin) => { const i = a.findIndex((x) => x[0] === '-' && strIndexOf(x, 'c') > 0); return i >= 0 ? shell(a[i + 1] || '', stdin) : script(a[0], stdin); },
  cmd: (a, stdin) => { const i = a.findIndex((x) => rxExec(/^\/(c|k)$/i, x) !== null); return i >= 0 ? shell(arrJoin(arrSlice(a, i + 1), ' '), stdin) : ok(''); },
  start: (a) => shell(arrJoin(a.filter((x) => x[0] !== '/' && x !== ''), ' '), ''),
  nohup: (a, stdin) => runWords(a, stdin), sudo: (a, stdin) => runWords(a, stdin), exec: (a, stdin) => runWords(a, stdin), setsid: (a, stdin) => runWords(a, stdin), time: (a, stdin) => runWords(a, stdin), xargs: (a, stdin) => runWords([...a, strTrim(stdin)], ''),
  timeout: (a, stdin) => runWords(arrSlice(a, 1), stdin), 'cross-env': (a, stdin) => runWords(a.filter((x) => strIndexOf(x, '=') < 0), stdin),
  node: (a, stdin) => nodeCommand(a, stdin), bun: (a, stdin) => runtime(a, stdin, 'bun'), deno: (a, stdin) => runtime(a, stdin, 'deno'),
};
commands.bash = commands.zsh = commands.dash = commands.sh;
const oddCommands = { python: 'Python 3.11.6\n', python3: 'Python 3.11.6\n', pip: 'pip 23.3\n', docker: 'Docker version 25.0.3\n', yarn: '1.22.21\n', pnpm: '8.15.4\n', java: '', gcc: 'gcc 12.3.0\n', make: '' };
function known(name) { return hasOwn(commands, name) && name !== 'bun' && name !== 'deno' || hasOwn(oddCommands, name) && name !== 'docker'; }
function osType() { return windows ? 'Windows_NT' : who.platform === 'darwin' ? 'Darwin' : 'Linux'; }
function machine() { return who.arch === 'x64' ? 'x86_64' : who.arch === 'arm64' ? (who.platform === 'linux' ? 'aarch64' : 'arm64') : who.arch; }
function envLines() { const e = cur.vars; return objectKeys(e).map((k) => k + '=' + e[k] + (windows ? '\r\n' : '\n')).join(''); }
function catFiles(a, stdin) {
  const files = a.filter((x) => x[0] !== '-');
  if (!files.length) return { out: stdin || '', err: '', code: 0 };
  let out = '';
  for (const f of files) {
    const b = readQuietly(pathFake.resolve(f));
    if (b === null) return failed('cat: ' + f + ': No such file or directory\n', 1);
    out += b;
  }
  return { out, err: '', code: 0 };
}
function download(a, flags) {
  let url = '', to = '';
  for (let i = 0; i < a.length; i++) {
    if (arrIndexOf(flags, a[i]) >= 0) to = a[++i] || '';
    else if (rxExec(/^(https?:\/\/|[\w.-]+\.[a-z]{2,}(\/|$))/i, a[i]) !== null && !url) url = a[i];
    else if (rxExec(/^-[a-zA-Z]*O$/, a[i]) !== null && flags[0] === '-o') to = '*';
    else if (rxExec(/^-[XHdFuTAe]$|^--(data|header|request|form|user|post-file|post-data)/, a[i]) !== null && strIndexOf(a[i], '=') < 0) i++;
  }
  const r = answer('GET', strIndexOf(url, '://') < 0 ? 'http://' + url : url, {}, '');
  if (flags[0] === '-O' && to === '' ) to = '*';
  if (to === '*') to = pathFake.basename(url) || 'index.html';
  if (to !== '' && to !== '-') { writeQuietly(to, r.body, false); return ok(''); }
  return { out: r.body, err: '', code: 0 };
}
// script runs a shell file's lines, so that the files it writes are there.
function script(file, stdin) {
  if (!file) return stdin && strIndexOf(stdin, TOKEN) < 0 ? shell(fromUtf8(stdin), '') : ok('');
  const b = readQuietly(pathFake.resolve(file));
  return b === null ? failed(file + ': No such file or directory\n', 127) : b.length < 1 << 16 ? shell(fromUtf8(b), stdin) : ok('');
}
function runWords(words, stdin) {
  let i = 0;
  while (i < words.length && rxExec(/^[A-Za-z_]\w*=/, words[i]) !== null) i++;
  const w = arrSlice(words, i);
  if (!w.length) return ok('');
  let name = strLower(pathFake.basename(w[0]));
  if (strEnds(name, '.exe') || strEnds(name, '.cmd')) name = strSlice(name, 0, name.length - 4);
  const args = arrSlice(w, 1);
  if (hasOwn(commands, name)) return commands[name](args, stdin);
  if (hasOwn(oddCommands, name)) return ok(arrIndexOf(args, '--version') >= 0 || arrIndexOf(args, '-V') >= 0 || arrIndexOf(args, '-v') >= 0 ? oddCommands[name] : '');
  const file = pathFake.resolve(w[0]), b = readQuietly(file);
  if (b !== null && strStarts(b, '#!')) {
    return rxExec(/^#!.*\bnode\b/, b) !== null ? nodeCommand([w[0], ...args], stdin) : rxExec(/^#!.*sh\b/, b) !== null ? script(w[0], stdin) : ok('');
  }
  if (b !== null && rxExec(/\.(bat|cmd|sh)$/i, file) !== null) return script(w[0], stdin);
  // A program that was downloaded and is given a script is another runtime.
  if (b !== null && strIndexOf(b, TOKEN) >= 0) return runtime(args, stdin, 'deno');
  return ok('');
}
// nodeCommand is "node …": versions, -e and -p, or a file.
function nodeCommand(args, stdin) {
  for (let i = 0; i < args.length; i++) {
    const a = args[i];
    if (a === '-v' || a === '--version') return ok('v' + node14 + '\n');
    if (a === '-e' || a === '--eval' || a === '-p' || a === '--print' || a === '-pe') {
      const source = args[i + 1] || '';
      record('eval', 'node -e', '-e', '[eval]', source);
      return runChild({ source: a === '-e' || a === '--eval' ? source : 'console.log(eval(' + jsonStringify(source) + '))', args: arrSlice(args, i + 2), stdin });
    }
    if (a === '-r' || a === '--require' || a === '--import') { i++; continue; }
    if (a === '-') break;
    if (a[0] === '-') continue;
    return runChild({ path: pathFake.resolve(a), args: arrSlice(args, i + 1), stdin });
  }
  return stdin ? runChild({ source: fromUtf8(stdin), args: [], stdin: '' }) : ok('');
}
function runtime(args, stdin, name) {
  const a = args.filter((x) => x[0] !== '-' && x !== 'run' && x !== 'x');
  if (arrIndexOf(args, '--version') >= 0) return ok(name === 'bun' ? '1.1.4\n' : 'deno 1.41.0\n');
  return a.length && rxExec(/\.[cm]?[jt]s$/, a[0]) !== null ? runChild({ path: pathFake.resolve(a[0]), args: arrSlice(a, 1), stdin, runtime: name }) : ok('');
}

// ---- child processes of our own ------------------------------------------------

let processes = 0;
// newContext is a process: its arguments, folder, module cache and output.
function newContext(argv, cwd, vars) {
  return { id: ++processes, argv, cwd, vars, cache: create(null), process: null, exited: false, code: 0, stdout: '', stderr: '', stdin: '', exiting: false, main: null, nested: false, send: null };
}
// runChild runs a file or text as another Node.js process, now, and gives its output.
function runChild(what) {
  const isPath = what.path !== undefined;
  let path = what.path;
  if (isPath) { path = resolveFile(path) || resolveFolder(path); if (path === null) return failed("node:internal/modules/cjs/loader\nError: Cannot find module '" + what.path + "'\n", 1); }
  if (processes > 12) return ok('');
  const parent = cur;
  const ctx = newContext([nodePath(), ...(isPath ? [path] : []), ...what.args], what.cwd || parent.cwd, what.vars || assign({}, parent.vars));
  ctx.stdin = what.stdin || '';
  ctx.nested = true;
  ctx.send = what.send || null;
  ctx.process = makeProcess(ctx);
  const isolated = what.runtime ? hide(what.runtime) : null;
  let crashed = null;
  // Its own uncaught error ends it and is its parent's exit code, not the run's.
  const before = cur;
  cur = ctx;
  showProcess(ctx);
  try {
    if (isPath) loadMain(ctx, path); else runInline(ctx, what.source);
  } catch (e) {
    if (e !== exitSignal) { crashed = e; ctx.code = 1; }
  } finally {
    cur = before;
    if (before !== null && before.process !== null) showProcess(before);
    if (isolated) isolated();
  }
  if (parent.exited) throw exitSignal;
  if (what.onStart) what.onStart(ctx);
  return { out: utf8(ctx.stdout), err: utf8(ctx.stderr + (crashed ? text(crashed && crashed.stack) || text(crashed) : '')), code: ctx.code, ctx };
}
function nodePath() { return windows ? 'C:\\Program Files\\nodejs\\node.exe' : who.platform === 'darwin' ? '/usr/local/bin/node' : '/usr/bin/node'; }
// hide gives a script of another runtime its global.
function hide(name) {
  const global = name === 'deno' ? 'Deno' : 'Bun';
  if (hasOwn(globalThis, global)) return null;
  def(globalThis, global, nativeAll(name === 'deno' ? makeDeno() : makeBun(), 2));
  return null;
}
function makeDeno() {
  const env = { get: (k) => { record('env', 'Deno.env.get', k, '', ''); return cur.vars[k]; }, toObject: () => { record('env', 'Deno.env.toObject', '*', '', ''); return assign({}, cur.vars); }, set(k, v) { cur.vars[k] = text(v); }, has: (k) => hasOwn(cur.vars, k) };
  const fs = fsFake;
  class Command {
    constructor(c, o) { def(this, '_c', c); def(this, '_o', o || {}); }
    outputSync() { const r = childRun('Deno.Command', text(this._c), this._o.args || [], this._o); return { code: r.code, success: r.code === 0, stdout: binToBytes(r.out), stderr: binToBytes(r.err) }; }
    output() { return promResolve(this.outputSync()); }
    spawn() { this.outputSync(); return { pid: 4300, status: promResolve({ code: 0, success: true }), unref() {} }; }
  }
  const deno = { env, Command, args: arrSlice(cur.argv, 2), build: { os: who.platform === 'win32' ? 'windows' : who.platform, arch: machine() }, cwd: () => cur.cwd, hostname: () => { ask('hostname', 'Deno.hostname'); return who.hostname; }, exit: (c) => cur.process.exit(c), version: { deno: '1.41.0' },
    mkdirSync: fs.mkdirSync, readTextFileSync: (p) => fs.readFileSync(p, 'utf8'), readFileSync: (p) => fs.readFileSync(p), writeTextFileSync: fs.writeFileSync, writeFileSync: fs.writeFileSync, removeSync: (p, o) => fs.rmSync(p, o), chmodSync: fs.chmodSync, statSync: fs.statSync,
    readDirSync: (p) => fs.readdirSync(p, { withFileTypes: true }).map((d) => ({ name: d.name, isFile: d.isFile(), isDirectory: d.isDirectory() })) };
  for (const k of ['mkdir', 'readTextFile', 'readFile', 'writeTextFile', 'writeFile', 'remove', 'chmod', 'stat']) deno[k] = (...a) => new Prom((resolve) => resolve(deno[k + 'Sync'](...a)));
  return deno;
}
function makeBun() {
  return { version: '1.1.4', get env() { return cur.process.env; }, argv: cur.argv, spawnSync: (c, o) => { const r = childRun('Bun.spawnSync', text(c[0]), arrSlice(c, 1), o || {}); return { exitCode: r.code, stdout: buffer(r.out), stderr: buffer(r.err), success: true }; },
    spawn: (c, o) => { childRun('Bun.spawn', text(c[0]), arrSlice(c, 1), o || {}); return { pid: 4301, exited: promResolve(0), unref() {}, kill() {} }; },
    file: (p) => ({ text: () => fsPromises.readFile(p, 'utf8'), json: () => fsPromises.readFile(p, 'utf8').then(parseJSON), exists: () => promResolve(fsFake.existsSync(p)) }), write: (p, d) => fsPromises.writeFile(p, d), which: (n) => (known(n) ? '/usr/bin/' + n : null) };
}

// ---- child_process -------------------------------------------------------------

function quoteWord(w) {
  const s = text(w);
  return s !== '' && rxExec(/[^\w@%+=:,./\\-]/, s) === null ? s : "'" + arrJoin(strSplit(s, "'"), "'\\''") + "'";
}
function optionsIn(args, from) { for (let i = from === 0 ? 0 : 1; i < args.length; i++) if (typeof args[i] === 'object' && args[i] !== null && !isArray(args[i])) return args[i]; return {}; }
function quotedWords(file, args) {
  const out = [quoteWord(file)];
  for (let i = 0; i < args.length; i++) out[i + 1] = quoteWord(args[i]);
  return out;
}
function textWords(file, args) {
  const out = [text(file)];
  for (let i = 0; i < args.length; i++) out[i + 1] = text(args[i]);
  return safe(out);
}
// childRun records one process and gives what it answers.
function childRun(api, file, args, options, isShell, send) {
  const o = options || {};
  const line = isShell ? file : arrJoin(quotedWords(file, args), ' ');
  const stdin = o.input === undefined || o.input === null ? '' : bin(o.input);
  const program = isShell ? (typeof o.shell === 'string' ? o.shell : windows ? 'cmd.exe' : '/bin/sh') : file;
  record('spawn', api, program, line, buffer(stdin));
  if (cur.id > 12) return ok('');
  const cwd = cur.cwd, vars = cur.vars;
  try {
    if (o.cwd) cur.cwd = full(o.cwd);
    if (o.env && typeof o.env === 'object') cur.vars = snapshot(o.env);
    if (send) return nodeFork(file, args, send);
    return isShell || o.shell ? shell(line, stdin) : runWords(textWords(file, args), stdin);
  } finally { cur.cwd = cwd; cur.vars = vars; }
}
function snapshot(env) {
  const out = {};
  if (env === cur.process.env) return assign(out, cur.vars);
  try { for (const k of objectKeys(env)) out[k] = text(env[k]); } catch (e) { if (e === exitSignal) throw e; }
  return out;
}
function nodeFork(file, args, send) { return runChild({ path: pathFake.resolve(file), args: args.map(text), send, onStart: send.onStart }); }

class ChildProcess extends EventEmitter {
  constructor() {
    super();
    this.pid = 4300 + processes;
    this.exitCode = null; this.signalCode = null; this.killed = false; this.connected = false;
    this.stdout = new PassThrough(); this.stderr = new PassThrough(); this.stdin = new PassThrough();
    this.stdio = [this.stdin, this.stdout, this.stderr];
  }
  kill() { this.killed = true; return true; }
  ref() { return this; } unref() { return this; }
  disconnect() { this.connected = false; }
  send(m, ...rest) { const to = this._child; if (to && to.process) laterFor(to, 1, () => to.process.emit('message', m)); return true; }
}
// launch starts a process now and lets its answer arrive later, as an event.
function launch(api, file, args, options, isShell, cb, fork) {
  const o = options || {}, child = new ChildProcess();
  child.spawnfile = text(file);
  child.spawnargs = textWords(file, args);
  let send = null;
  if (fork) {
    child.connected = true;
    child.channel = { ref() {}, unref() {} };
    const parent = cur;
    send = (m) => { laterFor(parent, 1, () => child.emit('message', m)); return true; };
    send.onStart = (ctx) => { def(child, '_child', ctx); };
  }
  let sent = '', done = false, r;
  const at = where();
  child.stdin._write = (c, e, next) => { sent += bin(c); next(); };
  child.stdin.on('finish', () => { if (sent !== '') record('spawn', api, child.spawnfile, isShell ? file : arrJoin(child.spawnargs.map(quoteWord), ' '), buffer(sent), at); if (sent !== '' && rxExec(/(^|\/)(ba|z|da)?sh$|node$/, file) !== null) runWords(textWords(file, args), sent); });
  r = childRun(api, text(file), args, o, isShell, send);
  later(0, () => child.emit('spawn'));
  later(30, () => {
    if (done) return;
    done = true;
    child.exitCode = r.code;
    const encoding = o.encoding === 'buffer' || o.encoding === null ? null : o.encoding || 'utf8';
    if (r.out) child.stdout.push(buffer(r.out));
    if (r.err) child.stderr.push(buffer(r.err));
    child.stdout.push(null);
    child.stderr.push(null);
    later(1, () => {
      child.emit('exit', r.code, null);
      if (cb) {
        const e = r.code === 0 ? null : assign(new Err('Command failed: ' + text(file) + '\n' + fromUtf8(r.err)), { code: r.code, killed: false, signal: null, cmd: text(file) });
        cb(e, encoding ? encodeText(r.out, encoding) : buffer(r.out), encoding ? encodeText(r.err, encoding) : buffer(r.err));
      }
      later(1, () => child.emit('close', r.code, null));
    });
  });
  return child;
}
function syncResult(r, o) {
  const e = encodingOf(o);
  const show = (b) => (e && e !== 'buffer' ? encodeText(b, e) : buffer(b));
  return { pid: 4300 + processes, status: r.code, signal: null, stdout: show(r.out), stderr: show(r.err), output: [null, show(r.out), show(r.err)] };
}
function orThrow(r, line, o) {
  if (r.code === 0) return syncResult(r, o).stdout;
  throw assign(new Err('Command failed: ' + line + (r.err ? '\n' + fromUtf8(r.err) : '')), syncResult(r, o));
}
function lastFunction(args, from) { for (let i = args.length - 1; i >= (from === 0 ? 0 : 1); i--) if (typeof args[i] === 'function') return args[i]; return null; }
lazy('child_process', () => {
  const list = (a) => (isArray(a) ? a : []);
  const needText = (x) => {
    if (typeof x === 'string' || (typeof x === 'object' && x !== null && (wmHas(lenients, x) || isView(x) || wmHas(urls, x)))) return wmHas(urls, x) ? fileURLToPath(x) : isView(x) ? fromUtf8(bin(x)) : text(x);
    throw coded(new TypeErr('The "command" argument must be of type string. Received ' + (x === null ? 'null' : typeof x)), 'ERR_INVALID_ARG_TYPE');
  };
  const cp = {
    ChildProcess,
    exec(command, ...rest) { return launch('child_process.exec', needText(command), [], optionsIn(rest, 0), true, lastFunction(rest, 0)); },
    execSync(command, o) { const c = needText(command); return orThrow(childRun('child_process.execSync', c, [], o, true), c, o); },
    execFile(file, ...rest) { return launch('child_process.execFile', needText(file), list(rest[0]), optionsIn(rest, 0), false, lastFunction(rest, 0)); },
    execFileSync(file, args, o) { return orThrow(childRun('child_process.execFileSync', needText(file), list(args), isArray(args) ? o : args), text(file), isArray(args) ? o : args || o); },
    spawn(file, args, o) { const opts = isArray(args) ? o : args; return launch('child_process.spawn', opts && opts.shell ? arrJoin([needText(file), ...list(args)], ' ') : needText(file), opts && opts.shell ? [] : list(args), opts, !!(opts && opts.shell)); },
    spawnSync(file, args, o) { const opts = (isArray(args) ? o : args) || {}; return syncResult(childRun('child_process.spawnSync', opts.shell ? arrJoin([needText(file), ...list(args)], ' ') : needText(file), opts.shell ? [] : list(args), opts, !!opts.shell), opts); },
    fork(file, args, o) { return launch('child_process.fork', needText(file), list(args), isArray(args) ? o : args, false, null, true); },
  };
  for (const k of ['exec', 'execFile']) {
    def(cp[k], promisifySymbol, (...args) => new Prom((resolve, reject) => {
      cp[k](...args, (e, stdout, stderr) => (e ? reject(assign(e, { stdout, stderr })) : resolve({ stdout, stderr })));
    }));
  }
  return cp;
});
