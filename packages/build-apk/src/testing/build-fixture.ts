import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { createHttpClient, defaultLimits, lineLogger, openStore } from "@apkmill/core";
import { openBubblewrap, probeSandbox } from "@apkmill/sandbox";
import type { BuildOptions, BuildPorts } from "../build-options.ts";
import { corpora } from "./corpora.ts";

/** A corpus of Alpine packages as a repository for environments. */
export interface Corpus {
  readonly arch: string;
  readonly repository: string;
}

export const alpine: Corpus = { arch: "x86_64", repository: join(corpora, "alpine-3.19-x86_64/apks") };
export const alpineOnArm: Corpus = { arch: "aarch64", repository: join(corpora, "alpine-3.13-aarch64/apks") };

/** Why a build in the corpus cannot run here, or false. */
export async function whyNot({ arch, repository }: Corpus): Promise<string | false> {
  if (!existsSync(join(repository, arch, "APKINDEX.tar.gz"))) return `needs the corpus ${repository}`;
  const probe = await probeSandbox({ arch });
  return probe.usable ? false : `needs a sandbox for ${arch}: ${probe.problem}`;
}

/** A folder for one test, gone after it. */
export function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "apkmill-test-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The public keys that signed the corpus, which its own `alpine-keys` carries. */
export function corpusKeys({ arch, repository }: Corpus, folder: string): string {
  const name = readdirSync(join(repository, arch)).find((each) => each.startsWith("alpine-keys-")) ?? "";
  const keys = join(folder, "keys");
  mkdirSync(keys, { recursive: true });
  const pattern = ["--wildcards", "etc/apk/keys/*", "--strip-components=3"];
  execFileSync("tar", ["-xzf", join(repository, arch, name), "-C", keys, ...pattern], {
    stdio: ["ignore", "ignore", "ignore"],
  });
  return keys;
}

/** Writes the configurations, each into a folder of its own, and gives their paths. */
export function writeConfigs(folder: string, configs: Readonly<Record<string, string>>): string[] {
  return Object.entries(configs).map(([name, text]) => {
    mkdirSync(join(folder, "configs", name), { recursive: true });
    const path = join(folder, "configs", name, `${name}.yaml`);
    writeFileSync(path, text);
    return path;
  });
}

/** Ports with a store below `folder`; what is logged is collected in `lines`. */
export async function buildPorts(folder: string, lines: string[] = []): Promise<BuildPorts> {
  return {
    http: createHttpClient(),
    store: await openStore(join(folder, "store")),
    log: lineLogger((line) => lines.push(line)),
    limits: defaultLimits,
    now: () => Date.now() / 1000,
    env: {},
    signal: new AbortController().signal,
    sandbox: openBubblewrap(),
  };
}

/** Options for a build in the corpus, into `<folder>/out`. */
export function corpusOptions(corpus: Corpus, folder: string, configs: readonly string[]): BuildOptions {
  return {
    configs,
    archs: [corpus.arch],
    outDir: join(folder, "out"),
    repositories: [corpus.repository],
    keyring: [corpusKeys(corpus, folder)],
    buildTime: 1_700_000_000,
    network: false,
  };
}
