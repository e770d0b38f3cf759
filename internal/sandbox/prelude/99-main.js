// The run: its phases, a step at a time.

const hooked = entry.hook !== undefined && entry.hook !== '' && entry.hook !== 'main' && entry.hook !== 'bin';
const entryPath = entry.file ? packageRoot + pathFake.sep + (windows ? arrJoin(strSplit(entry.file, '/'), '\\') : entry.file) : '';
function freshContext() {
  const argv = entry.file ? [nodePath(), entryPath] : [nodePath()];
  for (const a of entry.args || []) arrPush(argv, a);
  const ctx = newContext(argv, hooked ? packageRoot : who.project, assign({}, world.env));
  ctx.process = makeProcess(ctx);
  return ctx;
}
const mainContext = freshContext();
let unparked = false, pageContext = null, stage = 0, todo = [], todoAt = 0, exitTold = false;
keepGlobals();
cur = mainContext;
showProcess(mainContext);

function runEntry(ctx) {
  enter(ctx, () => { if (entry.file) loadMain(ctx, entryPath); else runInline(ctx, text(entry.source)); }, undefined, noArgs);
}
function noted(f) { const before = phase; cur = mainContext.exited ? freshQuiet() : mainContext; try { f(); } finally { phase = before; } }
let quiet = null;
function freshQuiet() { if (quiet === null) { quiet = newContext([nodePath()], who.project, {}); quiet.process = mainContext.process; } return quiet; }
// A page is for code that names one: the entry, or a module that it loaded.
function wantsPage() {
  if (!entry.exercise || !entry.file) return false;
  if (patchedPage()) return true;
  const files = objectKeys(mainContext.cache);
  for (let i = 0; i < files.length && i < 200; i++) {
    const b = readQuietly(files[i]) || (files[i] === entryPath ? entrySource : '');
    if (rxExec(/\b(window|document|navigator|localStorage|sessionStorage|ethereum|XMLHttpRequest)\b|globalThis\.fetch|global\.fetch|self\./, b) !== null) return true;
  }
  return false;
}
const entrySource = entry.file ? hostRead(entry.file) || '' : '';
// A script that deletes its own file is read again all the same.
function restoreEntry() { if (entry.file && entrySource !== '' && !isFile(entryPath)) { putNode(entryPath, makeNode(false, entrySource)); } }

function step() {
  // What an interrupted step left is put right here.
  depth = 0;
  shellDepth = 0;
  reads = 0;
  nesting = 0;
  if (!tickArmed && tickHead !== null) { enter(cur, () => {}, undefined, noArgs); return true; }
  switch (stage) {
    case 0:
      stage = 1;
      phase = 'run';
      runEntry(mainContext);
      return true;
    case 1:
      cur = mainContext;
      if (runTask()) return true;
      stage = 2;
      return true;
    case 2:
      stage = 3;
      noted(flushUnfinished);
      noted(recordPatches);
      if (!mainContext.exited) {
        phase = 'exit';
        cur = mainContext;
        enter(mainContext, () => {
          const p = mainContext.process;
          if (p.listenerCount('beforeExit')) p.emit('beforeExit', 0);
          if (p.listenerCount('exit')) { mainContext.exiting = true; p.emit('exit', 0); mainContext.exiting = false; }
        }, undefined, noArgs);
      }
      return true;
    case 3:
      if (runTask()) return true;
      stage = entry.exercise && !mainContext.exited ? 4 : 6;
      ran = 0;
      phase = 'exports';
      if (stage === 4) { cur = mainContext; guard(mainContext, () => { if (mainContext.main) plan(mainContext.main.exports, undefined, 0); }, undefined, noArgs); }
      return true;
    case 4:
      cur = mainContext;
      if (mainContext.exited) { stage = 6; return true; }
      if (runTask() || callNext(mainContext) || visitServer(mainContext)) return true;
      if (parked !== null && !unparked) { unparked = true; unpark(); return true; }
      stage = 5;
      return true;
    case 5:
      stage = 6;
      noted(flushUnfinished);
      noted(recordPatches);
      return true;
    case 6:
      if (!wantsPage()) return false;
      stage = 7;
      ran = 0;
      clearTasks();
      parked = null;
      phase = 'browser';
      restoreEntry();
      pageContext = freshContext();
      cur = pageContext;
      showProcess(pageContext);
      browse();
      clock = nextHour(3);
      runEntry(pageContext);
      return true;
    case 7:
      cur = pageContext;
      if (runTask()) return true;
      recordPatches();
      // A page's own script would set up what the entry exports.
      calls = [];
      callsMade = 0;
      guard(pageContext, () => { if (pageContext.main) plan(pageContext.main.exports, undefined, 0); }, undefined, noArgs);
      todo = visits();
      stage = 8;
      return true;
    case 8:
      cur = pageContext;
      if (pageContext.exited) return false;
      if (runTask() || callNext(pageContext)) return true;
      if (todoAt >= todo.length) return false;
      enter(pageContext, todo[todoAt++], undefined, noArgs);
      return true;
  }
  return false;
}
// A request that was written to and never ended has left part of itself.
function flushUnfinished() {
  const list = unfinished;
  unfinished = [];
  for (let i = 0; i < list.length; i++) if (!list[i]._sent && list[i]._body !== '') list[i]._go();
}
return { step };
