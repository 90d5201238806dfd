import { createHash } from "node:crypto";
import { digestOf, type Digest } from "@apkmill/core";
import { OciError } from "./oci-error.ts";
import type { Descriptor } from "./values.ts";

/** `bytes`, provided that they are what the descriptor says. @throws OciError LAYOUT_CONTENT */
export function requireBytes(name: string, descriptor: Descriptor, bytes: Buffer): Buffer {
  requireContent(name, descriptor, bytes.length, digestOf(bytes));
  return bytes;
}

/** The chunks of `source`; the end throws when they are not what the descriptor says. @throws OciError LAYOUT_CONTENT */
export async function* requireStream(
  name: string,
  descriptor: Descriptor,
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha256");
  let sizeBytes = 0;
  for await (const chunk of source) {
    hash.update(chunk);
    sizeBytes += chunk.length;
    yield chunk;
  }
  requireContent(name, descriptor, sizeBytes, `sha256:${hash.digest("hex")}`);
}

function requireContent(name: string, descriptor: Descriptor, sizeBytes: number, digest: Digest): void {
  if (descriptor.digest === digest && descriptor.size === sizeBytes) return;
  const found = `${String(sizeBytes)} bytes with ${digest}`;
  throw new OciError(
    "LAYOUT_CONTENT",
    `${name}: blob ${descriptor.digest}: expected ${String(descriptor.size)} bytes, found ${found}`,
    { hint: "build the image again; this layout was changed or damaged", context: { path: name } },
  );
}
