import assert from "node:assert/strict";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { defaultLimits } from "@apkmill/core";
import { encodeIndex, readIndex, requireIndexSigner } from "./index-file.ts";
import { formatIndexText, parseIndexText } from "./index-text.ts";
import type { IndexRecord } from "./package-info.ts";
import { testKey } from "./testing/packages.ts";
import { encodeTextIndex, openTextIndex } from "./text-index.ts";
import { updateIndex } from "./update-index.ts";

const identity = (seed: number): string => `Q1${Buffer.alloc(20, seed).toString("base64")}`;

function recordOf(name: string, version: string, seed = 1, more = ""): IndexRecord {
  const [record] = parseIndexText(`C:${identity(seed)}\nP:${name}\nV:${version}\nA:x86_64\nS:10\nI:20\nT:\n${more}`);
  assert.ok(record !== undefined);
  return record;
}

/** What stands in the index of these bytes. */
const textOf = (bytes: Buffer): string => openTextIndex(bytes, defaultLimits, "index").text.toString("latin1");

async function indexWith(text: string | Buffer, options = {}): Promise<{ bytes: Buffer; what: string }> {
  return { bytes: await encodeTextIndex(Buffer.from(text), options), what: "old index" };
}

test("other records keep their bytes: unknown fields, odd order, bytes that are no UTF-8, empty values", async () => {
  const odd = Buffer.concat([
    Buffer.from(`V:1-r0\nP:odd\nC:${identity(3)}\nz:of the future\nD:a  b\nU:\nt:0\nT:gr`),
    Buffer.from([0xe9]),
    Buffer.from("ets\nX:must know\n"),
  ]);
  const existing = await indexWith(Buffer.concat([odd, Buffer.from("\n\n\nP:last\nV:2\nC:x")]));
  const { bytes } = await updateIndex({ existing, added: [recordOf("new", "1-r0")] });
  const expected = `P:last\nV:2\nC:x\n\n${formatIndexText([recordOf("new", "1-r0")])}${odd.toString("latin1")}\n`;
  assert.equal(textOf(bytes), expected);
});

test("the same records give the same bytes, whichever came first and however often", async () => {
  const records = ["a", "b", "c", "B"].flatMap((name) => [recordOf(name, "9-r0", 1), recordOf(name, "10-r0", 2)]);
  const sorted = [...records].sort((x, y) =>
    x.name < y.name ? -1 : x.name > y.name ? 1 : x.version === "9-r0" ? -1 : 1,
  );
  const expected = await encodeIndex(sorted, { description: "ours" });
  await fc.assert(
    fc.asyncProperty(
      fc.shuffledSubarray(records, { minLength: records.length }),
      fc.nat(records.length),
      async (order, cut) => {
        const first = await updateIndex({ added: order.slice(0, cut), description: "ours" });
        const existing = { bytes: first.bytes, what: "first" };
        const second = await updateIndex({ existing, added: order.slice(Math.max(0, cut - 1)) });
        assert.ok(second.bytes.equals(expected));
      },
    ),
    { numRuns: 30 },
  );
});

test("several versions of a package live together", async () => {
  const existing = await indexWith(formatIndexText([recordOf("a", "1-r0")]));
  const updated = await updateIndex({ existing, added: [recordOf("a", "2-r0", 2)] });
  const { records } = readIndex(updated.bytes);
  assert.deepEqual(
    records.map(({ version }) => version),
    ["1-r0", "2-r0"],
  );
  assert.deepEqual([updated.packages, updated.added, updated.replaced], [2, ["a-2-r0"], []]);
});

test("another package of a listed name and version is refused by name, or replaces it when asked to", async () => {
  const existing = await indexWith(formatIndexText([recordOf("a", "1-r0", 1), recordOf("b", "1-r0", 1)]));
  const added = [recordOf("a", "1-r0", 2)];
  await assert.rejects(updateIndex({ existing, added }), {
    code: "INDEX_CONFLICT",
    message: /package a-1-r0 .* expected identity Q1AQEB.* found Q1AgIC/,
    context: { package: "a-1-r0" },
  });
  const updated = await updateIndex({ existing, added, replace: true });
  assert.deepEqual([updated.packages, updated.added, updated.replaced], [2, [], ["a-1-r0"]]);
  assert.equal(readIndex(updated.bytes).records[0]?.checksum, identity(2));
});

test("a listed package that is given again keeps its record, but for what signing it anew changes", async () => {
  const line = `C:X1${"01".repeat(20)}\nP:a\nV:1-r0\nA:x86_64\nS:10\nz:kept\n`;
  const existing = await indexWith(line);
  const same = await updateIndex({ existing, added: [recordOf("a", "1-r0", 1)] });
  assert.equal(textOf(same.bytes), `${line}\n`);
  const resigned = { ...recordOf("a", "1-r0", 1), sizeBytes: 11 };
  const updated = await updateIndex({ existing, added: [resigned] });
  assert.equal(textOf(updated.bytes), formatIndexText([resigned]));
  assert.deepEqual([updated.added, updated.replaced], [[], []]);
});

test("records go when their packages are gone", async () => {
  const existing = await indexWith(
    formatIndexText([recordOf("a", "1-r0"), recordOf("b", "1-r0"), recordOf("b", "2-r0")]),
  );
  const isKept = (name: string, version: string): boolean => `${name}-${version}` !== "b-1-r0";
  const updated = await updateIndex({ existing, added: [], isKept });
  assert.deepEqual([updated.packages, updated.removed], [2, ["b-1-r0"]]);
  const back = await updateIndex({ existing, added: [recordOf("b", "1-r0", 9)], isKept });
  assert.equal(back.packages, 3, "a package that is given is listed, whatever else");
});

test("every record moves to one architecture, and nothing else changes", async () => {
  const existing = await indexWith("P:a\nV:1\nA:noarch\nT:A:b\n\nP:b\nV:1\nT:none\n\nP:c\nV:1\nA:x86_64\n");
  const { bytes } = await updateIndex({ existing, added: [], arch: "x86_64" });
  assert.equal(textOf(bytes), "P:a\nV:1\nA:x86_64\nT:A:b\n\nP:b\nV:1\nA:x86_64\nT:none\n\nP:c\nV:1\nA:x86_64\n\n");
});

test("the description stays unless another is given; one that apk would ignore is refused", async () => {
  const existing = await indexWith("", { description: "ours" });
  assert.equal(readIndex((await updateIndex({ existing, added: [] })).bytes).description, "ours");
  assert.equal(readIndex((await updateIndex({ existing, added: [], description: "new" })).bytes).description, "new");
  await assert.rejects(updateIndex({ added: [], description: "ä".repeat(81) }), { code: "INDEX_FORMAT" });
  assert.equal((await updateIndex({ added: [], description: "ä".repeat(80) })).packages, 0);
});

test("a wrong line is refused with its number", async () => {
  const text = "P:a\nV:1\n\nP:b\nV 1\n";
  const refused = { code: "INDEX_FORMAT", message: /^old index: line 5: expected LETTER:VALUE, found "V 1"/ };
  await assert.rejects(updateIndex({ existing: await indexWith(text), added: [] }), refused);
  const nameless = { code: "INDEX_FORMAT", message: /^old index: line 4: / };
  await assert.rejects(updateIndex({ existing: await indexWith("P:a\nV:1\n\nV:1\n"), added: [] }), nameless);
  const limits = { ...defaultLimits, records: 1 };
  const two = await indexWith("P:a\nV:1\n\nP:b\nV:1\n");
  await assert.rejects(updateIndex({ existing: two, added: [], limits }), { code: "LIMIT_EXCEEDED" });
});

test("who signs an index anew does not vouch for what was changed under their own signature", async () => {
  const { key, keyring } = testKey("ours.rsa.pub");
  const [good, other] = [await indexWith("P:a\nV:1\n", { keys: [key] }), await indexWith("P:evil\nV:1\n")];
  const signatureBytes = good.bytes.length - (await indexWith("P:a\nV:1\n")).bytes.length;
  const forged = { bytes: Buffer.concat([good.bytes.subarray(0, signatureBytes), other.bytes]), what: "forged" };
  await assert.rejects(updateIndex({ existing: forged, added: [], keys: [key] }), { code: "INDEX_BAD_SIGNATURE" });
  await assert.rejects(updateIndex({ existing: other, added: [], keyring }), { code: "INDEX_UNSIGNED" });
  const updated = await updateIndex({ existing: good, added: [recordOf("b", "1-r0")], keys: [key], keyring });
  assert.equal(requireIndexSigner(readIndex(updated.bytes), keyring, "index"), "ours.rsa.pub");
  assert.deepEqual(updated.signersBefore, ["ours.rsa.pub"]);
});

test("an index of the v3 format is not changed", async () => {
  const existing = { bytes: Buffer.from("ADBd...."), what: "Packages.adb" };
  await assert.rejects(updateIndex({ existing, added: [] }), { code: "APK_UNSUPPORTED" });
});

test("twenty thousand records cost little when one is added", async () => {
  const text = Array.from({ length: 20_000 }, (_, index) =>
    formatIndexText([recordOf(`p${String(index).padStart(5, "0")}`, "1-r0", 1, "D:a b c\n")]),
  ).join("");
  const existing = await indexWith(text);
  const began = performance.now();
  const { bytes } = await updateIndex({ existing, added: [recordOf("p10000a", "1-r0")] });
  assert.ok(performance.now() - began < 2000);
  assert.ok(gunzipSync(bytes).length > text.length);
  assert.equal(readIndex(bytes).records[10_001]?.name, "p10000a");
});
