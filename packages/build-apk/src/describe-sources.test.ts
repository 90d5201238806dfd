import assert from "node:assert/strict";
import { test } from "node:test";
import { parsePackageConfig } from "@apkmill/config";
import { compilePackageConfig } from "./compile.ts";
import { describeSources } from "./describe-sources.ts";

const sha256 = "ab".repeat(32);
const commit = "cd".repeat(20);

async function sourcesOf(pipeline: string): ReturnType<typeof describe> {
  return describe(`package: {name: p, version: "1", epoch: 0}\npipeline:\n${pipeline}`);
}

async function describe(text: string) {
  return describeSources((await compilePackageConfig(parsePackageConfig(text), { arch: "x86_64" })).pipeline);
}

test("archives and repositories are sources with what was demanded of them", async () => {
  const sources = await sourcesOf(`
  - uses: fetch
    with: {uri: "https://example.org/p-\${{package.version}}.tar.gz", expected-sha256: ${sha256}}
  - pipeline:
      - uses: git-checkout
        with: {repository: "https://user:word@example.org/team/tool.git", tag: v2, expected-commit: ${commit}}
`);
  assert.deepEqual(sources, [
    { name: "p", version: "1", location: "https://example.org/p-1.tar.gz", sha256 },
    { name: "tool", version: "v2", location: `git+https://example.org/team/tool.git@${commit}` },
  ]);
});

test("steps that are off, and steps that fetch nothing, give no source", async () => {
  const sources = await sourcesOf(`
  - if: "'a' == 'b'"
    uses: fetch
    with: {uri: "https://example.org/x.tar.gz", expected-sha256: ${sha256}}
  - runs: make
`);
  assert.deepEqual(sources, []);
});
