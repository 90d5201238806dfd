import assert from "node:assert/strict";
import { test } from "node:test";
import { normalizeIdentity } from "./identity.ts";

test("an identity has one spelling, whatever its index wrote", () => {
  const canonical = "Q1pSfbXbzYrrKS4gnzhKyYa+iZzUU=";
  const hex = Buffer.from(canonical.slice(2), "base64").toString("hex");
  // The last character before the padding carries two bits that nobody reads.
  for (const text of [canonical, "Q1pSfbXbzYrrKS4gnzhKyYa+iZzUV=", "Q1pSfbXbzYrrKS4gnzhKyYa+iZzUU", `X1${hex}`]) {
    assert.equal(normalizeIdentity(text, "a-1"), canonical);
  }
});

test("what is no SHA-1 identity is refused", () => {
  for (const text of ["", "Q1", "Q1AAAA", "pSfbXbzYrrKS4gnzhKyYa+iZzUU="]) {
    assert.throws(() => normalizeIdentity(text, "a-1"), { code: "APK_IDENTITY" }, text);
  }
  for (const text of [`Q2${Buffer.alloc(32).toString("base64")}`, `Q1${Buffer.alloc(32).toString("base64")}`]) {
    assert.throws(() => normalizeIdentity(text, "a-1"), { code: "APK_UNSUPPORTED" }, text);
  }
});
