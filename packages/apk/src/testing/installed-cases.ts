import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Repository } from "../repository.ts";
import type { Verb } from "../solver/verb.ts";
import { repositoryOf } from "./universe-text.ts";

/** One case of `installed-cases.txt`; the text says what its lines are. */
export interface InstalledCase {
  readonly rule: string;
  /** Records as in a database. */
  readonly installed: string;
  readonly offered: readonly Repository[];
  readonly world: string;
  /** Behind `apk`. */
  readonly command: readonly string[];
  /** As `changesOf` says it. */
  readonly answer: string;
}

export function readInstalledCases(): InstalledCase[] {
  const text = readFileSync(join(import.meta.dirname, "installed-cases.txt"), "utf8");
  return text
    .split(/^= /m)
    .slice(1)
    .map((block) => readCase(block.trimEnd().split("\n")));
}

function readCase(lines: readonly string[]): InstalledCase {
  const [rule = "", ...rest] = lines;
  const found: { [line: string]: string } = {};
  const offered: Repository[] = [];
  for (const line of rest) {
    const [, key = "", value = ""] = /^(?:([a-z]+|@[a-z]+): ?)?(.*)$/.exec(line) ?? [];
    if (value.startsWith("> ")) found["answer"] = value.slice(2);
    else if (key === "") found["command"] = value;
    else if (key === "offered" || key.startsWith("@")) {
      offered.push(repositoryOf(recordsOf(value), key === "offered" ? "" : key.slice(1), `r${offered.length}`));
    } else found[key] = value;
  }
  const { installed = "", world = "", command = "", answer = "" } = found;
  return { rule, installed: recordsOf(installed), offered, world, command: command.split(" "), answer };
}

/** `a-1 D b c p v=1 | b-2` → lines of records. */
function recordsOf(text: string): string {
  return text
    .split(" | ")
    .map((record) => {
      const [label = "", ...fields] = record.split(/ (?=[DpiksfI] )/);
      const dash = label.lastIndexOf("-");
      return [
        `P:${label.slice(0, dash)}`,
        `V:${label.slice(dash + 1)}`,
        ...fields.map((field) => field.replace(" ", ":")),
      ].join("\n");
    })
    .join("\n\n");
}

/** The verb of a command of apk. */
export function verbOf([applet = "", ...words]: readonly string[]): Verb {
  const has = (option: string): boolean => words.includes(option);
  const packages = words.filter((word) => !word.startsWith("-"));
  switch (applet) {
    case "upgrade": {
      const names = packages.length === 0 ? {} : has("--ignore") ? { ignore: packages } : { packages };
      return { kind: "upgrade", ...names, available: has("-a"), latest: has("-l"), prune: has("--prune") };
    }
    case "del":
      return { kind: "remove", packages, dependants: has("-r") };
    case "fix": {
      const names = packages.length === 0 ? {} : { packages };
      return { kind: "fix", ...names, depends: has("-d"), upgrade: has("-u"), reinstall: has("-r") };
    }
    default:
      return { kind: "add", packages, upgrade: has("-u"), latest: has("-l") };
  }
}
