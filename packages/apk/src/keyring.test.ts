import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { loadKeyring, mergeKeyrings, parsePublicKey, publicKeyOf } from "./keyring.ts";
import { generateKey, loadSigningKey } from "./signing-key.ts";
import { temporaryFolder, testKey, testPorts } from "./testing/packages.ts";

const first = testKey("a.rsa.pub");
const second = testKey("b.rsa.pub");

test("keys come from files, folders and file URLs, under their file names", async (t) => {
  const folder = await temporaryFolder(t);
  const ports = await testPorts(t, folder);
  await mkdir(join(folder, "keys"));
  await writeFile(join(folder, "keys", "b.rsa.pub"), second.publicPem);
  await writeFile(join(folder, "keys", ".hidden.pub"), "not a key");
  await writeFile(join(folder, "keys", "b.rsa"), second.privatePem);
  await writeFile(join(folder, "a.rsa.pub"), first.publicPem);
  const keyring = await loadKeyring(ports, [`file://${folder}/a.rsa.pub`, join(folder, "keys")]);
  assert.deepEqual([...keyring.keys.keys()], ["a.rsa.pub", "b.rsa.pub"]);
  assert.equal(keyring.keys.get("b.rsa.pub")?.pem, second.publicPem);
});

test("of two keys with one name the first stays", () => {
  const other = testKey("a.rsa.pub");
  const merged = mergeKeyrings(first.keyring, other.keyring, second.keyring);
  assert.equal(merged.keys.get("a.rsa.pub")?.pem, first.publicPem);
  assert.equal(merged.keys.size, 2);
});

test("a key may be given as text; its name tells its fingerprint, whoever gives it", async (t) => {
  const ports = await testPorts(t, await temporaryFolder(t));
  const keyring = await loadKeyring(ports, [first.publicPem, `\n${first.publicPem}`]);
  const [name, ...more] = [...keyring.keys.keys()];
  assert.match(name ?? "", /^inline-[0-9a-f]{16}\.rsa\.pub$/);
  assert.deepEqual(more, []);
  await assert.rejects(loadKeyring(ports, [first.privatePem]), (error: Error & { code?: string }) => {
    assert.equal(error.code, "KEY_FORMAT");
    assert.ok(!error.message.includes(first.privatePem.split("\n")[1] ?? "?"));
    return true;
  });
});

test("a folder may hold .pem files: public ones are keys, private ones are left alone", async (t) => {
  const folder = await temporaryFolder(t);
  const ports = await testPorts(t, folder);
  await mkdir(join(folder, "keys"));
  await assert.rejects(loadKeyring(ports, [join(folder, "keys")]), { code: "KEY_MISSING" });
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  await writeFile(join(folder, "keys", "public.pem"), publicKey.export({ type: "spki", format: "pem" }));
  await writeFile(join(folder, "keys", "private.pem"), privateKey.export({ type: "pkcs8", format: "pem" }));
  const { keys } = await loadKeyring(ports, [join(folder, "keys")]);
  assert.deepEqual(
    [...keys.values()].map(({ name, key }) => [name, key.asymmetricKeyType]),
    [["public.pem", "ec"]],
  );
});

test("keys that do not sign packages are refused for what they are", () => {
  const pemOf = (type: "dsa" | "ed25519" | "rsa-pss"): string => {
    const options = { modulusLength: 2048, divisorLength: 256 };
    const { publicKey } =
      type === "dsa"
        ? generateKeyPairSync("dsa", { ...options, modulusLength: 1024, divisorLength: 160 })
        : type === "ed25519"
          ? generateKeyPairSync("ed25519")
          : generateKeyPairSync("rsa-pss", options);
    return publicKey.export({ type: "spki", format: "pem" }).toString();
  };
  for (const type of ["dsa", "ed25519", "rsa-pss"] as const) {
    assert.throws(() => parsePublicKey("k.pub", pemOf(type)), {
      code: "KEY_FORMAT",
      message: new RegExp(`type ${type}`),
    });
  }
});

test("a key's name must be able to name a file", () => {
  for (const name of ["", ".", "..", "a/b", "a\nb", "a\0", "x".repeat(201)]) {
    assert.throws(() => parsePublicKey(name, first.publicPem), { code: "KEY_FORMAT" }, JSON.stringify(name));
  }
  assert.equal(
    parsePublicKey("alpine-devel@lists.alpinelinux.org-6165ee59.rsa.pub", first.publicPem).pem,
    first.publicPem,
  );
});

test("the public half of a signing key is the one that was made with it", async () => {
  const { privatePem, publicPem } = await generateKey(2048);
  assert.equal(publicKeyOf(await loadSigningKey(privatePem, { name: "x.rsa.pub" })).pem, publicPem);
});

test("what is no public key is refused by name", async (t) => {
  const folder = await temporaryFolder(t);
  const ports = await testPorts(t, folder);
  await writeFile(join(folder, "private.rsa"), first.privatePem);
  await writeFile(join(folder, "text.pub"), "hello");
  for (const name of ["private.rsa", "text.pub"]) {
    await assert.rejects(loadKeyring(ports, [join(folder, name)]), { code: "KEY_FORMAT" });
  }
  await assert.rejects(loadKeyring(ports, [join(folder, "absent")]), { code: "KEY_MISSING" });
});

test("a signing key is named after its file", async (t) => {
  const folder = await temporaryFolder(t);
  const path = join(folder, "melange.rsa");
  const { privatePem, publicPem } = await generateKey(2048);
  assert.match(privatePem, /^-----BEGIN RSA PRIVATE KEY-----/);
  assert.match(publicPem, /^-----BEGIN PUBLIC KEY-----/);
  await writeFile(path, privatePem);
  assert.equal((await loadSigningKey(path)).name, "melange.rsa.pub");
  assert.equal((await loadSigningKey(privatePem, { name: "x.rsa.pub" })).name, "x.rsa.pub");
});

test("PKCS#8 and encrypted keys are read", async () => {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const plain = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const encrypted = privateKey
    .export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "pw" })
    .toString();
  const name = "x.rsa.pub";
  assert.equal((await loadSigningKey(plain, { name })).key.asymmetricKeyType, "rsa");
  assert.equal((await loadSigningKey(encrypted, { name, passphrase: "pw" })).key.asymmetricKeyType, "rsa");
  await assert.rejects(loadSigningKey(encrypted, { name }), { code: "KEY_FORMAT" });
  await assert.rejects(loadSigningKey(encrypted, { name, passphrase: "no" }), { code: "KEY_FORMAT" });
});

test("a key that is made with a passphrase is useless without it, and says what is missing", async () => {
  const { privatePem, publicPem } = await generateKey(2048, { passphrase: "open sesame" });
  const name = "x.rsa.pub";
  assert.match(privatePem, /^-----BEGIN ENCRYPTED PRIVATE KEY-----/);
  assert.equal(publicKeyOf(await loadSigningKey(privatePem, { name, passphrase: "open sesame" })).pem, publicPem);
  await assert.rejects(loadSigningKey(privatePem, { name }), { code: "KEY_FORMAT", message: /no passphrase/ });
  await assert.rejects(
    loadSigningKey(privatePem, { name, passphrase: "guess" }),
    (error: Error & { code?: string }) => {
      assert.equal(error.code, "KEY_FORMAT");
      assert.doesNotMatch(error.message, /guess/);
      return true;
    },
  );
  await assert.rejects(generateKey(2048, { passphrase: "" }), { code: "KEY_FORMAT" });
});

test("an unusable signing key is refused without a word of it", async (t) => {
  const folder = await temporaryFolder(t);
  const ec = generateKeyPairSync("ec", { namedCurve: "P-256" })
    .privateKey.export({ type: "pkcs8", format: "pem" })
    .toString();
  const weak = generateKeyPairSync("rsa", { modulusLength: 1024 })
    .privateKey.export({ type: "pkcs1", format: "pem" })
    .toString();
  for (const pem of [
    ec,
    weak,
    first.publicPem,
    "-----BEGIN RSA PRIVATE KEY-----\nc2VjcmV0\n-----END RSA PRIVATE KEY-----\n",
  ]) {
    await assert.rejects(loadSigningKey(pem, { name: "x.rsa.pub" }), (error: Error & { code?: string }) => {
      assert.equal(error.code, "KEY_FORMAT");
      assert.ok(!JSON.stringify([error.message, String(error.cause)]).includes("c2VjcmV0"));
      return true;
    });
  }
  await assert.rejects(loadSigningKey(first.privatePem), { code: "KEY_FORMAT" });
  await assert.rejects(loadSigningKey(first.privatePem, { name: "a/b" }), { code: "KEY_FORMAT" });
  await assert.rejects(loadSigningKey(join(folder, "absent.rsa")), { code: "KEY_MISSING" });
  await assert.rejects(generateKey(1024), { code: "KEY_FORMAT" });
});
