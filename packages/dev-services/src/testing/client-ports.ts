import { createHttpClient, defaultLimits, digestOf, lineLogger } from "@apkmill/core";
import type { BlobSource, RegistryPorts } from "@apkmill/oci";

/** Ports for a registry client with nothing from this machine's environment, and the log lines that it wrote. */
export function clientPorts(env: Readonly<Record<string, string>> = {}): RegistryPorts & {
  readonly lines: readonly string[];
} {
  const lines: string[] = [];
  const log = lineLogger((line) => lines.push(line), { level: "debug" });
  return {
    http: createHttpClient({ log, random: () => 0 }),
    log,
    lines,
    limits: defaultLimits,
    now: () => Date.now() / 1000,
    env,
    signal: new AbortController().signal,
  };
}

/** Bytes as a blob to push, in pieces of `pieceBytes`. */
export function blobOf(bytes: Buffer, pieceBytes = 65_536): BlobSource {
  return {
    digest: digestOf(bytes),
    sizeBytes: bytes.byteLength,
    // eslint-disable-next-line @typescript-eslint/require-await -- a stream, as files are
    open: async function* () {
      for (let at = 0; at < bytes.byteLength; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
    },
  };
}
