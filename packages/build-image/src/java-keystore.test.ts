import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, test } from "node:test";
import { codeOf } from "./testing/bench.ts";
import { extendKeystore } from "./java-keystore.ts";

const text = (value: string): Buffer => Buffer.concat([u16(Buffer.byteLength(value)), Buffer.from(value)]);
const u16 = (value: number): Buffer => Buffer.from([value >> 8, value & 0xff]);
const u32 = (value: number): Buffer => Buffer.concat([u16(value >>> 16), u16(value & 0xffff)]);
const sized = (bytes: Buffer): Buffer => Buffer.concat([u32(bytes.length), bytes]);
const certificate = (body: string): Buffer => Buffer.concat([text("X.509"), sized(Buffer.from(body))]);

const trusted = (alias: string, body: string): Buffer =>
  Buffer.concat([u32(2), text(alias), Buffer.alloc(8, 7), certificate(body)]);
const privateKey = (alias: string): Buffer =>
  Buffer.concat([
    u32(1),
    text(alias),
    Buffer.alloc(8),
    sized(Buffer.from("key")),
    u32(2),
    certificate("a"),
    certificate("b"),
  ]);

/** A store as Java writes it, with a count that may be a lie. */
function storeOf(
  entries: readonly Buffer[],
  { count = entries.length, password = "changeit", version = 2 } = {},
): Buffer {
  const content = Buffer.concat([u32(0xfeedfeed), u32(version), u32(count), ...entries]);
  const secret = Buffer.from(Array.from(Buffer.from(password), (letter) => [0, letter]).flat());
  const hash = createHash("sha1").update(secret).update("Mighty Aphrodite").update(content).digest();
  return Buffer.concat([content, hash]);
}

const added = [
  { alias: "Own-1", der: Buffer.from("own") },
  { alias: "another", der: Buffer.from("other") },
];
const createdMs = 1_700_000_000_000;
const ownEntry = (alias: string, body: string): Buffer => {
  const time = Buffer.from("0000018bcfe56800", "hex");
  return Buffer.concat([u32(2), text(alias), time, certificate(body)]);
};

describe("a Java key store", () => {
  test("gets further certificates, all by their aliases, and a new checksum", () => {
    const store = storeOf([trusted("zeta", "z"), privateKey("me"), trusted("beta", "b")]);
    const expected = [
      ownEntry("another", "other"),
      trusted("beta", "b"),
      privateKey("me"),
      ownEntry("own-1", "own"),
      trusted("zeta", "z"),
    ];
    assert.deepEqual(extendKeystore(store, "cacerts", added, createdMs), storeOf(expected));
  });

  test("is the same whatever the order of what is added", () => {
    const store = storeOf([trusted("zeta", "z")]);
    const there = extendKeystore(store, "cacerts", added, createdMs);
    assert.deepEqual(extendKeystore(store, "cacerts", added.toReversed(), createdMs), there);
    assert.deepEqual(extendKeystore(there, "cacerts", added, createdMs), there);
  });

  test("may be empty", () => {
    assert.deepEqual(
      extendKeystore(storeOf([]), "cacerts", [{ alias: "a", der: Buffer.from("x") }], createdMs),
      storeOf([ownEntry("a", "x")]),
    );
  });

  const whole = storeOf([trusted("zeta", "z"), privateKey("me")]);
  const refused: readonly [string, string, Buffer][] = [
    ["a PKCS #12 store", "IMAGE_UNSUPPORTED", Buffer.from("3082066a020103308206300609", "hex")],
    ["a JCEKS store", "IMAGE_UNSUPPORTED", Buffer.concat([u32(0xcececece), whole.subarray(4)])],
    ["version 1", "IMAGE_UNSUPPORTED", storeOf([], { version: 1 })],
    ["another password", "IMAGE_UNSUPPORTED", storeOf([], { password: "secret" })],
    ["a changed byte", "IMAGE_UNSUPPORTED", Buffer.from(whole).fill(0xff, 20, 21)],
    ["nothing", "IMAGE_CONTENT", Buffer.alloc(0)],
    ["text", "IMAGE_CONTENT", Buffer.from("no store at all, but long enough to be one")],
    ["more entries than there are", "IMAGE_CONTENT", storeOf([trusted("a", "a")], { count: 2 })],
    ["very many entries", "IMAGE_CONTENT", storeOf([trusted("a", "a")], { count: 0xffffffff })],
    ["fewer entries than there are", "IMAGE_CONTENT", storeOf([trusted("a", "a")], { count: 0 })],
    ["an entry of another kind", "IMAGE_CONTENT", storeOf([Buffer.concat([u32(3), text("a"), Buffer.alloc(30)])])],
    [
      "a certificate that is longer than the file",
      "IMAGE_CONTENT",
      storeOf([Buffer.concat([u32(2), text("a"), Buffer.alloc(8), text("X.509"), u32(0xffffffff)])]),
    ],
    [
      "a chain that is longer than the file",
      "IMAGE_CONTENT",
      storeOf([Buffer.concat([u32(1), text("a"), Buffer.alloc(8), u32(0), u32(0x7fffffff)])]),
    ],
  ];
  for (const [what, code, store] of refused) {
    test(`is refused with ${what}`, () => {
      assert.throws(
        () => extendKeystore(store, "cacerts", added, createdMs),
        (error: unknown) => {
          assert.equal(codeOf(error), code);
          assert.match(String(error), /cacerts/);
          return true;
        },
      );
    });
  }

  test("is refused, and nothing else happens, wherever it is cut", () => {
    for (let length = 0; length < whole.length; length += 1)
      assert.throws(() => extendKeystore(whole.subarray(0, length), "cacerts", added, createdMs), /cacerts/);
  });
});
