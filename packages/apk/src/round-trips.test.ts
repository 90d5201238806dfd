import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import type { PackageItem } from "./data-writer.ts";
import { encodeIndex, readIndex, requireIndexSigner } from "./index-file.ts";
import { formatPackageControl, parsePackageControl } from "./package-control.ts";
import type { IndexRecord, PackageControl } from "./package-info.ts";
import { temporaryFolder, testControl, testEntry, testFile, testKey, writeTestPackage } from "./testing/packages.ts";
import { verifyPackageFile } from "./verify-package.ts";

const { key, keyring } = testKey();

const name = fc.stringMatching(/^[a-z0-9][a-z0-9._+-]{0,30}$/);
const version = fc
  .tuple(fc.nat(99), fc.nat(99), fc.nat(9))
  .map(([a, b, r]) => `${String(a)}.${String(b)}-r${String(r)}`);
/** One line without leading or trailing space, of any characters that a line may hold. */
const line = fc
  .string({ unit: "grapheme", maxLength: 60 })
  .map((text) => text.replace(/[\n\r\0]/g, " ").trim())
  .filter((text) => text.isWellFormed());
const items = fc.array(
  fc.tuple(name, version).map(([item, at]) => `${item}=${at}`),
  { maxLength: 5 },
);
const count = fc.integer({ min: 0, max: 999_999_999_999_999 });

const controls: fc.Arbitrary<PackageControl> = fc
  .record({
    name,
    version,
    description: line,
    url: line,
    license: line,
    maintainer: line,
    commit: line,
    buildTime: count,
    installedSizeBytes: count,
    providerPriority: count,
    replacesPriority: count,
    depends: items,
    provides: items,
    installIf: items,
    replaces: items,
    triggers: fc.array(fc.stringMatching(/^\/[a-z*/]{1,20}$/), { maxLength: 3 }),
    dataHash: fc.stringMatching(/^[0-9a-f]{64}$/),
  })
  .map((fields) => testControl({ ...fields, origin: fields.name }));

test("a control record is read back as it was written", () => {
  fc.assert(
    fc.property(controls, (control) => {
      assert.deepEqual(parsePackageControl(formatPackageControl(control)), control);
    }),
    { numRuns: 200 },
  );
});

const records: fc.Arbitrary<IndexRecord> = controls.map((control) => ({
  checksum: "Q1Ks8Hhb8cBMDMXXDkVEZUCNqzEU8=",
  name: control.name,
  version: control.version,
  arch: control.arch,
  sizeBytes: control.buildTime,
  installedSizeBytes: control.installedSizeBytes,
  description: control.description,
  url: control.url,
  license: control.license,
  origin: control.origin,
  maintainer: control.maintainer,
  commit: control.commit,
  buildTime: control.buildTime,
  providerPriority: control.providerPriority,
  depends: control.depends,
  provides: control.provides,
  installIf: control.installIf,
  problem: undefined,
}));

test("a signed index is read back as it was written, and is the same bytes when it is written again", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(records, { maxLength: 8 }), line, async (list, description) => {
      const bytes = await encodeIndex(list, { description, keys: [key] });
      const index = readIndex(bytes);
      assert.equal(requireIndexSigner(index, keyring, "index"), key.name);
      assert.deepEqual([index.description, index.records], [description, list]);
      assert.ok((await encodeIndex(list, { description, keys: [key] })).equals(bytes));
    }),
    { numRuns: 30 },
  );
});

/** Files, links and folders below `d`, each name once. */
const payloads: fc.Arbitrary<PackageItem[]> = fc
  .uniqueArray(
    fc.record({
      base: fc.string({ unit: "grapheme", minLength: 1, maxLength: 120 }).filter(isBaseName),
      kind: fc.constantFrom("file", "symlink", "directory", "fifo", "hardlink"),
      text: fc.string({ maxLength: 2000 }),
      mode: fc.integer({ min: 0, max: 0o7777 }),
      xattr: fc.uint8Array({ maxLength: 40 }),
    }),
    { selector: ({ base }) => base, maxLength: 6 },
  )
  .map((parts) => [
    { entry: testEntry({ path: "d", type: "directory" }) },
    testFile("d/0 target", "what hard links lead to"),
    ...parts.map(({ base, kind, text, mode, xattr }): PackageItem => {
      const path = `d/x${base}`;
      const xattrs = new Map<string, Uint8Array>(xattr.length === 0 ? [] : [["user.x", xattr]]);
      if (kind === "file") return testFile(path, text, { mode, xattrs });
      if (kind === "symlink") return { entry: testEntry({ path, type: kind, linkPath: `../${base}`, mode: 0o777 }) };
      if (kind === "hardlink") return { entry: testEntry({ path, type: kind, linkPath: "d/0 target" }) };
      return { entry: testEntry({ path, type: kind, mode }) };
    }),
  ]);

function isBaseName(text: string): boolean {
  const hasControls = Array.from(text).some((character) => character < " " || character === "\u007f");
  return text.isWellFormed() && !hasControls && !text.includes("/");
}

test("a package is verified as it was written", async (t) => {
  const folder = await temporaryFolder(t);
  await fc.assert(
    fc.asyncProperty(payloads, controls, async (entries, control) => {
      const written = await writeTestPackage(folder, {
        entries,
        control: { ...control, name: "p", version: "1-r0" },
        key,
      });
      const verified = await verifyPackageFile(join(folder, "p-1-r0.apk"), keyring);
      assert.deepEqual(
        [verified.signer, verified.identity, verified.sizeBytes],
        [key.name, written.identity, written.sizeBytes],
      );
      assert.deepEqual(verified.control, { ...control, name: "p", version: "1-r0", dataHash: written.dataHash });
      assert.deepEqual(
        verified.entries.map((entry) => ({ ...entry, sha1: "", sha256: "" })),
        entries.map(({ entry }) => ({ ...entry, sha1: "", sha256: "" })),
      );
    }),
    { numRuns: 60 },
  );
});
