import { createPublicKey } from "node:crypto";
import { parsePublicKey, type PublicKey, type SigningKey } from "@apkmill/apk";

/** The key that verifies what `key` signs. */
export function publicHalf(key: SigningKey): PublicKey {
  const pem = createPublicKey(key.key).export({ type: "spki", format: "pem" });
  return parsePublicKey(key.name, pem.toString());
}
