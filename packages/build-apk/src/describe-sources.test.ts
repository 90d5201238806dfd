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
    {
      name: "p",
      version: "1",
      location: "https://example.org/p-1.tar.gz",
      sha256,
      purl: `pkg:generic/p@1?checksum=sha256%3A${sha256}&download_url=https%3A%2F%2Fexample.org%2Fp-1.tar.gz`,
    },
    {
      name: "tool",
      version: "v2",
      location: `git+https://example.org/team/tool.git@${commit}`,
      purl: `pkg:generic/team/tool@v2?vcs_url=git%2Bhttps%3A%2F%2Fexample.org%2Fteam%2Ftool.git%40${commit}`,
    },
  ]);
});

test("an archive has the checksums that were demanded of it, and the name that the step gives it", async () => {
  const sha512 = "ef".repeat(64);
  const [both, none, here] = await sourcesOf(`
  - uses: fetch
    with: {uri: "https://user:word@example.org/x", expected-sha256: ${sha256}, expected-sha512: ${sha512}, purl-name: X+, purl-version: "2"}
  - uses: fetch
    with: {uri: "https://example.org/y", expected-none: yes}
  - uses: fetch
    with: {uri: "/srv/y", expected-none: yes}
`);
  const sums = `sha256%3A${sha256}%2Csha512%3A${sha512}`;
  assert.equal(both?.purl, `pkg:generic/X%2B@2?checksum=${sums}&download_url=https%3A%2F%2Fexample.org%2Fx`);
  assert.deepEqual([both.sha256, both.sha512], [sha256, sha512]);
  assert.equal(none?.purl, "pkg:generic/p@1?download_url=https%3A%2F%2Fexample.org%2Fy");
  assert.equal(here?.purl, undefined);
});

const repositories: readonly [repository: string, wanted: string, purl: string | undefined][] = [
  ["https://github.com/Team/Tool.git", "tag: v2", "pkg:github/team/tool@v2"],
  ["https://github.com/team/tool/", `expected-commit: ${commit}`, `pkg:github/team/tool@${commit}`],
  ["https://github.com/team/tool", `tag: v2, expected-commit: ${commit}`, "pkg:github/team/tool@v2"],
  ["https://github.com/team/tool", "branch: main", undefined],
  ["ssh://git@example.org/~a/b", "tag: v2", "pkg:generic/~a/b@v2?vcs_url=git%2Bssh%3A%2F%2Fexample.org%2F~a%2Fb"],
  ["git@example.org:a/b", "tag: v2", undefined],
  ["/srv/git/tool", "tag: v2", undefined],
];

for (const [repository, wanted, purl] of repositories)
  test(`the repository ${repository} at ${wanted} is ${purl ?? "no package URL"}`, async () => {
    const [source] = await sourcesOf(`
  - uses: git-checkout
    with: {repository: "${repository}", ${wanted}}
`);
    assert.equal(source?.purl, purl);
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
