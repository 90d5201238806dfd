import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateRawSync } from "node:zlib";
import { inflatePublicly, inflateWhole } from "./direct-inflate.ts";

const content = Buffer.alloc(700_000, "a stream that is inflated at once, whatever became of the one before; ");
const deflated = deflateRawSync(content);

for (const [name, inflate] of [
  ["with the inside of zlib's stream", inflateWhole],
  ["by public means only", inflatePublicly],
] as const) {
  test(`whole streams, ${name}`, () => {
    const good = (): void => {
      const { content: found, usedBytes } = inflate(Buffer.concat([deflated, Buffer.alloc(9)]), content.length);
      assert.ok(found.equals(content));
      assert.equal(usedBytes, deflated.length);
    };
    good();
    assert.deepEqual(inflate(deflateRawSync(""), 1), { content: Buffer.alloc(0), usedBytes: 2 });
    assert.throws(() => inflate(deflated.subarray(0, -1), content.length), { code: "Z_BUF_ERROR" });
    good();
    assert.throws(() => inflate(Buffer.alloc(100, 0xff), content.length), { code: "Z_DATA_ERROR" });
    good();
    assert.throws(() => inflate(deflated, content.length - 1), { code: "ERR_BUFFER_TOO_LARGE" });
    good();
  });
}
