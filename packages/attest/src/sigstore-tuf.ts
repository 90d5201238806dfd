/** Loaded only where nobody names a trust root: the public-good instance's, and its update framework. */
export { getTrustedRoot } from "@sigstore/tuf";
export { default as seeds } from "@sigstore/tuf/seeds.json" with { type: "json" };
export { TrustedRoot } from "@sigstore/protobuf-specs";
