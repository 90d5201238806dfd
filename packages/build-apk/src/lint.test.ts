import assert from "node:assert/strict";
import { test } from "node:test";
import { lint, requireLinted } from "./lint.ts";
import type { TreeEntry } from "./package-tree.ts";
import { fileEntry, folderEntry, linkEntry } from "./testing/entries.ts";

async function found(
  entries: readonly TreeEntry[],
  packageName = "p",
  tests: readonly string[] = [],
): Promise<string[]> {
  const findings = await lint({ tree: { packageName, entries }, testPipelines: new Set(tests) }, { disabled: [] });
  return findings.map(({ linter, required }) => `${linter}${required ? "!" : ""}`);
}

const rows: readonly (readonly [
  what: string,
  entries: TreeEntry[],
  linters: string[],
  packageName?: string,
  tests?: string[],
])[] = [
  ["nothing wrong", [fileEntry("usr/bin/p", { mode: 0o755 })], []],
  ["a device folder", [folderEntry("dev")], []],
  ["a file among the devices", [fileEntry("dev/x")], ["dev!"]],
  ["a libtool file", [fileEntry("usr/lib/libp.la")], ["libtool/la-files!"]],
  ["a setuid program", [fileEntry("usr/bin/p", { mode: 0o4755 })], ["setuidgid!"]],
  ["a sticky folder", [folderEntry("usr/share/p", { mode: 0o1777 })], []],
  ["a file in tmp", [fileEntry("tmp/x")], ["tempdir!"]],
  ["a folder in run", [folderEntry("run/p")], ["tempdir!"]],
  ["a folder in run with a snippet", [folderEntry("run/p"), fileEntry("usr/lib/tmpfiles.d/p.conf")], []],
  ["a program in /bin", [fileEntry("bin/p")], ["usrmerge!"]],
  ["a link in the place of /lib", [linkEntry("lib", "usr/lib")], ["usrmerge!"]],
  ["a file in /var/empty", [fileEntry("var/empty/x")], ["varempty!"]],
  ["a file everybody may write", [fileEntry("usr/share/x", { mode: 0o666 })], ["worldwrite!"]],
  ["an info index", [fileEntry("usr/share/info/dir")], ["infodir!", "maninfo"]],
  ["a static library", [fileEntry("usr/lib/libp.a")], ["staticarchive"]],
  ["a static library in a -dev package", [fileEntry("usr/lib/libp.a")], [], "p-dev"],
  ["an object file", [fileEntry("usr/lib/x.o")], ["object"]],
  ["a file below /opt", [fileEntry("opt/x")], ["opt"]],
  ["a file below /opt in a -compat package", [fileEntry("opt/x")], [], "p-compat"],
  ["a file below /usr/local", [fileEntry("usr/local/bin/x")], ["usrlocal"]],
  ["a file below /srv", [fileEntry("srv/x")], ["srv"]],
  ["a page of the manual", [fileEntry("usr/share/man/man1/p.1")], ["maninfo"]],
  ["a page of the manual in a -doc package", [fileEntry("usr/share/man/man1/p.1")], [], "p-doc"],
  ["a shared object", [fileEntry("usr/lib/libp.so.1")], ["lddcheck"]],
  ["a shared object that is tested", [fileEntry("usr/lib/libp.so.1")], [], "p", ["test/tw/ldd-check"]],
  ["a pkg-config module", [fileEntry("usr/lib/pkgconfig/p.pc")], ["pkgconf"]],
  ["a pkg-config module that is tested", [fileEntry("usr/lib/pkgconfig/p.pc")], [], "p", ["test/pkgconf"]],
  ["a foreign file among the SBOMs", [fileEntry("var/lib/db/sbom/x.json")], ["sbom"]],
  ["an SBOM", [fileEntry("var/lib/db/sbom/x.spdx.json")], []],
  ["a Windows library", [fileEntry("usr/lib/x.dll")], ["dll"]],
  ["what is for macOS", [fileEntry("usr/share/p/darwin/x")], ["nonlinux"]],
  [
    "two Python modules",
    ["a", "b"].map((name) => folderEntry(`usr/lib/python3.12/site-packages/${name}`)),
    ["python/multiple"],
  ],
];

for (const [what, entries, linters, packageName, tests] of rows) {
  test(`${what} is judged as ${linters.length === 0 ? "fine" : linters.join(" and ")}`, async () => {
    assert.deepEqual(await found(entries, packageName, tests), linters);
  });
}

test("a disabled linter warns, a required one ends the build with its advice", async () => {
  const subject = {
    tree: { packageName: "p", entries: [fileEntry("usr/bin/p", { mode: 0o4755 })] },
    testPipelines: new Set<string>(),
  };
  const strict = await lint(subject, { disabled: [] });
  assert.throws(() => requireLinted(strict), {
    code: "BUILD_LINT_FAILED",
    message: /usr\/bin\/p/,
    hint: /checks\.disabled/,
  });
  const mild = await lint(subject, { disabled: ["setuidgid"] });
  assert.deepEqual(
    mild.map(({ required }) => required),
    [false],
  );
  requireLinted(mild);
});

test("linters that are off run when they are asked for, and unknown ones are named", async () => {
  const subject = { tree: { packageName: "p", entries: [] }, testPipelines: new Set<string>() };
  const findings = await lint(subject, { disabled: [], require: ["empty"] });
  assert.deepEqual(
    findings.map(({ linter, required }) => [linter, required]),
    [["empty", true]],
  );
  await assert.rejects(lint(subject, { disabled: ["emtpy"] }), { code: "BUILD_BAD_OPTION", message: /emtpy/ });
});
