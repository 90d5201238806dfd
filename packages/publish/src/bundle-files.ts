import { readdir } from "node:fs/promises";
import { join } from "node:path";
import {
  compareBytes,
  digestOf,
  hexOf,
  isSystemError,
  readFileWithin,
  writeFileAside,
  type Digest,
  type Ports,
} from "@apkmill/core";
import type { AttestedStatement } from "./attest-image.ts";
import { predicateName } from "./predicates.ts";

const suffix = ".sigstore.json";

/** The bundles that an earlier run left in `directory`, in the order of their names; none when it is not there. */
export async function readBundles({ limits }: Pick<Ports, "limits">, directory: string | undefined): Promise<Buffer[]> {
  if (directory === undefined) return [];
  const names = await readdir(directory).catch((error: unknown) => {
    if (isSystemError(error) && error.code === "ENOENT") return [];
    throw error;
  });
  const files = names.filter((name) => name.endsWith(suffix) && !name.startsWith(".")).sort(compareBytes);
  return Promise.all(files.map((name) => readFileWithin(join(directory, name), limits.responseBytes)));
}

/** Writes the bundle of every statement to `directory`; gives the path of each, by the bundle's digest. */
export async function saveBundles(
  directory: string | undefined,
  attested: readonly AttestedStatement[],
): Promise<ReadonlyMap<Digest, string>> {
  const paths = new Map<Digest, string>();
  for (const one of directory === undefined ? [] : attested) {
    const path = join(directory ?? "", fileName(one));
    await writeFileAside(path, one.bundle);
    paths.set(digestOf(one.bundle), path);
  }
  return paths;
}

/** What it is about and what it says, so that a run for another image leaves it alone. */
function fileName({ subject, statement }: AttestedStatement): string {
  const kind = predicateName(statement.predicateType).replace(/[^A-Za-z0-9.-]+/g, "-");
  return `${hexOf(subject.digest)}-${kind}${suffix}`;
}
