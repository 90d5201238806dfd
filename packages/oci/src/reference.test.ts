import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isEngineError } from "@apkmill/core";
import fc from "fast-check";
import { formatReference, parseReference } from "./reference.ts";

const hex = "0123456789abcdef".repeat(4);
const isMalformed = (error: unknown): boolean => isEngineError(error) && error.code === "REFERENCE_MALFORMED";

describe("a reference", () => {
  const accepted: readonly [string, string][] = [
    ["alpine", "docker.io/library/alpine:latest"],
    ["acme/img", "docker.io/acme/img:latest"],
    ["docker.io/alpine:3", "docker.io/library/alpine:3"],
    ["index.docker.io/acme/img:3", "docker.io/acme/img:3"],
    ["ghcr.io/acme/img", "ghcr.io/acme/img:latest"],
    ["GHCR.io/acme/img:v1", "ghcr.io/acme/img:v1"],
    ["localhost/img", "localhost/img:latest"],
    ["localhost:5000/a/b/c:t", "localhost:5000/a/b/c:t"],
    ["127.0.0.1:5000/img:x", "127.0.0.1:5000/img:x"],
    ["[::1]:5000/img:x", "[::1]:5000/img:x"],
    ["host:5000", "docker.io/library/host:5000"],
    [`r.example/img@sha256:${hex}`, `r.example/img@sha256:${hex}`],
    [`r.example/img:v1@sha256:${hex}`, `r.example/img:v1@sha256:${hex}`],
    ["r.example/a__b/c--d/e.f_g:A_b.c-D", "r.example/a__b/c--d/e.f_g:A_b.c-D"],
  ];
  for (const [text, canonical] of accepted) {
    test(`${text} means ${canonical}`, () => {
      assert.equal(formatReference(parseReference(text)), canonical);
    });
  }

  const refused = [
    "",
    ":",
    "img:",
    "img@",
    "/img",
    "r.example/",
    "r.example//img",
    "r.example/Img",
    "r.example/a___b",
    "r.example/-a",
    "r.example/a-",
    "r.example/img:-tag",
    `r.example/img:${"t".repeat(129)}`,
    `r.example/${"a".repeat(256)}`,
    "r.example/img@sha512:abc",
    `r.example/img@sha256:${hex.toUpperCase()}`,
    `r.example/img@sha256:${hex}@sha256:${hex}`,
    "r.example/img\nlatest",
    "r.example/img latest",
    "r.example/../img",
    "https://r.example/img",
    "user@r.example/img",
    "r.example:port/img",
    "-r.example/img",
  ];
  for (const text of refused) {
    test(`is not ${JSON.stringify(text).slice(0, 60)}`, () => {
      assert.throws(() => parseReference(text), isMalformed);
    });
  }

  test("is the same after being written and read again", () => {
    const component = fc.stringMatching(/^[a-z0-9]{1,8}(?:[._-][a-z0-9]{1,8}){0,2}$/);
    const tag = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,20}$/);
    fc.assert(
      fc.property(fc.array(component, { minLength: 1, maxLength: 4 }), tag, fc.boolean(), (path, tagText, pinned) => {
        const text = `r.example:5000/${path.join("/")}:${tagText}${pinned ? `@sha256:${hex}` : ""}`;
        assert.deepEqual(formatReference(parseReference(text)), text);
      }),
    );
  });

  test("is read, or refused, for any text at all", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        try {
          const { repository } = parseReference(text);
          assert.doesNotMatch(repository, /[^a-z0-9._/-]|\.\./);
        } catch (error) {
          assert.ok(isMalformed(error));
        }
      }),
    );
  });
});
