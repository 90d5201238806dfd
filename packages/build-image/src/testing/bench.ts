import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createHttpClient, defaultLimits, isEngineError, lineLogger, openStore, type Ports } from "@apkmill/core";
import { buildImage } from "../build-image.ts";
import type { BuildImageOptions } from "../build-options.ts";
import type { BuiltImage } from "../built-image.ts";

/** The folder of real data, beside the repository or where `APKMILL_CORPORA` says. */
export const corpora = process.env["APKMILL_CORPORA"] ?? join(import.meta.dirname, "../../../../../shared/corpora");

/** For a test's `skip`: the reason when a part of the corpora is missing, else false. */
export function missing(...parts: string[]): string | false {
  return existsSync(join(corpora, ...parts)) ? false : `needs corpora/${parts.join("/")}`;
}

/** A folder with a store, removed when the test or suite ends. */
export interface Bench {
  readonly folder: string;
  readonly ports: Ports;
  /** What was logged so far. */
  readonly lines: string[];
  /** Writes a configuration and builds it for x86_64 into a layout; what is not said is taken from `config`. */
  build(config: string, options?: Partial<BuildImageOptions>, changed?: Partial<Ports>): Promise<BuiltImage>;
}

export async function openBench(
  env: Readonly<Record<string, string>> = {},
): Promise<Bench & { close(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "apkmill-image-"));
  const lines: string[] = [];
  const ports: Ports = {
    http: createHttpClient({}),
    store: await openStore(join(folder, "store")),
    log: lineLogger((line) => void lines.push(line)),
    limits: defaultLimits,
    now: () => 0,
    env,
    signal: new AbortController().signal,
  };
  let count = 0;
  return {
    folder,
    ports,
    lines,
    build: async (config, options = {}, changed = {}) => {
      count += 1;
      const configPath = options.configPath ?? join(folder, `image-${String(count)}.apko.yaml`);
      if (options.configPath === undefined) await writeFile(configPath, config);
      const output = join(folder, `layout-${String(count)}`);
      return buildImage({ ...ports, ...changed }, { output, archs: ["x86_64"], ...options, configPath });
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

/** The code of an error of ours, or the error as text. */
export function codeOf(error: unknown): string {
  return isEngineError(error) ? error.code : String(error);
}

/** For `assert.rejects` and `assert.throws`: an error with this code. */
export function withCode(code: string): (error: unknown) => boolean {
  return (error) => {
    if (codeOf(error) === code) return true;
    throw error;
  };
}
