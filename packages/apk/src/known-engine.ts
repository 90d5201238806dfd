/** Flags of V8 are no interface: they are changed only where they are known to be what they were when that was measured. */
export function isKnownEngine(): boolean {
  return process.versions.v8.startsWith("13.6.");
}
