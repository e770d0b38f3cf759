// Prints, as JSON, what minifiers and an obfuscator make of a script:
//
//   transform.mjs FOLDER SCRIPT
//
// FOLDER is the one that fetch.sh made. The script is never run.
import {createRequire} from 'node:module';
import {readFileSync} from 'node:fs';
import {join, resolve} from 'node:path';

const [folder, script] = process.argv.slice(2);
const load = createRequire(join(resolve(folder), 'tools', 'package.json'));
const source = readFileSync(script, 'utf8');

const uglified = load('uglify-js').minify(source, {toplevel: true});
if (uglified.error) throw uglified.error;
const out = {
  terser: (await load('terser').minify(source, {toplevel: true})).code,
  esbuild: load('esbuild').transformSync(source, {minify: true, format: 'cjs', platform: 'node'}).code,
  uglify: uglified.code,
  babel: load('@babel/core').transformSync(source, {
    configFile: false,
    babelrc: false,
    comments: false,
    compact: true,
    sourceType: 'script',
    presets: [load.resolve('babel-preset-minify')],
  }).code,
};
// The presets as they are, and the highest with other options, with a seed so that
// the output is always the same.
const obfuscator = load('javascript-obfuscator');
const obfuscated = (level, options) =>
  obfuscator.obfuscate(source, {optionsPreset: level + '-obfuscation', seed: 1, ...options}).getObfuscatedCode();
for (const level of ['low', 'medium', 'high']) {
  out[level] = obfuscated(level);
}
Object.assign(out, {
  'high, another seed': obfuscated('high', {seed: 2}),
  'high, all encodings': obfuscated('high', {stringArrayEncoding: ['none', 'base64', 'rc4']}),
  'high, short names': obfuscated('high', {identifierNamesGenerator: 'mangled'}),
  'high, global names': obfuscated('high', {renameGlobals: true}),
  'high, escaped strings': obfuscated('high', {unicodeEscapeSequence: true}),
  'high, indexes as texts': obfuscated('high', {stringArrayIndexesType: ['hexadecimal-numeric-string']}),
});
process.stdout.write(JSON.stringify(out));
