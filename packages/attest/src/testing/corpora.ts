import { existsSync } from "node:fs";
import { join } from "node:path";

/** The folder of real data beside the checkout, or where APKMILL_CORPORA says. */
export const corpora = process.env["APKMILL_CORPORA"] ?? join(import.meta.dirname, "../../../../../shared/corpora");

/** The reason to skip a test that reads a corpus, or false when it is there. */
export function withoutCorpus(name: string): string | false {
  return existsSync(join(corpora, name)) ? false : `needs the corpus ${name}`;
}
