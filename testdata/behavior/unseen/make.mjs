// Makes the obfuscated variants: fires/obfuscated-{low,medium,high}.txtar of every chain from
// sources/<chain>.js (the plain script) and sources/<chain>.txtar (the package around it, with
// @VARIANT@ and @SOURCE@ to fill in).
//
//   NODE_PATH=<folder with javascript-obfuscator 5.8.0> node make.mjs
//
// The option presets are the official ones and the seed is fixed, so a run gives the same text.
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const from = process.env.NODE_PATH ? path.join(process.env.NODE_PATH, 'x.js') : import.meta.url;
const { default: obfuscator, obfuscate = obfuscator.obfuscate } = await import(
  createRequire(from).resolve('javascript-obfuscator')
);

const limit = 90 * 1024;

for (const file of fs.readdirSync(path.join(here, 'sources')).sort()) {
  if (!file.endsWith('.js')) continue;
  const chain = path.basename(file, '.js');
  const source = fs.readFileSync(path.join(here, 'sources', file), 'utf8');
  const around = fs.readFileSync(path.join(here, 'sources', `${chain}.txtar`), 'utf8');
  for (const level of ['low', 'medium', 'high']) {
    const code = obfuscate(source, {
      optionsPreset: `${level}-obfuscation`,
      target: 'node',
      seed: 20240917,
    }).getObfuscatedCode();
    const text = around
      .split('@VARIANT@').join(`obfuscated-${level}`)
      .split('@SOURCE@').join(code);
    if (text.length > limit) throw new Error(`${chain} ${level}: ${text.length} bytes`);
    const out = path.join(here, chain, 'fires', `obfuscated-${level}.txtar`);
    fs.mkdirSync(path.dirname(out), { recursive: true });
    fs.writeFileSync(out, text);
  }
}
