import { readFileSync } from "node:fs";
import { readIndex } from "../index-file.ts";
import { keyringOf, parsePublicKey } from "../keyring.ts";
import { verifyPackageFile } from "../verify-package.ts";
import { outcomeOf } from "./broken-row.ts";

/**
 * A process that reads one hostile file and says what came of it and how much memory it has taken at most.
 * Usage: read-bomb.ts package|index FILE PUBLIC-KEY
 */
const [kind, file = "", keyFile = ""] = process.argv.slice(2);
const keyring = keyringOf([parsePublicKey("test.rsa.pub", readFileSync(keyFile, "utf8"))]);
const outcome = await outcomeOf(() =>
  kind === "index" ? readIndex(readFileSync(file)) : verifyPackageFile(file, keyring),
);
console.log(JSON.stringify({ outcome, peakBytes: process.resourceUsage().maxRSS * 1024 }));
