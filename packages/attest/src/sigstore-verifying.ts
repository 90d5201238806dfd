/** Loaded when something is verified, and not before: a bundled CommonJS module must be re-exported by name to be lazy. */
export { bundleFromJSON, ValidationError } from "@sigstore/bundle";
export { TrustedRoot } from "@sigstore/protobuf-specs";
export { PolicyError, toSignedEntity, toTrustMaterial, VerificationError, Verifier } from "@sigstore/verify";
