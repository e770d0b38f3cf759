"""What Python makes of manifests and folders, for TestOracle.

Each line of standard input is base64. With "json", it is a package.json, and
the line printed is what it is rewritten to, in base64, or "-" where Python
fails. With "walk", it is a folder's path, and the line printed is the digest.
"""

import base64
import hashlib
import io
import json
import os
import sys

if hasattr(sys, "set_int_max_str_digits"):
    sys.set_int_max_str_digits(0)  # a limit that is younger than the artifact


def rewrite(file):
    manifest = json.load(io.TextIOWrapper(file, encoding="utf-8"))
    manifest["name"] = manifest["version"] = ""
    return json.dumps(manifest, sort_keys=True).encode("ascii")


def digest(folder):
    md5 = hashlib.md5()
    for at, folders, files in os.walk(folder):
        folders.sort()
        for file in sorted(files):
            name = os.path.join(at, file)
            md5.update(os.path.relpath(name, folder).encode("utf-8") + b"\n")
            with open(name, "rb") as content:
                md5.update(rewrite(content) if file == "package.json" else content.read())
    return md5.hexdigest()


def main():
    mode = sys.argv[1]
    for line in sys.stdin:
        data = base64.b64decode(line)
        try:
            if mode == "walk":
                print(digest(data.decode("utf-8")))
            else:
                print(base64.b64encode(rewrite(io.BytesIO(data))).decode("ascii"))
        except (ValueError, TypeError, RecursionError):
            print("-")


main()
