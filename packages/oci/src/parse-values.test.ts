import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { parseImageConfigFile, parseImageIndex, parseImageManifest } from "./parse-values.ts";

const digest = `sha256:${"a".repeat(64)}`;
const descriptor = { mediaType: "application/x", digest, size: 3 };
const bytes = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const config = { architecture: "amd64", os: "linux", rootfs: { type: "layers", diff_ids: [digest] }, config: {} };

describe("OCI values", () => {
  test("are read with the fields that this engine does not know", () => {
    const index = { schemaVersion: 2, manifests: [descriptor], "x-more": 1 };
    assert.deepEqual(parseImageIndex(bytes(index)), index);
    const manifest = { schemaVersion: 2, config: descriptor, layers: [descriptor], annotations: { a: "b" } };
    assert.deepEqual(parseImageManifest(bytes(manifest)), manifest);
    assert.deepEqual(parseImageConfigFile(bytes(config)), config);
  });

  test("of a configuration that configures nothing have an empty one", () => {
    assert.deepEqual(parseImageConfigFile(bytes({ ...config, config: undefined }))?.config, {});
    assert.deepEqual(parseImageConfigFile(bytes({ ...config, config: null }))?.config, {});
  });

  const wrong: readonly [string, (input: Buffer) => unknown, unknown][] = [
    ["no JSON", parseImageIndex, undefined],
    ["schema version 1", parseImageIndex, { schemaVersion: 1, manifests: [] }],
    ["manifests that are none", parseImageIndex, { schemaVersion: 2, manifests: [null] }],
    [
      "a digest of another kind",
      parseImageIndex,
      { schemaVersion: 2, manifests: [{ ...descriptor, digest: "md5:0" }] },
    ],
    ["a negative size", parseImageIndex, { schemaVersion: 2, manifests: [{ ...descriptor, size: -1 }] }],
    ["annotations that are no text", parseImageIndex, { schemaVersion: 2, manifests: [], annotations: { a: 1 } }],
    ["no layers", parseImageManifest, { schemaVersion: 2, config: descriptor }],
    ["no config", parseImageManifest, { schemaVersion: 2, layers: [] }],
    ["a subject that is none", parseImageManifest, { schemaVersion: 2, config: descriptor, layers: [], subject: 1 }],
    ["no root file system", parseImageConfigFile, { architecture: "amd64", os: "linux" }],
    ["an environment of numbers", parseImageConfigFile, { ...config, config: { Env: [1] } }],
    ["a user that is a number", parseImageConfigFile, { ...config, config: { User: 0 } }],
  ];
  for (const [what, parse, value] of wrong) {
    test(`with ${what} are refused`, () => {
      assert.equal(parse(value === undefined ? Buffer.from("{") : bytes(value)), undefined);
    });
  }

  test("never make the parser throw", () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        for (const parse of [parseImageIndex, parseImageManifest, parseImageConfigFile]) parse(Buffer.from(text));
      }),
      { numRuns: 300 },
    );
  });
});
