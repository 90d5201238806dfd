import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseImageName, qualifiedName, shortName } from "./image-name.ts";
import { withCode } from "./testing/bench.ts";

const cases: readonly [text: string, name: string, tag: string, qualified: string][] = [
  ["hello", "hello", "latest", "docker.io/library/hello:latest"],
  ["hello:1.2", "hello", "1.2", "docker.io/library/hello:1.2"],
  ["acme/hello:1", "acme/hello", "1", "docker.io/acme/hello:1"],
  ["ghcr.io/acme/hello", "ghcr.io/acme/hello", "latest", "ghcr.io/acme/hello:latest"],
  ["localhost:5000/hello:v1", "localhost:5000/hello", "v1", "localhost:5000/hello:v1"],
];

describe("the name of an image", () => {
  for (const [text, name, tag, qualified] of cases) {
    test(`${text} is ${name} with the tag ${tag}`, () => {
      assert.deepEqual(parseImageName(text), { name, tag });
      assert.equal(qualifiedName(parseImageName(text)), qualified);
    });
  }

  test("may be left out; then SBOMs take that of the configuration", () => {
    assert.deepEqual(parseImageName(""), { name: "", tag: "latest" });
    assert.equal(shortName(parseImageName(""), "images/web.apko.yaml"), "web");
    assert.equal(shortName(parseImageName("ghcr.io/acme/hello:1"), "web.yaml"), "hello");
  });

  for (const text of ["Hello", "hello:", "hello:a b", "hello@sha256:0", "/hello", "../hello", "hello:.x"]) {
    test(`${JSON.stringify(text)} is refused`, () => {
      assert.throws(() => parseImageName(text), withCode("IMAGE_SYNTAX"));
    });
  }
});
