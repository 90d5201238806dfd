import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { digestOf } from "@apkmill/core";
import fc from "fast-check";
import { describeSbomStatement, encodeStatement, parseStatement, subjectOf } from "./statement.ts";
import { requirePredicateType, requireSubject } from "./statement-policy.ts";
import { codeOf } from "./testing/refusals.ts";

const digest = digestOf("manifest");
const subject = subjectOf("registry.example/acme/hello", digest);

describe("a statement", () => {
  test("of a bill of materials has the type that cosign and trivy match exactly", () => {
    const { predicateType, predicate } = describeSbomStatement(subject, { spdxVersion: "SPDX-2.3" });
    assert.equal(predicateType, "https://spdx.dev/Document");
    assert.deepEqual(predicate, { spdxVersion: "SPDX-2.3" });
  });

  test("is the same bytes whatever the order of its fields", () => {
    const one = encodeStatement(describeSbomStatement(subject, { a: 1, b: { c: [1, 2], d: "é" } }));
    const other = encodeStatement({
      predicate: { b: { d: "é", c: [1, 2] }, a: 1 },
      predicateType: "https://spdx.dev/Document",
      subject: [subject],
    });
    assert.deepEqual(one, other);
    const hex = digest.slice("sha256:".length);
    assert.equal(
      one.toString("utf8"),
      `{"_type":"https://in-toto.io/Statement/v1","predicate":{"a":1,"b":{"c":[1,2],"d":"é"}},"predicateType":"https://spdx.dev/Document","subject":[{"digest":{"sha256":"${hex}"},"name":"registry.example/acme/hello"}]}`,
    );
  });

  test("is read back as it was written", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.jsonValue(), (predicateType, predicate) => {
        const written = JSON.parse(JSON.stringify({ subject: [subject], predicateType, predicate })) as never;
        assert.deepEqual(parseStatement(encodeStatement(written)), written);
      }),
    );
  });

  test("of cosign's older type is read", () => {
    const text = `{"_type":"https://in-toto.io/Statement/v0.1","subject":[{"digest":{"sha256":"00"}}],"predicateType":"x"}`;
    assert.deepEqual(parseStatement(Buffer.from(text)), {
      subject: [{ name: "", digest: { sha256: "00" } }],
      predicateType: "x",
      predicate: undefined,
    });
  });

  const good = { _type: "https://in-toto.io/Statement/v1", subject: [subject], predicateType: "x", predicate: {} };
  const malformed: readonly [string, unknown][] = [
    ["no object", []],
    ["another type", { ...good, _type: "https://in-toto.io/Statement/v2" }],
    ["no predicate type", { ...good, predicateType: undefined }],
    ["no subject", { ...good, subject: [] }],
    ["a subject without digests", { ...good, subject: [{ name: "x" }] }],
    ["a digest that is no text", { ...good, subject: [{ name: "x", digest: { sha256: 1 } }] }],
    ["more subjects than readers take", { ...good, subject: Array.from({ length: 1025 }, () => subject) }],
  ];
  for (const [what, value] of malformed) {
    test(`with ${what} is refused`, async () => {
      assert.equal(await codeOf(() => parseStatement(Buffer.from(JSON.stringify(value)))), "ATTEST_STATEMENT");
    });
  }

  test("that is no UTF-8 or no JSON is refused", async () => {
    for (const bytes of [Buffer.from([0x22, 0xff, 0x22]), Buffer.from("{")]) {
      assert.equal(await codeOf(() => parseStatement(bytes)), "ATTEST_STATEMENT");
    }
  });

  test("about something else, or of another kind, is refused", async () => {
    const statement = describeSbomStatement(subject, {});
    requireSubject(statement, digest);
    requirePredicateType(statement, "https://spdx.dev/Document");
    assert.equal(await codeOf(() => requireSubject(statement, digestOf("other"))), "ATTEST_SUBJECT");
    const versioned = "https://spdx.dev/Document/v2.3";
    assert.equal(await codeOf(() => requirePredicateType(statement, versioned)), "ATTEST_PREDICATE");
  });
});
