import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { compareBytes, readFileWithin, reasonOf, type Limits } from "@apkmill/core";
import { ApkError } from "./apk-error.ts";

/**
 * A file of repositories as apk reads `/etc/apk/repositories` (reference apk-formats A9):
 *
 *     [v2|v3] [@tag] URL [COMPONENT…]     one repository, or one for each component below the URL
 *     ndx [@tag] URL                      an index, with the packages beside it
 *     set [-default] NAME=VALUE           a variable for the lines below; with -default unless it is set
 *     # …
 *
 * `${NAME}` stands for a variable's value in all of them; APK_ARCH is set from the start.
 */

const maxFileBytes = 1024 * 1024;

/** The locations that the files name, in their order; of a folder its `*.list` files. @throws ApkError REPOSITORY_FILE */
export async function loadRepositoriesFiles(
  paths: readonly string[],
  { arch, limits }: { readonly arch: string; readonly limits: Limits },
): Promise<string[]> {
  const files = (await Promise.all(paths.map(listFiles))).flat();
  const texts = await Promise.all(
    files.map((file) =>
      readFileWithin(file, Math.min(maxFileBytes, limits.configBytes)).then((text) => text.toString("utf8")),
    ),
  );
  return texts.flatMap((text, index) => parseRepositoriesFile(text, { arch, file: files[index] ?? "" }));
}

async function listFiles(path: string): Promise<string[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path];
    const names = (await readdir(path)).filter((name) => name.endsWith(".list") && !name.startsWith("."));
    return names.sort(compareBytes).map((name) => join(path, name));
  } catch (cause) {
    throw new ApkError("REPOSITORY_FILE", `cannot read the repositories of ${path}: ${reasonOf(cause)}`, {
      cause,
      hint: "check the path of --repositories-file",
      context: { path },
    });
  }
}

/** The locations of one file's text, as {@link parseLocation} takes them. @throws ApkError REPOSITORY_FILE */
export function parseRepositoriesFile(
  text: string,
  { arch, file }: { readonly arch: string; readonly file: string },
): string[] {
  const variables = new Map([["APK_ARCH", arch]]);
  return text.split("\n").flatMap((raw, index) => {
    const fail = (problem: string): ApkError =>
      new ApkError("REPOSITORY_FILE", problem, {
        hint: "write [v2|v3] [@tag] URL [COMPONENT…], ndx [@tag] URL, or set NAME=VALUE",
        context: { file, line: index + 1 },
      });
    const words = raw.trim().split(/\s+/);
    const [first = ""] = words;
    if (first === "" || first.startsWith("#")) return [];
    const expanded = words.map((word) => expand(word, variables, fail));
    if (first !== "set") return locationsOf(expanded, fail);
    setVariable(expanded.slice(1), variables, fail);
    return [];
  });
}

type Fail = (problem: string) => ApkError;

function expand(word: string, variables: ReadonlyMap<string, string>, fail: Fail): string {
  return word.replace(/\$\{([^}]*)(\}?)/g, (_, name: string, end: string) => {
    const value = end === "" ? undefined : variables.get(name);
    if (value === undefined) throw fail(`no variable is called ${JSON.stringify(name.slice(0, 60))}`);
    return value;
  });
}

function setVariable(words: readonly string[], variables: Map<string, string>, fail: Fail): void {
  const isDefault = words[0] === "-default";
  const [assignment = "", ...rest] = isDefault ? words.slice(1) : words;
  const [, name = "", value = ""] = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/.exec(assignment) ?? [];
  if (name === "" || rest.length > 0) throw fail("set: expected NAME=VALUE");
  if (!isDefault || !variables.has(name)) variables.set(name, value);
}

function locationsOf(words: readonly string[], fail: Fail): string[] {
  const rest = [...words];
  const keyword = /^(v2|v3|ndx)$/.test(rest[0] ?? "") ? rest.shift() : undefined;
  const tag = rest[0]?.startsWith("@") === true ? rest.shift() : undefined;
  const [url = "", ...components] = rest;
  if (url === "") throw fail("expected a URL or a path");
  const isIndex = keyword === "ndx" || (keyword === undefined && /\.(adb|tar\.gz)$/.test(url));
  if (isIndex && components.length > 0) throw fail("an index has no components");
  const addresses =
    components.length === 0 ? [url] : components.map((component) => `${url.replace(/\/+$/, "")}/${component}`);
  return addresses.map((address) => [keyword, tag, address].filter((word) => word !== undefined).join(" "));
}
