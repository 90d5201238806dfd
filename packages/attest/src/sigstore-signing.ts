/** Loaded when something is signed, and not before: a bundled CommonJS module must be re-exported by name to be lazy. */
export { bundleToJSON } from "@sigstore/bundle";
export { TransparencyLogEntry } from "@sigstore/protobuf-specs";
export { DSSEBundleBuilder, RekorWitness } from "@sigstore/sign";
