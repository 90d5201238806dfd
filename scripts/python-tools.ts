import { access, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runCommand } from "./checkout.ts";

/**
 * The public validators of SBOMs, which only Python's registry has, at pinned versions. They go into a virtual environment
 * of their own beside the other peers, once; where that cannot be made, the tests that call them say so and are skipped.
 */
const pythonTools: readonly string[] = ["spdx-tools==0.8.5", "cyclonedx-python-lib[json-validation]==11.12.0"];

/** Makes the environment in `folder`, unless it is there with these very versions. */
export async function installPythonTools(folder: string, print: (line: string) => void): Promise<void> {
  const done = join(folder, `installed ${pythonTools.join(" ")}`);
  if (await isThere(done)) return;
  print(`pip install ${pythonTools.join(" ")} …`);
  const made = await runCommand("python3", ["-m", "venv", folder], {}).catch(() => undefined);
  if (made?.status !== 0) {
    print("missing: python3 with venv; tests against the validators of SBOMs are skipped");
    return;
  }
  const options = ["--quiet", "--retries", "1", "--timeout", "20", "--disable-pip-version-check"];
  const installed = await runCommand(join(folder, "bin", "pip"), ["install", ...options, ...pythonTools], {});
  if (installed.status === 0) await writeFile(done, "");
  else print(`the validators are not there: ${installed.output.trimEnd().split("\n").at(-1) ?? ""}`);
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
