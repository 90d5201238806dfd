import assert from "node:assert/strict";
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { loadKeyring } from "./keyring.ts";
import { loadSigningKey } from "./signing-key.ts";
import { outcomeOf } from "./testing/broken-row.ts";
import { temporaryFolder, testKey, testPorts } from "./testing/packages.ts";

const good = testKey();
const rsa = generateKeyPairSync("rsa", { modulusLength: 1024 });
const pemOf = (key: KeyObject, type: "spki" | "pkcs8"): string => key.export({ type, format: "pem" }).toString();
const secret = pemOf(generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey, "pkcs8");

/** File contents that are no key, and what reading them as a public and as a private key gives. */
const rows: readonly (readonly [name: string, content: string | Buffer, asPublic: string, asPrivate: string])[] = [
  ["nothing", "", "KEY_FORMAT", "KEY_FORMAT"],
  ["text", "not a key", "KEY_FORMAT", "KEY_FORMAT"],
  ["zeros", Buffer.alloc(4096), "KEY_FORMAT", "KEY_FORMAT"],
  ["more than any key", Buffer.alloc(70_000, 65), "KEY_MISSING", "KEY_MISSING"],
  ["a PEM header alone", "-----BEGIN PUBLIC KEY-----\n", "KEY_FORMAT", "KEY_FORMAT"],
  ["a PEM of nothing", "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n", "KEY_FORMAT", "KEY_FORMAT"],
  ["a private key cut short", secret.slice(0, 500), "KEY_FORMAT", "KEY_FORMAT"],
  ["a public key cut short", good.publicPem.slice(0, 100), "KEY_FORMAT", "KEY_FORMAT"],
  ["a public key", good.publicPem, "accepted", "KEY_FORMAT"],
  ["a private key", good.privatePem, "KEY_FORMAT", "accepted"],
  ["a short RSA key", pemOf(rsa.privateKey, "pkcs8"), "KEY_FORMAT", "KEY_FORMAT"],
];

test("what is no key is refused as a public and as a private one", async (t) => {
  const folder = await temporaryFolder(t);
  const ports = await testPorts(t, folder);
  for (const [name, content, asPublic, asPrivate] of rows) {
    const path = join(folder, "key.rsa.pub");
    await writeFile(path, content);
    assert.equal(await outcomeOf(() => loadKeyring(ports, [path])), asPublic, `${name} as a public key`);
    assert.equal(await outcomeOf(() => loadKeyring(ports, [folder])), asPublic, `${name} in a folder of keys`);
    assert.equal(await outcomeOf(() => loadSigningKey(path)), asPrivate, `${name} as a private key`);
  }
});

test("every key cut short, and every one with a byte changed, is refused in a coded way or is a key", async (t) => {
  const folder = await temporaryFolder(t);
  const ports = await testPorts(t, folder);
  const path = join(folder, "key.rsa.pub");
  for (let offset = 0; offset < good.publicPem.length; offset += 7) {
    const changed = Buffer.from(good.publicPem);
    changed[offset] = (changed[offset] ?? 0) ^ 1;
    for (const bytes of [changed, changed.subarray(0, offset)]) {
      await writeFile(path, bytes);
      assert.match(await outcomeOf(() => loadKeyring(ports, [path])), /^(accepted|KEY_FORMAT)$/, String(offset));
    }
  }
});

test("keys that are not there, or are no files, are refused", async (t) => {
  const folder = await temporaryFolder(t);
  await mkdir(join(folder, "dir.pub"));
  const ports = await testPorts(t, folder);
  assert.equal(await outcomeOf(() => loadKeyring(ports, [join(folder, "absent")])), "KEY_MISSING");
  assert.equal(await outcomeOf(() => loadKeyring(ports, ["a\0b"])), "KEY_MISSING");
  assert.equal(await outcomeOf(() => loadSigningKey(join(folder, "dir.pub"))), "KEY_MISSING");
  assert.equal(await outcomeOf(() => loadSigningKey(join(folder, "absent"))), "KEY_MISSING");
});
