import type { Ports } from "@apkmill/core";
import { findCredentialFiles, readCredentialFile, type Credentials } from "./auth-config.ts";
import { askCredentialHelper } from "./auth-helper.ts";

/** Credentials that the user gave directly, by registry host; they win over every file. */
export type ExplicitCredentials = ReadonlyMap<string, Credentials>;

/**
 * The credentials for `registry/repository`: given ones, else the first credential file that knows it, else anonymous.
 * Helpers run with the environment of `ports`. @throws OciError REGISTRY_CREDENTIALS
 */
export async function findCredentials(
  ports: Pick<Ports, "env" | "limits" | "signal" | "log">,
  { registry, repository }: { readonly registry: string; readonly repository: string },
  explicit: ExplicitCredentials = new Map(),
): Promise<Credentials> {
  const given = explicit.get(registry);
  if (given !== undefined) return given;
  for (const path of await findCredentialFiles(ports.env)) {
    const found = await readCredentialFile(ports, path, registry, repository);
    if (found === undefined) continue;
    const credentials =
      found.kind === "found" ? found.credentials : await askCredentialHelper(ports, found.helper, found.server);
    if (credentials.kind === "anonymous") continue;
    ports.log.debug(`credentials for ${registry} come from ${path}`);
    return credentials;
  }
  return { kind: "anonymous" };
}
