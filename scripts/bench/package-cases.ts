import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { startApkRepository } from "@apkmill/dev-services";
import { layOutAlpine, type AlpineData } from "./alpine.ts";
import { bareNode, command, emptyStore, hashing, runOnce } from "./commands.ts";
import type { BenchCases, Case } from "./compare.ts";
import type { Subject } from "./whole-process.ts";

/** A large request over two full indexes of a distribution. */
const largeRequest =
  "alpine-base nodejs npm python3 py3-pip postgresql15 nginx gcc g++ make git curl openjdk17-jre-headless rust cargo go ffmpeg php82 php82-fpm php82-gd";

/** Reading, resolving, indexing and fetching packages; none where the corpus is missing, which is said. */
export async function packageCases(corpora: string, work: string): Promise<BenchCases> {
  const alpine = await layOutAlpine(corpora, work);
  if (alpine === undefined) {
    console.log(`the rows over packages need the corpus alpine-3.19-x86_64 below ${corpora}: left out`);
    return { cases: [], close: () => Promise.resolve() };
  }
  const server = await startRepository(alpine);
  const store = join(work, "store");
  return {
    cases: [...resolveCases(alpine, store), ...(await indexCases(alpine, work)), fetchCase(alpine, server.url, store)],
    close: () => server.close(),
  };
}

function resolveCases({ indexes }: AlpineData, store: string): Case[] {
  const repositories = indexes.flatMap((folder) => ["-r", folder]);
  const args = ["repo", "resolve", "--cache-dir", store, "--arch", "x86_64", ...repositories, "--ignore-signatures"];
  const files = indexes.map((folder) => join(folder, "x86_64", "APKINDEX.tar.gz"));
  const yardstick: Subject = { command: "sh", args: ["-c", 'zcat "$@" | sha256sum', "sh", ...files] };
  const request = [...args, ...largeRequest.split(" ")];
  return [
    {
      name: "resolve 20 packages of 23,030, empty store",
      subject: command(request, emptyStore(store)),
      yardstick,
      ratioBound: 3.5,
      memoryBound: 160,
    },
    {
      name: "resolve 20 packages of 23,030, warm store",
      subject: command(request),
      yardstick,
      ratioBound: 1.8,
      memoryBound: 160,
    },
  ];
}

async function indexCases({ files }: AlpineData, work: string): Promise<Case[]> {
  const index = join(work, "INDEX.tar.gz");
  const allButOne = join(work, "ALL-BUT-ONE.tar.gz");
  const [last = ""] = files.slice(-1);
  await runOnce(["apk", "index", "-o", allButOne, ...files.slice(0, -1)]);
  return [
    {
      name: "index 195 packages",
      subject: command(["apk", "index", "-o", index, ...files]),
      yardstick: bareNode,
      ratioBound: 3.5,
    },
    {
      name: "add one package to an index of 194",
      subject: command(["apk", "index", "--merge", "-o", index, last], () => copyFile(allButOne, index)),
      yardstick: bareNode,
      ratioBound: 2.5,
    },
  ];
}

function fetchCase({ files }: AlpineData, url: string, store: string): Case {
  const args = ["repo", "fetch", "--cache-dir", store, "--arch", "x86_64", "-r", url, "--ignore-signatures", "--all"];
  return {
    name: "fetch and verify 195 packages over HTTP, empty store",
    subject: command(args, emptyStore(store)),
    yardstick: hashing(files),
    ratioBound: 1,
    memoryBound: 150,
  };
}

async function startRepository({ packages, files }: AlpineData): Promise<{ url: string; close: () => Promise<void> }> {
  const index = join(packages, "x86_64", "APKINDEX.tar.gz");
  await runOnce(["apk", "index", "--rewrite-arch", "x86_64", "-o", index, ...files]);
  return startApkRepository(packages);
}
