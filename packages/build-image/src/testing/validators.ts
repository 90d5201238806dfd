import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

/** The public validators of SBOMs, as `npm test` installs them. */

const { HOME = ".", XDG_CACHE_HOME = join(HOME, ".cache") } = process.env;
const programs = join(XDG_CACHE_HOME, "apkmill-peers", "python", "bin");

/** For a test's `skip`: the reason when the validators are missing, else false. */
export const noValidators = existsSync(join(programs, "pyspdxtools"))
  ? false
  : "needs pyspdxtools and cyclonedx-python-lib (npm test installs them where python3 has venv)";

/** `pyspdxtools` has nothing to say about the file. */
export async function requireValidSpdx(path: string): Promise<void> {
  const { stdout, stderr } = await promisify(execFile)(join(programs, "pyspdxtools"), ["--infile", path]);
  assert.equal(stdout + stderr, "", path);
}

const script = `
import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
validator = JsonStrictValidator(SchemaVersion.V1_6)
for path in sys.argv[1:]:
    error = validator.validate_str(open(path, encoding="utf-8").read())
    if error:
        print(path, error)
`;

/** The strict validator of CycloneDX 1.6 has nothing to say about any of the files. */
export async function requireValidCycloneDx(paths: readonly string[]): Promise<void> {
  const { stdout, stderr } = await promisify(execFile)(join(programs, "python"), ["-c", script, ...paths]);
  assert.equal(stdout + stderr, "");
}
