import { existsSync } from "node:fs";
import { join } from "node:path";
import { runCommand } from "../checkout.ts";

/** A signed repository of compilers and services, made of Debian packages. */
export interface DebianData {
  readonly packages: string;
  readonly key: string;
  /** What an image of it asks for. */
  readonly world: readonly string[];
}

/** Debian has three packages for `awk`, of which apk takes none that is not named. */
const names = "deb-baselayout gcc g++ make python3 bash coreutils git curl ca-certificates perl nginx-light mawk".split(
  " ",
);

/** Makes the repository, which takes a minute or two; undefined, with a word, where the script or its tools are not there. */
export async function makeDebian(corpora: string, work: string): Promise<DebianData | undefined> {
  const script = join(corpora, "..", "tools", "deb2apk.py");
  const folder = join(work, "debian");
  const made = existsSync(script) ? await runCommand("python3", [script, "--out", folder, ...names]) : undefined;
  if (made?.status === 0)
    return { packages: join(folder, "packages"), key: join(folder, "corpus.rsa.pub"), world: names };
  console.log(`the rows over Debian packages need ${script} and apt's package lists: left out`);
  return undefined;
}
