// Prepares the checkout and runs one of the project's scripts with the Node that the repository brings.
// This file alone must work on Node 20: it is what `npm start` and `npm test` begin with on a bare machine.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const binaries = join(root, "node_modules", ".bin");
const stamp = join(root, "node_modules", ".apkmill-installed");

function main([script, ...args]) {
  if (script === undefined) fail("usage: node scripts/run.mjs SCRIPT [ARGUMENT …]");
  install();
  process.exitCode = run(join(binaries, "node"), [join(root, "scripts", `${script}.ts`), ...args]);
}

/** Installs the locked dependencies unless this very lock file was installed before. */
function install() {
  const wanted = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  console.error("installing the locked npm dependencies …");
  const status = run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
  if (status !== 0) fail("npm ci failed; the lines above say why", status);
  if (!existsSync(join(binaries, "node")))
    fail("Node 24 is packaged for Linux on x64 and arm64; this machine is neither");
  writeFileSync(stamp, wanted);
}

function run(command, args) {
  const env = { ...process.env, PATH: `${binaries}${delimiter}${process.env.PATH ?? ""}` };
  const { status, signal, error } = spawnSync(command, args, { cwd: root, stdio: "inherit", env });
  if (error !== undefined) fail(`cannot start ${command}: ${error.message}`);
  return status ?? (signal === "SIGINT" ? 130 : 1);
}

function fail(message, status = 1) {
  console.error(message);
  process.exit(status);
}

main(process.argv.slice(2));
