import assert from "node:assert/strict";
import { generateKeyPairSync, sign } from "node:crypto";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { keyringOf, parsePublicKey } from "./keyring.ts";
import type { PublicKey } from "./keys.ts";
import { encodeSignatureMember, hasSigner, readSignatureSection, requireSigner, type Signature } from "./signature.ts";
import { testKey } from "./testing/packages.ts";
import { plainItem } from "./testing/raw-package.ts";

const signed = Buffer.from("the bytes that are signed");
const subject = { kind: "APK", what: "hello" } as const;
const first = testKey("first.rsa.pub");
const second = testKey("second.rsa.pub");
const stranger = testKey("stranger.rsa.pub");
const keyOf = ({ keyring }: typeof first): PublicKey[] => [...keyring.keys.values()];
const both = keyringOf([...keyOf(first), ...keyOf(second)]);

/** What the signature section says that holds these files. */
function section(...files: readonly (readonly [name: string, content: Buffer])[]): Signature[] {
  const tar = Buffer.concat(files.map(([name, content]) => plainItem(`.SIGN.${name}`, content)));
  return readSignatureSection(tar, "APK_FORMAT", "hello");
}

const good = ({ key }: typeof first, digest = "sha256"): Buffer => sign(digest, signed, key.key);
const bad = Buffer.alloc(256, 7);

test("RSA signs SHA-1, RSA256 and RSA512 sign what their names say", () => {
  for (const [algorithm, digest] of [
    ["RSA", "sha1"],
    ["RSA256", "sha256"],
    ["RSA512", "sha512"],
  ] as const) {
    const signatures = section([`${algorithm}.first.rsa.pub`, good(first, digest)]);
    assert.equal(requireSigner(signatures, signed, both, subject), "first.rsa.pub");
  }
  const mislabelled = section(["RSA512.first.rsa.pub", good(first, "sha256")]);
  assert.throws(() => requireSigner(mislabelled, signed, both, subject), { code: "APK_BAD_SIGNATURE" });
});

test("an unknown signer before a good one is passed over; a bad one by a known key decides", () => {
  const unknownThenGood = section(["RSA256.stranger.rsa.pub", good(stranger)], ["RSA256.first.rsa.pub", good(first)]);
  assert.equal(requireSigner(unknownThenGood, signed, both, subject), "first.rsa.pub");
  const badThenGood = section(["RSA256.first.rsa.pub", bad], ["RSA256.second.rsa.pub", good(second)]);
  assert.throws(() => requireSigner(badThenGood, signed, both, subject), { code: "APK_BAD_SIGNATURE" });
  const goodThenBad = section(["RSA256.first.rsa.pub", good(first)], ["RSA256.second.rsa.pub", bad]);
  assert.equal(requireSigner(goodThenBad, signed, both, subject), "first.rsa.pub");
});

test("kinds of signatures that apk does not know, and oversized ones, are as if they were not there", () => {
  const unknown = section(["RSA1024.first.rsa.pub", good(first)], ["RSA256.first.rsa.pub", Buffer.alloc(65 * 1024)]);
  assert.throws(() => requireSigner(unknown, signed, both, subject), { code: "APK_UNSIGNED" });
});

test("a key under another name is found by trying it, and named as it is called here", () => {
  const renamed = keyringOf([...keyOf(second), { ...(keyOf(first)[0] as PublicKey), name: "ours.pub" }]);
  const signatures = section(["RSA256.first.rsa.pub", good(first)]);
  assert.equal(requireSigner(signatures, signed, renamed, subject), "ours.pub");
  assert.equal(hasSigner(signatures, signed, renamed), true);
  assert.throws(() => requireSigner(signatures, Buffer.from("other bytes"), renamed, subject), {
    code: "APK_UNKNOWN_SIGNER",
  });
});

test("a name that is known decides, even where a key of another name would do", () => {
  const impostor = parsePublicKey("first.rsa.pub", second.publicPem);
  const keyring = keyringOf([impostor, { ...(keyOf(first)[0] as PublicKey), name: "ours.pub" }]);
  const signatures = section(["RSA256.first.rsa.pub", good(first)]);
  assert.throws(() => requireSigner(signatures, signed, keyring, subject), { code: "APK_BAD_SIGNATURE" });
});

test("a key of another length or kind never verifies", () => {
  const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const pem = publicKey.export({ type: "spki", format: "pem" }).toString();
  const keyring = keyringOf([parsePublicKey("first.rsa.pub", pem)]);
  const signatures = section(["RSA256.first.rsa.pub", good(first)]);
  assert.throws(() => requireSigner(signatures, signed, keyring, subject), { code: "APK_BAD_SIGNATURE" });
});

test("a DSA signature is refused as such where its key's name is known, and is nobody's where not", () => {
  const signatures = section(["DSA.first.rsa.pub", good(first)]);
  assert.throws(() => requireSigner(signatures, signed, both, subject), {
    code: "APK_BAD_SIGNATURE",
    message: /DSA kind, which is not accepted/,
  });
  assert.throws(() => requireSigner(signatures, signed, second.keyring, subject), { code: "APK_UNKNOWN_SIGNER" });
});

test("of very many signatures only the first few are tried with every key", () => {
  const many = Array.from({ length: 20 }, () => section(["RSA256.stranger.rsa.pub", bad])).flat();
  const late = [...many, ...section(["RSA256.stranger.rsa.pub", good(first)])];
  assert.throws(() => requireSigner(late, signed, both, subject), { code: "APK_UNKNOWN_SIGNER" });
});

test("older signatures stand behind new ones as they were; of one name the new one stays", async () => {
  const kept = section(["RSA.second.rsa.pub", bad], ["RSA.first.rsa.pub", bad], ["DSA.other.pub", Buffer.from("x")]);
  const member = await encodeSignatureMember(signed, [first.key], 0, kept);
  const found = readSignatureSection(gunzipSync(member), "APK_FORMAT", "hello");
  assert.deepEqual(
    found.map(({ algorithm, keyName, value }) => [algorithm, keyName, value.length]),
    [
      ["RSA256", "first.rsa.pub", 256],
      ["RSA", "second.rsa.pub", 256],
      ["DSA", "other.pub", 1],
    ],
  );
  assert.equal(requireSigner(found, signed, first.keyring, subject), "first.rsa.pub");
});

test("two signing keys of one name are refused", async () => {
  const twice = [first.key, { ...second.key, name: first.key.name }];
  await assert.rejects(encodeSignatureMember(signed, twice, 0), { code: "KEY_FORMAT" });
});
