// Tells which modules scripts load, by acorn's parse and a scope check of its
// own. Nothing that it reads is run.
//
// Each line of the input is a script, as JSON: {"name", "text", "others"}. Each
// line of the output is its answer: {"error"} where acorn does not parse it,
// else {"loads", "seen"}.
//
// loads are the modules with constant names in import and export declarations,
// import() and require, where that is the global or a result of createRequire,
// each as often as it is loaded. others are modules that another resolver
// finds: seen lists all else that is called with their names, as the kind of
// name that the callee starts with, and the callee.
import { createInterface } from 'node:readline';
import { Parser } from 'acorn';
import jsx from 'acorn-jsx';
import { tsPlugin } from '@sveltejs/acorn-typescript';

const withJSX = Parser.extend(jsx());
const withTypes = Parser.extend(tsPlugin());
const withBoth = Parser.extend(tsPlugin({ jsx: true }));

const options = {
  ecmaVersion: 'latest',
  allowHashBang: true,
  allowReturnOutsideFunction: true,
};

/** The parsers and kinds of source to try for a name, in this order. */
function ways(name) {
  switch (name.slice(name.lastIndexOf('.'))) {
    case '.ts': case '.mts': case '.cts':
      return [[withTypes, 'module'], [withTypes, 'script']];
    case '.tsx':
      return [[withBoth, 'module']];
    case '.mjs':
      return [[Parser, 'module'], [withJSX, 'module']];
    case '.cjs':
      return [[Parser, 'commonjs'], [withJSX, 'commonjs']];
    default:
      return [[Parser, 'module'], [Parser, 'commonjs'], [Parser, 'script'], [withJSX, 'module'], [withJSX, 'commonjs']];
  }
}

function parse(name, text) {
  let first;
  for (const [parser, sourceType] of ways(name)) {
    try {
      // acorn-typescript counts on positions in lines.
      return parser.parse(text, { ...options, sourceType, locations: parser === withTypes || parser === withBoth });
    } catch (error) {
      first ??= error;
    }
  }
  throw first;
}

class Scope {
  constructor(parent, isFunction) {
    this.parent = parent;
    this.isFunction = isFunction;
    this.names = new Map();
  }
  declare(name, binding) {
    const before = this.names.get(name);
    // A name of several declarations stands for nothing known, save that a var
    // without a value takes nothing away.
    if (!before || before.kind === 'variable' && !before.init) this.names.set(name, binding);
    else if (binding.kind !== 'variable' || binding.init) this.names.set(name, { kind: 'several' });
  }
  lookup(name) {
    for (let s = this; s; s = s.parent) {
      const b = s.names.get(name);
      if (b) return b;
    }
    return undefined;
  }
  get function() {
    let s = this;
    while (!s.isFunction) s = s.parent;
    return s;
  }
}

/** Declares the names of a pattern. */
function pattern(node, scope, binding, path = []) {
  switch (node?.type) {
    case 'Identifier':
      scope.declare(node.name, { ...binding, path });
      break;
    case 'ObjectPattern':
      for (const p of node.properties) {
        if (p.type === 'RestElement') pattern(p.argument, scope, binding, [...path, '...']);
        else pattern(p.value, scope, binding, [...path, p.computed ? '*' : p.key.name ?? p.key.value]);
      }
      break;
    case 'ArrayPattern':
      for (const e of node.elements) pattern(e, scope, binding, [...path, '*']);
      break;
    case 'AssignmentPattern':
      pattern(node.left, scope, { kind: binding.kind }, path);
      break;
    case 'RestElement':
      pattern(node.argument, scope, binding, [...path, '...']);
      break;
    case 'TSParameterProperty':
      pattern(node.parameter, scope, binding, path);
      break;
  }
}

/** Returns the scope of a node's children, and declares what the node does. */
function enter(node, scope) {
  switch (node.type) {
    case 'FunctionDeclaration':
    case 'FunctionExpression':
    case 'ArrowFunctionExpression': {
      const inner = new Scope(scope, true);
      if (node.id) (node.type === 'FunctionDeclaration' ? scope : inner).declare(node.id.name, { kind: 'function' });
      for (const p of node.params) pattern(p, inner, { kind: 'parameter' });
      if (node.body) node.body.ofFunction = true;
      return inner;
    }
    case 'ClassDeclaration':
    case 'ClassExpression': {
      const inner = new Scope(scope, false);
      if (node.id) (node.type === 'ClassDeclaration' ? scope : inner).declare(node.id.name, { kind: 'class' });
      return inner;
    }
    case 'BlockStatement':
      return node.ofFunction ? scope : new Scope(scope, false);
    case 'StaticBlock':
      return new Scope(scope, true);
    case 'ForStatement':
    case 'ForInStatement':
    case 'ForOfStatement':
    case 'SwitchStatement':
      return new Scope(scope, false);
    case 'CatchClause': {
      const inner = new Scope(scope, false);
      if (node.param) pattern(node.param, inner, { kind: 'parameter' });
      return inner;
    }
    case 'VariableDeclaration':
      for (const d of node.declarations) {
        const target = node.kind === 'var' ? scope.function : scope;
        pattern(d.id, target, { kind: 'variable', init: d.init, scope });
      }
      return scope;
    case 'ImportDeclaration':
      for (const s of node.specifiers) {
        const path = s.type === 'ImportSpecifier' ? [s.imported.name ?? s.imported.value] : [];
        scope.declare(s.local.name, { kind: 'import', module: node.source.value, path });
      }
      return scope;
    case 'TSModuleDeclaration':
      if (node.id.type === 'Identifier') scope.declare(node.id.name, { kind: 'namespace' });
      return new Scope(scope, true);
    case 'TSEnumDeclaration':
      scope.declare(node.id.name, { kind: 'enum' });
      return scope;
    case 'TSImportEqualsDeclaration':
      scope.declare(node.id.name, { kind: 'import', module: node.moduleReference.expression?.value, path: [] });
      return scope;
  }
  return scope;
}

/** Calls visit for every node, with the scope that it stands in. */
function walk(ast, visit) {
  const stack = [[ast, new Scope(null, true)]];
  while (stack.length > 0) {
    const [node, outer] = stack.pop();
    visit(node, outer);
    const scope = enter(node, outer);
    for (const key in node) {
      const value = node[key];
      if (Array.isArray(value)) {
        for (const item of value) if (typeof item?.type === 'string') stack.push([item, scope]);
      } else if (typeof value?.type === 'string' && key !== 'loc') {
        stack.push([value, scope]);
      }
    }
  }
}

function constant(node) {
  if (node?.type === 'Literal' && typeof node.value === 'string') return node.value;
  if (node?.type === 'TemplateLiteral' && node.expressions.length === 0) return node.quasis[0].value.cooked;
  return undefined;
}

/** Takes off what does not change a callee: (0, f), f!, f?. */
function plain(node) {
  for (;;) {
    switch (node?.type) {
      case 'SequenceExpression': node = node.expressions.at(-1); break;
      case 'ParenthesizedExpression': case 'ChainExpression': case 'TSNonNullExpression': case 'TSAsExpression':
        node = node.expression; break;
      default: return node;
    }
  }
}

const strip = (name) => name.replace(/^node:/, '');

const depth = 8;

/** Tells whether an expression stands for path of the module called module. */
function isModule(node, scope, path, left = depth) {
  node = plain(node);
  if (!node || left === 0) return false;
  switch (node.type) {
    case 'Identifier': {
      const b = scope.lookup(node.name);
      if (b?.kind === 'import') return b.module && strip(b.module) === 'module' && same(b.path, path);
      if (b?.kind !== 'variable' || !b.init) return false;
      const n = b.path.length;
      return same(b.path, path.slice(path.length - n)) && isModule(b.init, b.scope, path.slice(0, path.length - n), left - 1);
    }
    case 'MemberExpression': {
      const key = node.computed ? constant(node.property) : node.property.name;
      return path.at(-1) === key && isModule(node.object, scope, path.slice(0, -1), left - 1);
    }
    case 'CallExpression':
      return path.length === 0 && isRequire(node.callee, scope, left - 1) && strip(constant(node.arguments[0]) ?? '') === 'module';
  }
  return false;
}

function same(a, b) {
  // The default export of module is module.
  const plainPath = (p) => p.filter((name) => name !== 'default').join('.');
  return plainPath(a) === plainPath(b);
}

/** Tells whether an expression is the global require or a createRequire(). */
function isRequire(node, scope, left = depth) {
  node = plain(node);
  if (!node || left === 0) return false;
  if (node.type === 'CallExpression') return isModule(node.callee, scope, ['createRequire'], left - 1);
  if (node.type !== 'Identifier') return false;
  const b = scope.lookup(node.name);
  if (!b) return node.name === 'require';
  const init = b.kind === 'variable' && b.path.length === 0 && plain(b.init);
  return init?.type === 'CallExpression' && isRequire(init, b.scope, left - 1);
}

/** Lists the ways to modules that an initializer mentions. */
function mentions(root) {
  const found = new Set();
  const stack = [root];
  while (stack.length > 0) {
    const node = stack.pop();
    if (node.type === 'Identifier' && ['require', 'module', 'process', 'globalThis', 'createRequire'].includes(node.name)) {
      found.add(node.name);
    }
    for (const key in node) {
      for (const child of [node[key]].flat()) if (typeof child?.type === 'string') stack.push(child);
    }
  }
  return [...found].sort().join(' ');
}

/** Says what a call calls: the kind of name that it starts with, and its members. */
function calleeOf(node, scope) {
  let members = '';
  for (node = plain(node); node.type === 'MemberExpression'; node = plain(node.object)) {
    members = `.${node.computed ? constant(node.property) ?? '*' : node.property.name}${members}`;
  }
  if (node.type === 'Identifier') {
    const b = scope.lookup(node.name);
    const of = b?.init ? ` of ${mentions(b.init)}` : '';
    return `${b ? b.kind : 'global'}${of}: ${node.name}${members}`;
  }
  if (node.type === 'MetaProperty') return `${node.meta.name}.${node.property.name}${members}`;
  if (node.type === 'CallExpression' && node.callee.type === 'Identifier' && constant(node.arguments[0]) !== undefined) {
    return `${node.callee.name}('${constant(node.arguments[0])}')${members}`;
  }
  return `${node.type}${members}`;
}

/** Returns what a name was declared with. */
function initial(node, scope) {
  const b = node.type === 'Identifier' ? scope.lookup(node.name) : undefined;
  return b?.kind === 'variable' && b.path.length === 0 ? b.init : undefined;
}

/**
 * Returns the module that a member of a bundle's table does nothing but load:
 * 12: (m) => { "use strict"; m.exports = require("fs") }.
 */
function forwarded(property) {
  const body = property.value?.body;
  if (body?.type !== 'BlockStatement') return undefined;
  const [statement, ...rest] = body.body.filter((s) => !s.directive);
  const assignment = statement?.expression;
  if (rest.length > 0 || assignment?.type !== 'AssignmentExpression' || assignment.left.property?.name !== 'exports') return undefined;
  const call = plain(assignment.right);
  return call.type === 'CallExpression' ? constant(call.arguments[0]) : undefined;
}

/** Collects what may load modules. */
function collect(ast) {
  const found = { sources: [], calls: [], imports: [], assignments: [], forwards: new Map() };
  walk(ast, (node, scope) => {
    switch (node.type) {
      case 'ImportDeclaration':
        if (node.importKind !== 'type') found.sources.push(node.source);
        break;
      case 'ExportNamedDeclaration':
      case 'ExportAllDeclaration':
        if (node.source && node.exportKind !== 'type') found.sources.push(node.source);
        break;
      case 'TSImportEqualsDeclaration':
        if (node.moduleReference.expression && node.importKind !== 'type') found.sources.push(node.moduleReference.expression);
        break;
      case 'ImportExpression':
        found.imports.push([node.source, scope]);
        break;
      case 'CallExpression':
        found.calls.push([node, scope]);
        break;
      case 'AssignmentExpression':
        if (node.operator === '=' && node.left.type === 'Identifier') found.assignments.push([node, scope]);
        break;
      case 'Property': {
        const module = forwarded(node);
        if (module !== undefined) found.forwards.set(String(node.key.name ?? node.key.value), strip(module));
      }
    }
  });
  return found;
}

function resolve({ name, text, others }) {
  const { sources, calls, imports, assignments, forwards } = collect(parse(name, text));
  for (const [node, scope] of assignments) {
    const b = scope.lookup(node.left.name);
    if (b?.kind !== 'variable' || b.init) continue;
    b.init = node.right;
    b.scope = scope;
  }
  const loads = sources.map((node) => strip(node.value));
  const seen = Object.fromEntries(others.map((other) => [other, []]));
  const see = (node, how) => {
    const value = constant(node);
    if (value !== undefined && Object.hasOwn(seen, strip(value))) seen[strip(value)].push(how());
  };
  for (const [source, scope] of imports) {
    const value = constant(source);
    if (value !== undefined) loads.push(strip(value));
    else see(initial(source, scope), () => 'import of a constant');
  }
  for (const [node, scope] of calls) {
    const [first] = node.arguments;
    if (isRequire(node.callee, scope)) {
      if (constant(first) !== undefined) loads.push(strip(constant(first)));
      else if (first?.type === 'ArrayExpression') for (const item of first.elements) see(item, () => 'require of an array');
      continue;
    }
    // A bundler's own require is a parameter or a function of one argument.
    if (node.arguments.length === 1 && plain(node.callee).type === 'Identifier') {
      const module = forwards.get(String(constant(first) ?? first.value));
      if (Object.hasOwn(seen, module)) seen[module].push('forward in a bundle');
    }
    for (const argument of node.arguments) {
      if (argument.type === 'ArrayExpression') for (const item of argument.elements) see(item, () => `${calleeOf(node.callee, scope)} []`);
      else see(argument, () => calleeOf(node.callee, scope));
    }
  }
  return { loads, seen };
}

for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    answer = resolve(JSON.parse(line));
  } catch (error) {
    answer = { error: String(error.message) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
