import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFile, readdir } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { readIndex, requireIndexSigner } from "./index-file.ts";
import { indexPackages } from "./index-packages.ts";
import { loadKeyring } from "./keyring.ts";
import { openRepositories } from "./repositories.ts";
import { requireSolution, solve } from "./solve.ts";
import { corpora } from "./testing/corpora.ts";
import { temporaryFolder, testPorts } from "./testing/packages.ts";
import { verifyPackageFile } from "./verify-package.ts";

/** A script that makes a signed repository of Debian packages; it has nothing in common with this engine but the format. */
const script = join(corpora, "../tools/deb2apk.py");
const missing = ["python3", "openssl", "dpkg-deb", "apt-get"].filter(
  (tool) => spawnSync(tool, ["--version"]).error !== undefined,
);
const skip =
  (missing.length === 0 ? false : `needs ${missing.join(", ")}`) ||
  (process.arch === "x64" ? false : "needs an x86_64 machine") ||
  (existsSync(script) ? false : "needs corpora/../tools/deb2apk.py");

test("a repository that another implementation made is verified, indexed alike and resolved", { skip }, async (t) => {
  const folder = await temporaryFolder(t);
  const made = spawnSync("python3", [script, "--out", folder, "hello"], { encoding: "utf8", timeout: 120_000 });
  const packages = join(folder, "packages/x86_64");
  const names = (await readdir(packages).catch(() => [])).filter((name) => name.endsWith(".apk"));
  if (made.status !== 0 || !names.some((name) => name.startsWith("hello-"))) {
    t.skip("needs Debian's package lists and packages");
    return;
  }
  const ports = await testPorts(t, folder);
  const keyring = await loadKeyring(ports, [join(folder, "corpus.rsa.pub")]);
  const paths = names.map((name) => join(packages, name));
  for (const path of paths) {
    const { signer, entries } = await verifyPackageFile(path, keyring);
    assert.equal(signer, "corpus.rsa.pub");
    assert.ok(entries.length > 0);
  }
  const index = readIndex(await readFile(join(packages, "APKINDEX.tar.gz")));
  assert.equal(requireIndexSigner(index, keyring, "index"), "corpus.rsa.pub");
  const theirs = new Map(index.records.map((record) => [record.name, record]));
  const ours = await indexPackages(paths, { arch: "x86_64", keyring, verify: true });
  assert.equal(ours.length, index.records.length);
  for (const record of ours) assert.deepEqual(record, theirs.get(record.name), record.name);
  const repositories = await openRepositories(ports, {
    locations: [join(folder, "packages")],
    keyring,
    arch: "x86_64",
  });
  const chosen = requireSolution(solve({ repositories, world: ["hello"], arch: "x86_64" }));
  assert.deepEqual(
    chosen.map(({ record }) => record.name).filter((name) => ["libc6", "hello"].includes(name)),
    ["libc6", "hello"],
  );
});
