import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { defaultLimits } from "@apkmill/core";
import { readIndex } from "../index-file.ts";
import type { IndexRecord } from "../package-info.ts";
import type { Repository } from "../repository.ts";
import { corpora } from "./corpora.ts";
import type { GoldenRecord } from "./golden-cases.ts";

const cache = join(corpora, "alpine-3.19-x86_64", "cache");
const arch = "x86_64";

/** Alpine 3.19's main, then community, as the cases have them; undefined where the corpora are missing. */
export function alpineRepositories(): Repository[] | undefined {
  const names = existsSync(cache) ? readdirSync(cache) : [];
  const files = ["b2c94760", "be78cdff"].flatMap((hash) => names.filter((name) => name.startsWith(`APKINDEX.${hash}`)));
  if (files.length !== 2) return undefined;
  return files.map((file) => ({
    ...blankRepository(file),
    records: readIndex(readFileSync(join(cache, file)), { limits: defaultLimits }).records,
  }));
}

/** The repositories of a made-up universe. */
export function universeOf(repositories: readonly (readonly GoldenRecord[])[]): Repository[] {
  return repositories.map((records, index) => ({ ...blankRepository(String(index)), records: records.map(recordOf) }));
}

function blankRepository(location: string): Omit<Repository, "records"> {
  return { location, tag: "", arch, signer: undefined };
}

function recordOf(golden: GoldenRecord): IndexRecord {
  const { name, version, depends = [], provides = [], install_if: installIf = [], provider_priority = 0 } = golden;
  return {
    name,
    version,
    depends,
    provides,
    installIf,
    providerPriority: provider_priority,
    arch,
    checksum: `Q1${createHash("sha1").update(JSON.stringify(golden)).digest("base64")}`,
    description: "",
    url: "",
    license: "",
    origin: "",
    maintainer: "",
    commit: "",
    buildTime: 0,
    installedSizeBytes: 1,
    sizeBytes: 1,
  };
}
