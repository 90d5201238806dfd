import type { OptionTable } from "../arguments.ts";

/** Options that say which sigstore is meant, for signing and for verifying. */
export const sigstoreOptions = {
  "trust-root": { kind: "text", value: "FILE", help: "trusted root of the services (default: the public one)" },
  "insecure-registry": {
    kind: "list",
    value: "HOST",
    help: "registries that are spoken to over plain HTTP; loopback always is",
  },
} as const satisfies OptionTable;
