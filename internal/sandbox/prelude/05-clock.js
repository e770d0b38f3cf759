// The virtual clock: tasks, timers, Date, performance, and the locale.
// Nothing waits: a step takes the next task and moves the clock to its time.
let clock = who.now, reads = 0;
const started = who.now;
const maxTasks = 2000, maxTicks = 20, maxAhead = 30 * 24 * 3600 * 1000, maxQueued = 20000;
let queue = null, queued = 0, sequence = 0, ran = 0;
// cur is the process (the entry, or a child that it started) that runs now.
let cur = null;

// A read of the clock moves it, and the more the longer a task does nothing
// but look at it, so that busy waiting ends.
function tick() {
  reads++;
  clock += reads < 50 ? 0.01 : 0.01 * reads / 50;
  return clock;
}

// later puts fn on the queue. The list is linked, not an array: a polluted
// Array.prototype does not reach it.
function later(ms, fn, self, args) {
  const at = clock + (ms > 0 ? mathMin(+ms, 2147483647) : 0);
  const task = { at, fn, self, args, ctx: cur, dead: false, every: -1, ticks: 0, next: null, seq: sequence++ };
  if (queued < maxQueued) insert(task);
  return task;
}
// laterFor puts fn on the queue for another process: it outlives the one that runs.
function laterFor(ctx, ms, fn) {
  const task = later(ms, fn);
  task.ctx = ctx;
  return task;
}
function insert(task) {
  queued++;
  if (queue === null || task.at < queue.at) { task.next = queue; queue = task; return; }
  let p = queue;
  while (p.next !== null && p.next.at <= task.at) p = p.next;
  task.next = p.next;
  p.next = task;
}
function clearTasks(ctx) {
  for (let p = queue; p !== null; p = p.next) if (ctx === undefined || p.ctx === ctx) p.dead = true;
}
// unpark lets intervals that ran their share run again in another phase.
let parked = null;
function unpark() {
  while (parked !== null) {
    const task = parked;
    parked = task.next;
    task.ticks = 0;
    task.at = clock + mathMax(1, task.every);
    if (!task.dead) insert(task);
  }
}
// runTask runs the next task; false: there is none, or the bounds are reached.
function runTask() {
  while (queue !== null) {
    const task = queue;
    queue = task.next;
    queued--;
    task.next = null;
    if (task.dead || (task.ctx !== null && task.ctx.exited)) continue;
    if (ran >= maxTasks || task.at > started + maxAhead) { queue = null; queued = 0; return false; }
    ran++;
    if (task.at > clock) clock = task.at;
    reads = 0;
    if (task.every >= 0) {
      if (++task.ticks < maxTicks) { task.at = clock + mathMax(1, task.every); insert(task); } else { task.next = parked; parked = task; }
    }
    enter(task.ctx, task.fn, task.self, task.args || noArgs);
    return true;
  }
  return false;
}
const noArgs = freeze([]);

// ---- ticks: process.nextTick runs before promise jobs ------------------------

let tickHead = null, tickTail = null, tickArmed = false;
function nextTick(fn, args) {
  const t = { fn, args, ctx: cur, next: null };
  if (tickTail === null) tickHead = t; else tickTail.next = t;
  tickTail = t;
  if (!tickArmed && depth === 0) { tickArmed = true; promThen(settled, drainTicks); }
}
const settled = promResolve();
function drainTicks() {
  tickArmed = false;
  for (let n = 0; tickHead !== null && n < 5000; n++) {
    const t = tickHead;
    tickHead = t.next;
    if (tickHead === null) tickTail = null;
    if (t.ctx !== null && t.ctx.exited) continue;
    guard(t.ctx, t.fn, undefined, t.args || noArgs);
  }
}

// guard runs fn as a callback of a process: process.exit ends it quietly, and
// what the process's own handler takes is not an error of the run.
let depth = 0, firstError = null;
function guard(ctx, fn, self, args) {
  const before = cur;
  cur = ctx;
  if (ctx !== null && ctx.process !== null) showProcess(ctx);
  try {
    return apply(fn, self, args);
  } catch (e) {
    if (e === exitSignal) return undefined;
    if (!uncaught(ctx, e)) { if (firstError === null) firstError = { error: e }; }
  } finally {
    cur = before;
    if (before !== null && before.process !== null && before !== ctx) showProcess(before);
  }
  return undefined;
}
// enter is guard for the outermost call: ticks run after it, and the first
// error goes on to the host, which makes it the run's ending.
function enter(ctx, fn, self, args) {
  depth++;
  try { guard(ctx, fn, self, args); drainTicks(); } finally { depth--; }
  if (firstError !== null) {
    const e = firstError.error;
    firstError = null;
    throw e;
  }
}

// ---- timers ----------------------------------------------------------------

class Timeout {
  constructor(task) { wmSet(timerTasks, this, task); }
  ref() { return this; }
  unref() { return this; }
  hasRef() { return true; }
  refresh() { return this; }
  close() { stopTimer(this); return this; }
  [Symbol.toPrimitive]() { const t = wmGet(timerTasks, this); return t ? t.seq + 1 : 0; }
}
const timerTasks = new PWeakMap();
const timerNumbers = new PMap();
function stopTimer(t) {
  if (t === null || t === undefined) return;
  const task = typeof t === 'object' ? wmGet(timerTasks, t) : mapGet(timerNumbers, +t);
  if (task) { task.dead = true; task.every = -1; }
}
function timer(api, fn, ms, args, every) {
  let f = fn;
  if (typeof f !== 'function') {
    const source = text(f);
    f = () => evaluate(source, 'setTimeout', '');
  }
  const wait = +ms > 0 ? +ms : 0;
  const task = later(mathMax(1, wait), f, undefined, args);
  if (every) task.every = wait;
  mapSet(timerNumbers, task.seq + 1, task);
  return inBrowser ? task.seq + 1 : new Timeout(task);
}
let inBrowser = false;
const timers = {
  setTimeout(fn, ms, ...args) { return timer('setTimeout', fn, ms, args, false); },
  setInterval(fn, ms, ...args) { return timer('setInterval', fn, ms, args, true); },
  setImmediate(fn, ...args) { return new Timeout(later(0, fn, undefined, args)); },
  clearTimeout(t) { stopTimer(t); },
  clearInterval(t) { stopTimer(t); },
  clearImmediate(t) { stopTimer(t); },
  queueMicrotask(fn) { const ctx = cur; promThen(settled, () => guard(ctx, fn, undefined, noArgs)); },
};

// ---- Date ------------------------------------------------------------------

const RealDate = Date, dateUTC = Date.UTC, realParse = Date.parse;
const dateProto = RealDate.prototype;
const dateGet = uncurry(dateProto.getTime), dateSet = uncurry(dateProto.setTime);
const realOffset = uncurry(dateProto.getTimezoneOffset), toISO = uncurry(dateProto.toISOString);
const shift = who.offset * 60000;
const zoned = /(z|gmt|utc|[+-]\d\d:?\d\d)\s*(\(.*\))?$/i, isoDay = /^[+-]?\d{4,6}(-\d\d(-\d\d)?)?$/;

function parseDate(s) {
  const t = realParse(s);
  if (t !== t || rxExec(zoned, s) !== null || rxExec(isoDay, s) !== null) return t;
  // The engine took the text in its own time zone; the identity has another.
  return t - realOffset(new RealDate(t)) * 60000 + shift;
}
function FakeDate(...args) {
  if (new.target === undefined) return dateText(new RealDate(tick()));
  let t;
  if (args.length === 0) { askTime('Date'); t = mathFloor(tick()); }
  else if (args.length > 1) t = apply(dateUTC, undefined, args) + shift;
  else if (typeof args[0] === 'string') t = parseDate(args[0]);
  else return construct(RealDate, args, new.target);
  return construct(RealDate, [t], new.target);
}
FakeDate.prototype = dateProto;
def(FakeDate, 'name', 'Date');
def(FakeDate, 'length', 7);
def(FakeDate, 'UTC', dateUTC);
def(FakeDate, 'now', { now() { askTime('Date.now'); return mathFloor(tick()); } }.now);
def(FakeDate, 'parse', { parse(s) { return parseDate(text(s)); } }.parse);
def(dateProto, 'constructor', FakeDate);
globalThis.Date = FakeDate;
def(globalThis, 'Date', FakeDate);
function askTime(api) { if (cur !== null) ask('time', api); }

function local(d) { return new RealDate(dateGet(d) - shift); }
const dayNames = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const monthNames = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
function two(n) { return n < 10 ? '0' + n : '' + n; }
function dateText(d, part) {
  const l = local(d);
  if (dateGet(d) !== dateGet(d)) return 'Invalid Date';
  const day = dayNames[utcGet.Day(l)] + ' ' + monthNames[utcGet.Month(l)] + ' ' + two(utcGet.Date(l)) + ' ' + utcGet.FullYear(l);
  const o = -who.offset, a = o < 0 ? -o : o;
  const time = two(utcGet.Hours(l)) + ':' + two(utcGet.Minutes(l)) + ':' + two(utcGet.Seconds(l)) +
    ' GMT' + (o < 0 ? '-' : '+') + two(mathFloor(a / 60)) + two(a % 60) + ' (' + zoneName() + ')';
  return part === 'day' ? day : part === 'time' ? time : day + ' ' + time;
}
function zoneName() {
  const known = { UTC: 'Coordinated Universal Time', 'Europe/Moscow': 'Moscow Standard Time', 'Asia/Tehran': 'Iran Standard Time' };
  return hasOwn(known, who.timeZone) ? known[who.timeZone] : who.timeZone;
}
const utcGet = create(null);
for (const unit of ['FullYear', 'Month', 'Date', 'Day', 'Hours', 'Minutes', 'Seconds', 'Milliseconds']) {
  const get = utcGet[unit] = uncurry(dateProto['getUTC' + unit]);
  const name = 'get' + unit;
  def(dateProto, name, { [name]() { askTime('Date.prototype.' + name); return get(local(this)); } }[name]);
  if (unit === 'Day') continue;
  const set = uncurry(dateProto['setUTC' + unit]), setName = 'set' + unit;
  def(dateProto, setName, { [setName](...args) {
    const l = local(this);
    apply(set, undefined, [l, ...args]);
    return dateSet(this, dateGet(l) + shift);
  } }[setName]);
}
const dateMethods = {
  getTimezoneOffset() { ask('timezone', 'Date.prototype.getTimezoneOffset'); return dateGet(this) !== dateGet(this) ? NaN : who.offset; },
  getYear() { return utcGet.FullYear(local(this)) - 1900; },
  toString() { return dateText(this); },
  toDateString() { return dateText(this, 'day'); },
  toTimeString() { return dateText(this, 'time'); },
  toLocaleString(l, o) { ask('locale', 'Date.prototype.toLocaleString'); return localeDate(this, l, o, true, true); },
  toLocaleDateString(l, o) { ask('locale', 'Date.prototype.toLocaleDateString'); return localeDate(this, l, o, true, false); },
  toLocaleTimeString(l, o) { ask('locale', 'Date.prototype.toLocaleTimeString'); return localeDate(this, l, o, false, true); },
};
for (const k of objectKeys(dateMethods)) def(dateProto, k, dateMethods[k]);

function localeDate(d, locale, options, day, time) {
  const tz = options && options.timeZone === 'UTC';
  const l = tz ? new RealDate(dateGet(d)) : local(d);
  if (dateGet(d) !== dateGet(d)) return 'Invalid Date';
  const american = strStarts(text(locale) || who.locale, 'en-US') || (text(locale) || who.locale) === 'en';
  const y = utcGet.FullYear(l), m = utcGet.Month(l) + 1, dd = utcGet.Date(l), h = utcGet.Hours(l);
  const ms = ':' + two(utcGet.Minutes(l)) + ':' + two(utcGet.Seconds(l));
  const a = american ? m + '/' + dd + '/' + y : two(dd) + '.' + two(m) + '.' + y;
  const b = american ? (h % 12 || 12) + ms + (h < 12 ? ' AM' : ' PM') : two(h) + ms;
  return day && time ? a + ', ' + b : day ? a : b;
}

const performanceFake = {
  now() { return tick() - started + 31.2; },
  timeOrigin: started - 31.2,
  mark(name) { return { name, entryType: 'mark', startTime: clock - started, duration: 0 }; },
  measure(name) { return { name, entryType: 'measure', startTime: 0, duration: clock - started }; },
  getEntries() { return []; }, getEntriesByName() { return []; }, getEntriesByType() { return []; },
  clearMarks() {}, clearMeasures() {},
  timing: { navigationStart: started - 400 }, memory: { usedJSHeapSize: 9e6, totalJSHeapSize: 2e7, jsHeapSizeLimit: 2e9 },
  eventLoopUtilization() { return { idle: 0, active: 0, utilization: 0 }; },
  timerify(f) { return f; }, toJSON() { return { timeOrigin: started }; },
};

// ---- Intl, as far as identities differ (QuickJS has none) ---------------------

function localeInfo(api) {
  ask('locale', api);
  return who.locale;
}
class DateTimeFormat {
  constructor(locale, options) { def(this, '_l', locale); def(this, '_o', options || {}); }
  resolvedOptions() {
    ask('timezone', 'Intl.DateTimeFormat.prototype.resolvedOptions');
    return { locale: this._l ? text(this._l) : localeInfo('Intl.DateTimeFormat'), calendar: 'gregory', numberingSystem: 'latn',
      timeZone: this._o.timeZone || who.timeZone };
  }
  format(d) { return localeDate(d === undefined ? new FakeDate() : new FakeDate(d), this._l, this._o, true, false); }
  formatToParts(d) { return [{ type: 'literal', value: this.format(d) }]; }
  static supportedLocalesOf(l) { return isArray(l) ? arrSlice(l) : [l]; }
}
function group(n) {
  const s = text(n), dot = strIndexOf(s, '.'), whole = dot < 0 ? s : strSlice(s, 0, dot);
  let out = '';
  for (let i = 0; i < whole.length; i++) {
    if (i > 0 && (whole.length - i) % 3 === 0 && whole[i - 1] !== '-') out += ',';
    out += whole[i];
  }
  return dot < 0 ? out : out + strSlice(s, dot, dot + 4);
}
class LocaleThing {
  constructor(locale, options) { def(this, '_l', locale); def(this, '_o', options || {}); }
  resolvedOptions() { return { locale: this._l ? text(this._l) : localeInfo('Intl'), numberingSystem: 'latn' }; }
  format(x) { return isArray(x) ? arrJoin(x, ', ') : group(x); }
  compare(a, b) { return a < b ? -1 : a > b ? 1 : 0; }
  select() { return 'other'; }
  of(x) { return text(x); }
  segment(s) { return strSplit(text(s), '').map((segment, index) => ({ segment, index })); }
  static supportedLocalesOf(l) { return isArray(l) ? arrSlice(l) : [l]; }
}
function makeIntl() {
  const intl = { DateTimeFormat: callable(DateTimeFormat) };
  for (const name of ['NumberFormat', 'Collator', 'PluralRules', 'RelativeTimeFormat', 'ListFormat', 'DisplayNames', 'Segmenter', 'Locale']) {
    const c = class extends LocaleThing {};
    def(c, 'name', name);
    intl[name] = callable(c);
  }
  intl.getCanonicalLocales = (l) => (isArray(l) ? l : l === undefined ? [] : [l]);
  return intl;
}
// callable makes a class that may be called without new, as Intl's are.
function callable(C) {
  const f = { [C.name](...args) { return construct(C, args); } }[C.name];
  return new ProxyC(native(C), assign(create(null), { apply(t, self, args) { return construct(C, args); }, get: reflectGet })) || f;
}
