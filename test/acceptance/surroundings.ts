import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkout } from "../../scripts/checkout.ts";

/** The real data that tests read, or undefined where it is absent. */
export const corpora = [process.env["APKMILL_CORPORA"] ?? join(checkout, "..", "shared", "corpora")].find((path) =>
  existsSync(path),
);

/** Why a test cannot run here; false when it can. For the `skip` option of a test. */
export function needs(...conditions: readonly (string | false)[]): string | false {
  const missing = conditions.filter((condition) => condition !== false);
  return missing.length === 0 ? false : `needs ${missing.join(", ")}`;
}

/** A program of the host. */
export function program(name: string): string | false {
  return spawnSync("sh", ["-c", `command -v ${name} || ls /usr/sbin/${name}`], { stdio: "ignore" }).status === 0
    ? false
    : name;
}

export const root: string | false = process.getuid?.() === 0 ? false : "root";
export const realPackages: string | false = corpora === undefined ? "the corpora" : false;

/** A directory that goes with the process of the test file. */
export function temporaryDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), "acceptance-"));
  process.once("exit", () => {
    rmSync(path, { recursive: true, force: true });
  });
  return path;
}
