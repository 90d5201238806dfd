import { mkdtempDisposable, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { checkout, runCommand } from "./checkout.ts";

/**
 * Compiles the kernel, `packages/apk/kernel`, into the texts of TypeScript files, which are committed: so it needs no compiler where it
 * runs, and is found in bundles and out of them. With --check it only compares.
 */

const sources = join(checkout, "packages/apk/kernel");

/** Files, and the modules in each of them: who reads packages does not load the resolver's. */
const targets = {
  "packages/apk/src/solver/kernel-code.ts": ["catalog", "discover"],
  "packages/apk/src/plain-scan-code.ts": ["scan/scan"],
} as const;

/** No collector: an instance does one thing, and goes. `noAssert` leaves out checks of what the compiler itself has made. */
const options = ["-O3", "--noAssert", "--runtime", "stub", "--enable", "simd", "--use", "abort="];

async function compileModule(source: string, file: string): Promise<Buffer> {
  const { status, output } = await runCommand("asc", [`${source}.ts`, "--outFile", file, ...options], {}, sources);
  if (status !== 0) throw new Error(`${source}: ${output}`);
  return readFile(file);
}

async function generate(modules: readonly string[], folder: string): Promise<string> {
  const lines = ["// From packages/apk/kernel, by `npm run kernel`: WebAssembly in base64."];
  for (const source of modules) {
    const name = basename(source);
    const code = (await compileModule(source, join(folder, `${name}.wasm`))).toString("base64");
    lines.push(`export const ${name}Code =`, `  "${code}";`);
  }
  return `${lines.join("\n")}\n`;
}

await using folder = await mkdtempDisposable(join(tmpdir(), "apkmill-kernel-"));
const isCheck = process.argv.includes("--check");
for (const [target, modules] of Object.entries(targets)) {
  const path = join(checkout, target);
  const fresh = await generate(modules, folder.path);
  if (!isCheck) await writeFile(path, fresh);
  else if ((await readFile(path, "utf8").catch(() => "")) !== fresh) {
    console.log(`${target} does not match packages/apk/kernel`);
    process.exitCode = 1;
  }
}
