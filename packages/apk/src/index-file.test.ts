import assert from "node:assert/strict";
import { test } from "node:test";
import { gunzipSync, gzipSync } from "node:zlib";
import { splitGzipMembers } from "@apkmill/archive";
import { defaultLimits } from "@apkmill/core";
import { encodeIndex, readIndex, requireIndexSigner } from "./index-file.ts";
import { parseIndexText } from "./index-text.ts";
import { keyringOf } from "./keyring.ts";
import { testKey } from "./testing/packages.ts";

const signer = testKey();
const records = parseIndexText(
  "C:Q1pSfbXbzYrrKS4gnzhKyYa+iZzUU=\nP:a\nV:1\nA:x86_64\nS:10\nI:20\nT:first\n\nC:Q1qSfbXbzYrrKS4gnzhKyYa+iZzUU=\nP:b\nV:2\nD:a\n",
);

test("an index is one member, with a signature's before it", async () => {
  const plain = await encodeIndex(records, { description: "ours" });
  const signed = await encodeIndex(records, { description: "ours", keys: [signer.key] });
  assert.equal(splitGzipMembers(plain).length, 1);
  assert.ok(signed.subarray(signed.length - plain.length).equals(plain));
  const index = readIndex(signed);
  assert.deepEqual(index.records, records);
  assert.equal(index.description, "ours");
  assert.equal(requireIndexSigner(index, signer.keyring, "index"), "test.rsa.pub");
  assert.ok(index.format === "v2" && index.signed.equals(plain));
});

test("the same records give the same bytes", async () => {
  const keys = [signer.key];
  assert.ok((await encodeIndex(records, { keys })).equals(await encodeIndex(records, { keys })));
});

test("an empty index is an index", async () => {
  assert.deepEqual(readIndex(await encodeIndex([])).records, []);
});

test("several keys sign at once; the first that is known decides, good or not", async () => {
  const other = testKey("other.rsa.pub");
  const impostor = testKey("other.rsa.pub");
  const index = readIndex(await encodeIndex(records, { keys: [other.key, signer.key] }));
  assert.equal(requireIndexSigner(index, signer.keyring, "index"), "test.rsa.pub");
  assert.equal(requireIndexSigner(index, other.keyring, "index"), "other.rsa.pub");
  const both = keyringOf([...impostor.keyring.keys.values(), ...signer.keyring.keys.values()]);
  assert.throws(() => requireIndexSigner(index, both, "index"), { code: "INDEX_BAD_SIGNATURE" });
  assert.throws(() => requireIndexSigner(index, keyringOf([]), "index"), { code: "INDEX_UNKNOWN_SIGNER" });
  const plain = readIndex(await encodeIndex(records));
  assert.throws(() => requireIndexSigner(plain, signer.keyring, "index"), { code: "INDEX_UNSIGNED" });
});

test("every changed byte of a signed index is refused by name or leaves records and signer as they are", async () => {
  const good = await encodeIndex(records, { keys: [signer.key] });
  const edge = splitGzipMembers(good)[0]?.raw.length ?? 0;
  const meaning = (bytes: Buffer): unknown => {
    const index = readIndex(bytes);
    return [index.description, index.records, requireIndexSigner(index, signer.keyring, "index")];
  };
  const expected = meaning(good);
  let same = 0;
  for (let offset = 0; offset < good.length; offset += 1) {
    for (const mask of [0x01, 0x10, 0x80, 0xff]) {
      const changed = Buffer.from(good);
      changed[offset] = (changed[offset] ?? 0) ^ mask;
      try {
        assert.deepEqual(meaning(changed), expected, `byte ${String(offset)}`);
        assert.ok(offset < edge, `byte ${String(offset)} of signed content passes`);
        same += 1;
      } catch (error) {
        const { code } = error as { code?: string };
        assert.match(String(code), /^INDEX_(FORMAT|UNSIGNED|UNKNOWN_SIGNER|BAD_SIGNATURE)$/, `byte ${String(offset)}`);
      }
    }
  }
  // Nobody reads time, flags and system in a gzip header, nor the bits that fill up a deflate block's last byte.
  assert.ok(same <= 4 * 7 + 12, `${String(same)} changes pass`);
});

test("truncations, additions and other files are refused", async () => {
  const good = await encodeIndex(records, { keys: [signer.key] });
  for (let length = 0; length < good.length; length += 1) {
    assert.throws(() => requireIndexSigner(readIndex(good.subarray(0, length)), signer.keyring, "i"), {
      code: /^INDEX_/,
    });
  }
  for (const bytes of [
    Buffer.concat([good, Buffer.from("x")]),
    Buffer.from("ADBd...."),
    gzipSync("not a tar"),
    Buffer.from("<html>"),
  ]) {
    assert.throws(() => readIndex(bytes), { code: "INDEX_FORMAT" });
  }
});

test("an index that unpacks to more than the limit is refused", async () => {
  const bytes = await encodeIndex(records);
  const limits = { ...defaultLimits, indexBytes: gunzipSync(bytes).length - 1 };
  assert.throws(() => readIndex(bytes, { limits }), { code: "LIMIT_EXCEEDED", hint: /--limit index-bytes=/ });
  const head = { ...defaultLimits, controlBytes: 100 };
  assert.throws(() => readIndex(bytes, { limits: head }), { code: "LIMIT_EXCEEDED", hint: /--limit control-bytes=/ });
});
