import assert from "node:assert/strict";
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { test } from "node:test";
import { defaultLimits, isEngineError } from "@apkmill/core";
import { fetchPackage } from "../fetch-package.ts";
import { readIndex, requireIndexSigner } from "../index-file.ts";
import { keyringOf, parsePublicKey } from "../keyring.ts";
import type { Keyring, PublicKey } from "../keys.ts";
import { openPackageData, readPackageFile } from "../package-data.ts";
import { parseIndexText } from "../index-text.ts";
import { openRepositories } from "../repositories.ts";
import type { AvailablePackage, Repository } from "../repository.ts";
import { requireSolution, solve } from "../solve.ts";
import { corpora, lacking, packagesIn } from "../testing/corpora.ts";
import { temporaryFolder, testPorts } from "../testing/packages.ts";
import { verifyPackageFile } from "../verify-package.ts";

const folder = "openwrt-v3";
const skip = lacking(folder);
const keyNames = ["apk.mossdef.org.pem", "apk.openwrt.melmac.ca.pem", "apk.openwrt.melmac.net.pem"];
const signer = "apk.openwrt.melmac.net.pem";

async function openKeyring(): Promise<Keyring> {
  const read = async (name: string): Promise<PublicKey> =>
    parsePublicKey(name, await readFile(join(corpora, folder, name), "utf8"));
  return keyringOf(await Promise.all(keyNames.map(read)));
}

test("all packages are verified and listed, and are those that the index names", { skip }, async () => {
  const keyring = await openKeyring();
  const index = readIndex(await readFile(join(corpora, folder, "packages.adb")));
  assert.equal(requireIndexSigner(index, keyring, "index"), signer);
  const verified = await Promise.all(packagesIn(folder).map((path) => verifyPackageFile(path, keyring)));
  assert.equal(verified.length, 15);
  for (const one of verified) {
    const record = index.records.find(({ name }) => name === one.control.name);
    assert.deepEqual([one.format, one.signer], ["v3", signer]);
    assert.deepEqual(
      [one.identity, one.control.version, one.sizeBytes],
      [record?.checksum, record?.version, record?.sizeBytes],
    );
    assert.deepEqual([one.control.depends, one.control.provides], [record?.depends, record?.provides]);
    const files = one.entries.filter(({ type }) => type === "file");
    assert.ok(files.length > 0);
    assert.equal(
      files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      one.control.installedSizeBytes,
    );
  }
});

/** The C library of the distribution, which all of them need, is not in the corpus. */
const base: Repository = {
  location: "memory",
  tag: "",
  arch: "x86_64",
  records: parseIndexText(`C:Q1${Buffer.alloc(20).toString("base64")}\nP:libc\nV:1\nA:noarch\n`),
  signer: undefined,
};

/** The package that a world of `name` needs beside the C library. */
function chosen(repositories: readonly Repository[], name: string): AvailablePackage {
  const solution = solve({ repositories: [base, ...repositories], world: [name], arch: "x86_64" });
  const [, available] = requireSolution(solution);
  assert.ok(available?.record.name === name);
  return available;
}

/** A generator of numbers that gives the same ones every time. */
function sequence(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/**
 * Deflate can say one content in several ways: where the text repeats, a changed distance may point to an equal piece. Such a
 * file is the same package, with the same identity, and nothing in it tells which way its signer chose. Of 62,000 changed
 * bits of these files 22 were of that kind.
 */
test("changed bits, spread over every file, are refused or change nothing that was signed", { skip }, async (t) => {
  const keyring = await openKeyring();
  const path = join(await temporaryFolder(t), "changed.apk");
  let same = 0;
  let tried = 0;
  for (const original of [...packagesIn(folder), join(corpora, folder, "packages.adb")]) {
    const good = await readFile(original);
    const read = async (bytes: Buffer): Promise<unknown> => {
      if (original.endsWith(".adb")) {
        const index = readIndex(bytes);
        return [index.records, requireIndexSigner(index, keyring, "index")];
      }
      await writeFile(path, bytes);
      return verifyPackageFile(path, keyring);
    };
    const expected = await read(good);
    const random = sequence(good.length);
    const positions = [
      0,
      3,
      4,
      5,
      good.length - 2,
      good.length - 1,
      ...Array.from({ length: 40 }, () => random(good.length)),
    ];
    for (const at of positions) {
      const changed = Buffer.from(good);
      changed[at] = (changed[at] ?? 0) ^ (1 << random(8));
      tried += 1;
      await read(changed).then(
        (found) => {
          assert.deepEqual(found, expected, `${basename(original)}: byte ${String(at)}`);
          same += 1;
        },
        (error: unknown) => {
          assert.ok(isEngineError(error), `${basename(original)}: byte ${String(at)}: ${String(error)}`);
        },
      );
    }
  }
  assert.ok(tried > 700 && same <= 3, `${String(same)} of ${String(tried)} changes pass`);
});

test("every cut and every addition is refused", { skip }, async (t) => {
  const keyring = await openKeyring();
  const path = join(await temporaryFolder(t), "changed.apk");
  for (const original of packagesIn(folder)) {
    const good = await readFile(original);
    for (const bytes of [
      good.subarray(0, -1),
      good.subarray(0, good.length >> 1),
      Buffer.concat([good, Buffer.alloc(1)]),
      Buffer.concat([good, good]),
    ]) {
      await writeFile(path, bytes);
      await assert.rejects(verifyPackageFile(path, keyring), { code: "APK_FORMAT" });
    }
  }
});

test(
  "the index and the packages beside it are a repository: resolved, fetched by identity, and found again",
  { skip },
  async (t) => {
    const ports = await testPorts(t, await temporaryFolder(t));
    const keyring = await openKeyring();
    const locations = [join(corpora, folder, "packages.adb")];
    const repositories = await openRepositories(ports, { locations, keyring, arch: "x86_64" });
    const available = chosen(repositories, "wireless-regdb");
    const stored = await fetchPackage(ports, available);
    assert.deepEqual(
      [stored.format, stored.control.name, stored.apkSizeBytes],
      ["v3", "wireless-regdb", available.record.sizeBytes],
    );
    assert.equal(
      stored.identity,
      `Q1${Buffer.from(available.record.checksum.slice(2), "base64").toString("base64", 0, 20)}`,
    );
    const broken = { ...ports, http: { ...ports.http, request: () => Promise.reject(new Error("not needed")) } };
    const missing = { ...available, repository: { ...available.repository, location: "/nowhere" } };
    assert.deepEqual(await fetchPackage(broken, missing), stored);
    for await (const { entry, content } of openPackageData(ports, stored)) {
      const bytes = Buffer.concat(await Array.fromAsync(content));
      assert.equal(bytes.length, entry.sizeBytes);
    }
  },
);

test(
  "the same repository with one folder for each architecture, under the name of v2 or of v3",
  { skip },
  async (t) => {
    const keyring = await openKeyring();
    const ports = await testPorts(t, await temporaryFolder(t));
    const index = join(corpora, folder, "packages.adb");
    for (const [keyword, name] of [
      ["", "APKINDEX.tar.gz"],
      ["v3 ", "Packages.adb"],
    ] as const) {
      const root = await temporaryFolder(t);
      await mkdir(join(root, "x86_64"));
      await cp(index, join(root, "x86_64", name));
      // The records say noarch, and clients look for a package in the folder that its record names.
      await cp(join(corpora, folder), join(root, "noarch"), { recursive: true });
      const repositories = await openRepositories(ports, { locations: [`${keyword}${root}`], keyring, arch: "x86_64" });
      const available = chosen(repositories, "wireless-regdb");
      assert.equal((await fetchPackage(ports, available)).format, "v3");
    }
  },
);

test("two stores make the same data section of a package", { skip }, async (t) => {
  for (const path of packagesIn(folder).slice(0, 3)) {
    const [one, other] = await Promise.all([
      testPorts(t, await temporaryFolder(t)),
      testPorts(t, await temporaryFolder(t)),
    ]);
    assert.deepEqual(
      await readPackageFile(one, path),
      await readPackageFile({ ...other, limits: defaultLimits }, path),
    );
  }
});
