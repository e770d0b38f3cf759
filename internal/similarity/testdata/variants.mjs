// Writes variants/ anew from payloads/: the same scripts after tools that people
// use to reformat, rename and minify. node variants.mjs installs the tools at
// exact versions into a temporary folder, without running their scripts.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const tools = process.env.SIMILARITY_TOOLS ?? mkdtempSync(join(tmpdir(), 'variants-'));
execFileSync('npm', ['install', '--prefix', tools, '--ignore-scripts', '--no-audit', '--no-fund', '--silent',
  'terser@5.51.2', 'esbuild@0.28.2', 'prettier@3.10.1', '@babel/core@8.1.2'], { stdio: 'inherit' });
const require = createRequire(join(tools, 'package.json'));
const terser = require('terser');
const esbuild = require('esbuild');
const prettier = require('prettier');
const babel = await import(require.resolve('@babel/core'));

// rename gives every binding of every scope a name that says nothing.
function rename(text, module) {
  let n = 0;
  const plugin = {
    visitor: {
      Scopable(path) {
        for (const name of Object.keys(path.scope.bindings)) {
          if (path.scope.bindings[name].scope === path.scope && !/^item\d+$/.test(name)) {
            path.scope.rename(name, 'item' + n++);
          }
        }
      },
    },
  };
  return babel.transformSync(text, {
    plugins: [() => plugin], babelrc: false, configFile: false, comments: false,
    sourceType: module ? 'module' : 'script', parserOpts: { allowReturnOutsideFunction: true },
  }).code;
}

const transformations = {
  prettier: (text) => prettier.format(text, { parser: 'babel', useTabs: true, semi: false, singleQuote: true, quoteProps: 'as-needed', printWidth: 60, trailingComma: 'none', arrowParens: 'avoid' }),
  renamed: (text, module) => rename(text, module),
  esbuild: async (text) => (await esbuild.transform(text, { minify: true })).code,
  'esbuild-bundle': async (text, module, file) => (await esbuild.build({
    stdin: { contents: text, resolveDir: here, sourcefile: file }, bundle: true, platform: 'node', minify: true, write: false, logLevel: 'error',
    external: ['./*'],
  })).outputFiles[0].text,
  'terser-syntax': async (text, module) => (await terser.minify(text, { module, compress: false, mangle: false })).code,
  terser: async (text, module) => (await terser.minify(text, { module, compress: {}, mangle: true })).code,
  'terser-toplevel': async (text, module) => (await terser.minify(text, { module, toplevel: true, compress: { passes: 3, ecma: 2020 }, mangle: true })).code,
  'renamed-terser': async (text, module) => (await terser.minify(rename(text, module), { module, toplevel: true, compress: { passes: 2, arrows: true, ecma: 2020 }, mangle: true, format: { beautify: true } })).code,
};

rmSync(join(here, 'variants'), { recursive: true, force: true });
for (const file of readdirSync(join(here, 'payloads')).sort()) {
  let text = readFileSync(join(here, 'payloads', file), 'utf8');
  const extension = extname(file);
  if (extension === '.ts') {
    text = (await esbuild.transform(text, { loader: 'ts' })).code;
  }
  const module = extension !== '.js' || /^import /m.test(text);
  for (const [name, transform] of Object.entries(transformations)) {
    mkdirSync(join(here, 'variants', name), { recursive: true });
    const out = await transform(text, module, file);
    writeFileSync(join(here, 'variants', name, file.replace(/\.ts$/, '.mjs')), out.trimEnd() + '\n');
  }
}
if (!process.env.SIMILARITY_TOOLS) {
  rmSync(tools, { recursive: true, force: true });
}
