#!/usr/bin/env node
// Starts the command line with Node 24, whichever Node runs this file: the sources need its type stripping.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const oldestMajor = 24;

if (Number(process.versions.node.split(".")[0]) >= oldestMajor) await start();
else restartWithOwnNode();

async function start() {
  const { main } = await import("../src/index.ts");
  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"]) process.once(name, () => stop.abort(new Error(name)));
  process.exitCode = await main({
    argv: process.argv.slice(2),
    env: process.env,
    stdout: (text) => process.stdout.write(text),
    stderr: (text) => process.stderr.write(text),
    signal: stop.signal,
  });
}

function restartWithOwnNode() {
  const own = fileURLToPath(new URL("../../../node_modules/.bin/node", import.meta.url));
  if (!existsSync(own)) {
    console.error(
      `apkmill needs Node ${oldestMajor}; this is ${process.version}. Run npm start or npm test once: they install it.`,
    );
    process.exit(1);
  }
  const { status } = spawnSync(own, process.argv.slice(1), { stdio: "inherit" });
  process.exitCode = status ?? 1;
}
