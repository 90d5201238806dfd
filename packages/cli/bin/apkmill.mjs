#!/usr/bin/env node
// Starts the bundled command line with Node 24, whichever Node runs this file.
import module from "node:module";

const oldestMajor = 24;

if (Number(process.versions.node.split(".")[0]) >= oldestMajor) {
  keepCompiledCode();
  await import("../dist/main.mjs");
} else {
  const { restartWithOwnNode } = await import("./restart.mjs");
  restartWithOwnNode(oldestMajor);
}

/** In the user's own cache, never in a temporary folder that all users share: what lies there is run. */
function keepCompiledCode() {
  const { HOME, XDG_CACHE_HOME = HOME && `${HOME}/.cache` } = process.env;
  if (XDG_CACHE_HOME) module.enableCompileCache(`${XDG_CACHE_HOME}/apkmill/code`);
}
