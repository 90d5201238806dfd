import { fileURLToPath } from "node:url";

/** Where the real data for tests is; it may be absent. */
export const corpora =
  process.env["APKMILL_CORPORA"] ?? fileURLToPath(new URL("../../../../../shared/corpora", import.meta.url));
