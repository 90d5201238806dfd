import { generateKeyPairSync, sign, verify } from "node:crypto";
import { PublishError } from "../publish-error.ts";
import type { Attestor, Signer, Statement } from "@apkmill/attest";

/**
 * An attestor with a key of its own in place of certificates and logs: for tests of the order in which things happen.
 * Its bundles are as unforgeable as the real ones and as different on every signing.
 */
export interface KeyAttestor extends Attestor {
  /** How many statements it has signed. */
  readonly signatures: () => number;
}

/** One key for all attestors of a test file: they trust each other's signatures and differ in their names. */
const { privateKey, publicKey } = generateKeyPairSync("ed25519");

export function openKeyAttestor(signer: Signer): KeyAttestor {
  let count = 0;
  return {
    signatures: () => count,
    identity: () => Promise.resolve({ identity: signer.identity, issuer: signer.issuer }),
    sign: (statements) => {
      const bundles = statements.map((statement) => {
        count += 1;
        const payload = JSON.stringify({ statement, signer, serial: String(process.hrtime.bigint()) });
        return Buffer.from(
          JSON.stringify({ payload, signature: sign(null, Buffer.from(payload), privateKey).toString("base64") }),
        );
      });
      return Promise.resolve(bundles);
    },
    verify: (bundle) => {
      const { payload, signature } = JSON.parse(Buffer.from(bundle).toString()) as {
        payload: string;
        signature: string;
      };
      if (!verify(null, Buffer.from(payload), publicKey, Buffer.from(signature, "base64"))) {
        throw new PublishError("PUBLISH_POLICY", "verifying a bundle: expected our key's signature, found another");
      }
      const said = JSON.parse(payload) as { statement: Statement; signer: Signer };
      return Promise.resolve({ ...said, payload: Buffer.from(payload) });
    },
  };
}
