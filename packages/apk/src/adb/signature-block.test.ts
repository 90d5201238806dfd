import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { adbKey, adbKeyring, keyringFor, richPackage, writeAdb } from "../testing/adb-packages.ts";
import {
  encodeBlock,
  encodeContainer,
  encodePackageParts,
  encodeSignature,
  type KeyPair,
} from "../testing/adb-writer.ts";
import { verifyPackageFile } from "../verify-package.ts";
import { keyIdOf } from "./signature-block.ts";

test("signatures are by the id of a key: RSA or elliptic curve, over any of three hashes", async (t) => {
  const rsa: KeyPair = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const p384: KeyPair = generateKeyPairSync("ec", { namedCurve: "P-384" });
  const { payload, contents } = encodePackageParts(richPackage);
  const signed = (...signatures: Buffer[]): Buffer =>
    Buffer.concat([
      encodeContainer("pckg", payload),
      ...signatures.map((signature) => encodeBlock(1, signature)),
      ...contents.map((content) => encodeBlock(2, content)),
    ]);
  for (const [name, pair] of [
    ["rsa", rsa],
    ["p384", p384],
    ["ec", adbKey],
  ] as const) {
    for (const algorithm of [3, 4, 5]) {
      const path = await writeAdb(t, signed(encodeSignature("pckg", payload, pair, algorithm)));
      const { signer, signatures } = await verifyPackageFile(path, keyringFor(name, pair));
      assert.equal(signer, name);
      const digest = { 3: "sha256", 4: "sha512", 5: "sha256-160" }[algorithm];
      assert.deepEqual(signatures, [{ algorithm: digest, keyId: keyIdOf(pair.publicKey) }]);
    }
  }
  const good = encodeSignature("pckg", payload, adbKey);
  const stranger = encodeSignature("pckg", payload, rsa);
  const forIndex = encodeSignature("indx", payload, adbKey);
  const bad = Buffer.from(good);
  bad[good.length - 1] = (bad[good.length - 1] ?? 0) ^ 1;
  const unknown = Buffer.from(good);
  unknown[1] = 6;
  const rows: (readonly [code: string | undefined, ...signatures: Buffer[]])[] = [
    ["APK_UNSIGNED"],
    ["APK_UNKNOWN_SIGNER", stranger],
    [undefined, stranger, good],
    ["APK_BAD_SIGNATURE", forIndex],
    ["APK_BAD_SIGNATURE", bad],
    ["APK_BAD_SIGNATURE", good, bad],
    ["APK_BAD_SIGNATURE", unknown],
    ["APK_FORMAT", good.subarray(0, 18)],
  ];
  for (const [code, ...signatures] of rows) {
    const work = verifyPackageFile(await writeAdb(t, signed(...signatures)), adbKeyring);
    if (code === undefined) assert.equal((await work).signer, "test.pem");
    else await assert.rejects(work, { code });
  }
  const path = await writeAdb(t, signed(stranger));
  assert.equal((await verifyPackageFile(path, adbKeyring, undefined, { allowUntrusted: true })).signer, undefined);
  const falsified = await writeAdb(t, signed(bad));
  await assert.rejects(verifyPackageFile(falsified, adbKeyring, undefined, { allowUntrusted: true }), {
    code: "APK_BAD_SIGNATURE",
  });
});
