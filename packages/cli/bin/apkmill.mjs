#!/usr/bin/env node
// Starts the bundled command line with Node 24, whichever Node runs this file.

const oldestMajor = 24;
const runMark = "\n";
/** As many are counted; a file grows by that much. */
const mostRuns = 1 << 14;

if (Number(process.versions.node.split(".")[0]) >= oldestMajor) {
  start();
} else {
  const { restartWithOwnNode } = await import("./restart.mjs");
  restartWithOwnNode(oldestMajor);
}

/**
 * Runs the parts of the bundle (scripts/bundle-parts.ts) with what earlier runs of this command have compiled. Nothing is imported
 * here: to resolve a module takes longer than to run this file.
 */
function start() {
  const fs = process.getBuiltinModule("node:fs");
  const { Script } = process.getBuiltinModule("node:vm");
  const { crc32 } = process.getBuiltinModule("node:zlib");
  const dist = new URL("../dist/", import.meta.url);
  const store = compiledCodePath();
  const kept = (store === undefined ? undefined : readCompiled()) ?? { parts: new Map(), runs: 0 };
  const scripts = new Map();
  const exports = new Map();
  let isNew = false;

  process.once("exit", (status) => {
    if (store === undefined || status !== 0) return;
    if (isNew) writeCompiled(compiledParts(), 0);
    else countRun(kept.runs + 1);
  });
  load("main.part.js");

  function load(name) {
    const loaded = exports.get(name);
    if (loaded !== undefined) return loaded;
    const url = new URL(name, dist);
    const source = fs.readFileSync(url);
    const sum = crc32(source);
    if (kept.parts.get(name)?.sum !== sum) kept.parts.delete(name);
    const cachedData = kept.parts.get(name)?.data;
    const script = new Script(source.toString(), { filename: url.href, cachedData });
    // What V8 refuses was made by another, or under other flags; so it will be again where this process has changed a flag since its start.
    if (script.cachedDataRejected && scripts.size === 0) kept.parts.clear();
    isNew ||= !kept.parts.has(name);
    scripts.set(name, { script, sum });
    const found = script.runInThisContext()(load, async (later) => load(later), url.href, process.getBuiltinModule);
    exports.set(name, found);
    return found;
  }

  /**
   * A file for each command of this installation, in the user's own cache, never in a temporary folder that all users share: what lies
   * there is run.
   */
  function compiledCodePath() {
    const { HOME, XDG_CACHE_HOME = HOME && `${HOME}/.cache` } = process.env;
    if (!XDG_CACHE_HOME) return undefined;
    const [group = "", verb = ""] = process.argv.slice(2);
    const command = ["apk", "repo", "image", "cache"].includes(group) ? `${group}-${verb}` : group;
    if (!/^[a-z-]+$/.test(command)) return undefined;
    const { version, arch } = process;
    const installation = crc32(dist.href).toString(16);
    return `${XDG_CACHE_HOME}/apkmill/code/${version}-${arch}-${installation}/${command}`;
  }

  /** Undefined when there is no file, or another user's, or one that is not whole. V8 itself tells whether it can use what is there. */
  function readCompiled() {
    try {
      const file = fs.openSync(store, "r");
      try {
        if (fs.fstatSync(file).uid !== process.geteuid?.()) return undefined;
        return decode(fs.readFileSync(file));
      } finally {
        fs.closeSync(file);
      }
    } catch {
      return undefined;
    }
  }

  /** A checksum, the length of the head, the head, the code of each part that it names; behind them a byte for each later run. */
  function decode(bytes) {
    const head = bytes.subarray(8, 8 + bytes.readUInt32LE(4));
    const parts = new Map();
    let end = 8 + head.length;
    for (const [name, sum, size] of JSON.parse(head.toString("latin1"))) {
      parts.set(name, { sum, data: bytes.subarray(end, end + size) });
      end += size;
    }
    if (bytes.readUInt32LE(0) !== crc32(bytes.subarray(4, end))) return undefined;
    return { parts, runs: bytes.length - end };
  }

  /**
   * What is kept has only what was called in the run that kept it, which may have been one for help. So the first, second, fourth, eighth …
   * run after it looks whether it has compiled much more, and keeps that then: what V8 has thrown away meanwhile is not missed.
   */
  function countRun(runs) {
    if (runs > mostRuns) return;
    if ((runs & (runs - 1)) === 0) {
      const parts = compiledParts();
      if (sizeOf(parts) > 1.05 * sizeOf(kept.parts)) return writeCompiled(parts, runs);
    }
    try {
      const file = fs.openSync(store, fs.constants.O_WRONLY | fs.constants.O_APPEND);
      fs.writeSync(file, runMark);
      fs.closeSync(file);
    } catch {
      // Somebody has emptied the cache.
    }
  }

  /** With those that only other runs of the command have loaded. */
  function compiledParts() {
    const parts = new Map([...kept.parts].filter(([name]) => fs.existsSync(new URL(name, dist))));
    for (const [name, { script, sum }] of scripts) parts.set(name, { sum, data: script.createCachedData() });
    return parts;
  }

  function sizeOf(parts) {
    return [...parts.values()].reduce((sum, { data }) => sum + data.length, 0);
  }

  /** Beside the old file, then in its place; a start that cannot keep anything is as good as one that does. */
  function writeCompiled(parts, runs) {
    const listed = [...parts].map(([name, { sum, data }]) => [name, sum, data.length]);
    const head = Buffer.from(JSON.stringify(listed), "latin1");
    const content = Buffer.concat([uint32(head.length), head, ...[...parts.values()].map(({ data }) => data)]);
    const aside = `${store}.${process.pid}`;
    try {
      makeFolders(store.slice(0, store.lastIndexOf("/")));
      fs.writeFileSync(aside, Buffer.concat([uint32(crc32(content)), content, Buffer.alloc(runs, runMark)]), {
        mode: 0o600,
        flag: "wx",
      });
      fs.renameSync(aside, store);
    } catch {
      fs.rmSync(aside, { force: true });
    }
  }

  /** Up to four levels: the user's cache, ours, the code, this installation. Nothing is made where no home is. */
  function makeFolders(path, levels = 4) {
    if (levels === 0 || fs.existsSync(path)) return;
    makeFolders(path.slice(0, path.lastIndexOf("/")), levels - 1);
    fs.mkdirSync(path, { mode: 0o700 });
  }

  function uint32(value) {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value);
    return bytes;
  }
}
