import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { splitGzipMembers } from "@apkmill/archive";
import { keyringOf } from "./keyring.ts";
import { temporaryFolder, testKey, writeTestPackage } from "./testing/packages.ts";
import { verifyPackageFile } from "./verify-package.ts";

const signer = testKey();

/** What must not change unnoticed: all that anybody could install from the package, and who vouches for it. */
async function meaningOf(path: string): Promise<unknown> {
  const { control, signer: name, identity, entries } = await verifyPackageFile(path, signer.keyring);
  return { control, name, identity, entries };
}

test("a package that we write is good", async (t) => {
  const written = await writeTestPackage(await temporaryFolder(t), { key: signer.key });
  const verified = await verifyPackageFile(written.path, signer.keyring);
  assert.equal(verified.signer, "test.rsa.pub");
  assert.equal(verified.identity, written.identity);
  assert.equal(verified.control.dataHash, written.dataHash);
  assert.equal(verified.sizeBytes, written.sizeBytes);
  assert.deepEqual(
    verified.entries.map(({ path, type, mode, linkPath, sha1 }) => [path, type, mode, linkPath, sha1.slice(0, 6)]),
    [
      ["usr", "directory", 0o755, "", ""],
      ["usr/bin", "directory", 0o755, "", ""],
      ["usr/bin/hello", "file", 0o4755, "", "9db6f0"],
      ["usr/bin/hi", "hardlink", 0o4755, "usr/bin/hello", "9db6f0"],
      ["usr/bin/hey", "symlink", 0o777, "hello", "aaf4c6"],
      ["usr/bin/empty", "file", 0o644, "", "da39a3"],
      ["usr/share", "directory", 0o1777, "", ""],
    ],
  );
});

test("every changed byte is refused by name or leaves all content and the signer as they are", async (t) => {
  const folder = await temporaryFolder(t);
  const { path } = await writeTestPackage(folder, { key: signer.key });
  const good = await readFile(path);
  const expected = await meaningOf(path);
  const [signature, control] = splitGzipMembers(good);
  const edges = {
    control: signature?.raw.length ?? 0,
    data: (signature?.raw.length ?? 0) + (control?.raw.length ?? 0),
  };
  const found = new Map<string, number>();
  for (let offset = 0; offset < good.length; offset += 1) {
    for (const mask of [0x01, 0xff]) {
      const changed = Buffer.from(good);
      changed[offset] = (changed[offset] ?? 0) ^ mask;
      await writeFile(join(folder, "changed.apk"), changed);
      const code = await meaningOf(join(folder, "changed.apk")).then(
        (meaning) => {
          assert.deepEqual(meaning, expected, `byte ${String(offset)}`);
          assert.ok(offset < edges.control, `byte ${String(offset)} of signed content passes`);
          return "same";
        },
        (error: unknown) => String((error as { code?: string }).code),
      );
      found.set(code, (found.get(code) ?? 0) + 1);
      if (offset >= edges.data) assert.equal(code, "APK_DATA_HASH", `byte ${String(offset)} of the data`);
      else if (offset >= edges.control) assert.match(code, /^APK_(FORMAT|BAD_SIGNATURE)$/, `byte ${String(offset)}`);
      else assert.match(code, /^(same|APK_FORMAT|APK_UNSIGNED|APK_UNKNOWN_SIGNER|APK_BAD_SIGNATURE)$/);
    }
  }
  // Nobody reads time, flags and system in a gzip header, nor the bits that fill up a deflate block's last byte.
  assert.ok((found.get("same") ?? 0) <= 2 * 7 + 12, `${String(found.get("same"))} changes pass`);
});

test("every truncation and every addition is refused", async (t) => {
  const folder = await temporaryFolder(t);
  const { path } = await writeTestPackage(folder, { key: signer.key });
  const good = await readFile(path);
  const changed = join(folder, "changed.apk");
  for (let length = 0; length < good.length; length += 7) {
    await writeFile(changed, good.subarray(0, length));
    await assert.rejects(meaningOf(changed), { name: "ApkError" }, String(length));
  }
  for (const tail of [Buffer.from([0]), Buffer.alloc(512), good]) {
    await writeFile(changed, Buffer.concat([good, tail]));
    await assert.rejects(meaningOf(changed), { code: "APK_DATA_HASH" });
  }
});

test("who signed is part of the answer", async (t) => {
  const folder = await temporaryFolder(t);
  const stranger = testKey("stranger.rsa.pub");
  const impostor = testKey("test.rsa.pub");
  const none = keyringOf([]);
  const unsigned = await writeTestPackage(join(folder, "unsigned"));
  const strange = await writeTestPackage(join(folder, "strange"), { key: stranger.key });
  const false_ = await writeTestPackage(join(folder, "false"), { key: impostor.key });
  await assert.rejects(verifyPackageFile(unsigned.path, signer.keyring), { code: "APK_UNSIGNED" });
  await assert.rejects(verifyPackageFile(strange.path, signer.keyring), { code: "APK_UNKNOWN_SIGNER" });
  await assert.rejects(verifyPackageFile(false_.path, signer.keyring), { code: "APK_BAD_SIGNATURE" });
  await assert.rejects(verifyPackageFile(join(folder, "absent.apk"), signer.keyring), { code: "APK_MISSING" });
  const allow = { allowUntrusted: true };
  assert.equal((await verifyPackageFile(unsigned.path, none, undefined, allow)).signer, undefined);
  assert.equal((await verifyPackageFile(strange.path, none, undefined, allow)).signer, undefined);
  await assert.rejects(verifyPackageFile(false_.path, signer.keyring, undefined, allow), { code: "APK_BAD_SIGNATURE" });
});
