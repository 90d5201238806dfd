import assert from "node:assert/strict";
import { cpSync, mkdirSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { defaultLimits } from "@apkmill/core";
import { readIndex } from "./index-file.ts";
import { formatIndexText } from "./index-text.ts";
import type { InstalledRecord } from "./installed-package.ts";
import type { Repository } from "./repository.ts";
import { requireSolution, solve } from "./solve.ts";
import { corpora } from "./testing/corpora.ts";
import { readInstalledCases, verbOf } from "./testing/installed-cases.ts";
import { temporaryFolder } from "./testing/packages.ts";
import { layRepository, noSimulatingClient, openSimulatingClient } from "./testing/simulating-client.ts";
import { installedOf, labelChanges } from "./testing/universe-text.ts";

const alpine = join(corpora, "alpine-3.19-x86_64");

/** What is done to a root of Alpine 3.19.1, half a year later. */
const world = ["alpine-base", "openssl", "openssh", "wget", "chrony", "dhcpcd", "e2fsprogs-extra", "tzdata", "doas"];
const commands = [
  "upgrade",
  "upgrade -a -l",
  "upgrade --ignore openssl",
  "add -u python3 gcc",
  "add docs bash bash-completion git",
  "add ntpsec !chrony",
  "add openssl<3.1.5",
  "add -u xfce4 nodejs",
  "del openssh wget",
  "del alpine-base",
  "del -r libcrypto3",
];

describe("the real client on what is installed", { skip: noSimulatingClient }, () => {
  test("answers as the cases say, but for those of apk 3 only", async (t) => {
    const folder = await temporaryFolder(t);
    const client = openSimulatingClient(folder);
    for (const { rule, installed, offered, world: before, command, answer } of readInstalledCases()) {
      if (rule.endsWith("(3 only)")) continue;
      const repositories = await Promise.all(offered.map((repository) => layRepository(folder, repository)));
      const root = { installed: databaseOf(installedOf(installed)), world: before.split(" "), repositories };
      assert.equal(client(root, command), answer, rule);
    }
  });

  test("does to a real root what we do, over two whole indexes, in the same order", async (t) => {
    const folder = await temporaryFolder(t);
    const client = openSimulatingClient(folder);
    const repositories = ["b2c94760", "be78cdff"].map((hash) => wholeRepository(folder, hash));
    const installed = releasedPackages();
    const root = {
      installed: databaseOf(installed),
      world,
      repositories: repositories.map(({ location }) => location),
    };
    for (const command of commands) {
      const words = command.split(" ");
      const found = solve({ repositories, installed, world, verb: verbOf(words), arch: "x86_64" });
      assert.equal(labelChanges(found), client(root, words), command);
    }
  });
});

/** One of the full indexes, where the client can read it. */
function wholeRepository(folder: string, hash: string): Repository {
  const cache = join(alpine, "cache");
  const file = join(cache, readdirSync(cache).find((name) => name.startsWith(`APKINDEX.${hash}`)) ?? "");
  const location = join(folder, hash);
  mkdirSync(join(location, "x86_64"), { recursive: true });
  cpSync(file, join(location, "x86_64/APKINDEX.tar.gz"));
  const { records } = readIndex(readFileSync(file), { limits: defaultLimits });
  return { location, tag: "", arch: "x86_64", records, signer: undefined };
}

/** The root's packages as they were released, as its database has them. */
function releasedPackages(): InstalledRecord[] {
  const bytes = readFileSync(join(alpine, "apks/x86_64/APKINDEX.tar.gz"));
  const { records } = readIndex(bytes, { limits: defaultLimits });
  const repositories = [{ location: "release", tag: "", arch: "x86_64", records, signer: undefined }];
  return requireSolution(solve({ repositories, world, arch: "x86_64" }))
    .map(({ record }) => ({ ...record, replaces: [], replacesPriority: 0, tag: "", flags: "" }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The text of a database, without files. */
function databaseOf(installed: readonly InstalledRecord[]): string {
  return installed
    .map((record) => {
      const own = [
        ...(record.tag === "" ? [] : [`s:${record.tag}`]),
        ...(record.flags === "" ? [] : [`f:${record.flags}`]),
      ];
      return `${[formatIndexText([{ ...record, arch: "x86_64" }]).trimEnd(), ...own].join("\n")}\n\n`;
    })
    .join("");
}
