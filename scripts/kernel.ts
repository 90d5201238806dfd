import { mkdtempDisposable, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkout, runCommand } from "./checkout.ts";

/**
 * Compiles the kernel of the resolver, `packages/apk/kernel`, into the text of a TypeScript file, which is committed: so it needs no
 * compiler where it runs, and is found in bundles and out of them. With --check it only compares.
 */

const sources = join(checkout, "packages/apk/kernel");
const target = join(checkout, "packages/apk/src/solver/kernel-code.ts");

/** Each becomes a module of its own. */
const modules = ["catalog", "discover"] as const;

/** No collector: an instance does one thing, and goes. `noAssert` leaves out checks of what the compiler itself has made. */
const options = ["-O3", "--noAssert", "--runtime", "stub", "--enable", "simd", "--use", "abort="];

async function compileModule(name: string, folder: string): Promise<Buffer> {
  const file = join(folder, `${name}.wasm`);
  const { status, output } = await runCommand("asc", [`${name}.ts`, "--outFile", file, ...options], {}, sources);
  if (status !== 0) throw new Error(`${name}: ${output}`);
  return readFile(file);
}

async function generate(folder: string): Promise<string> {
  const lines = ["// From packages/apk/kernel, by `npm run kernel`: WebAssembly in base64."];
  for (const name of modules) {
    const code = (await compileModule(name, folder)).toString("base64");
    lines.push(`export const ${name}Code =`, `  "${code}";`);
  }
  return `${lines.join("\n")}\n`;
}

await using folder = await mkdtempDisposable(join(tmpdir(), "apkmill-kernel-"));
const fresh = await generate(folder.path);
if (process.argv.includes("--check")) {
  const isStale = (await readFile(target, "utf8").catch(() => "")) !== fresh;
  if (isStale) console.log("packages/apk/src/solver/kernel-code.ts does not match packages/apk/kernel");
  process.exitCode = isStale ? 1 : 0;
} else await writeFile(target, fresh);
