import assert from "node:assert/strict";
import { test } from "node:test";
import { normalizeIdentity, shortIdentity } from "./identity.ts";

test("an identity has one spelling, whatever its index wrote", () => {
  const canonical = "Q1pSfbXbzYrrKS4gnzhKyYa+iZzUU=";
  const hex = Buffer.from(canonical.slice(2), "base64").toString("hex");
  // The last character before the padding carries two bits that nobody reads.
  for (const text of [canonical, "Q1pSfbXbzYrrKS4gnzhKyYa+iZzUV=", "Q1pSfbXbzYrrKS4gnzhKyYa+iZzUU", `X1${hex}`]) {
    assert.equal(normalizeIdentity(text, "a-1"), canonical);
  }
});

test("32 bytes are an identity of a v3 package, of which apk knows the first 20", () => {
  const bytes = Buffer.from(Array.from({ length: 32 }, (_, index) => 7 * index));
  const canonical = `Q2${bytes.toString("base64")}`;
  for (const text of [
    canonical,
    `Q1${bytes.toString("base64")}`,
    `X1${bytes.toString("hex")}`,
    `X2${bytes.toString("hex")}`,
  ]) {
    assert.equal(normalizeIdentity(text, "a-1"), canonical);
  }
  assert.equal(shortIdentity(canonical), `Q1${bytes.subarray(0, 20).toString("base64")}`);
  assert.equal(shortIdentity("Q1pSfbXbzYrrKS4gnzhKyYa+iZzUU="), "Q1pSfbXbzYrrKS4gnzhKyYa+iZzUU=");
});

test("what is no identity is refused", () => {
  for (const text of ["", "Q1", "Q1AAAA", "pSfbXbzYrrKS4gnzhKyYa+iZzUU=", `Q2${Buffer.alloc(31).toString("base64")}`]) {
    assert.throws(() => normalizeIdentity(text, "a-1"), { code: "APK_IDENTITY" }, text);
  }
});
