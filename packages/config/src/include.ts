import { realpath } from "node:fs/promises";
import { join, resolve } from "node:path";
import { defaultLimits, pathExists, type Limits } from "@apkmill/core";
import type { ImageFile } from "./image-schema.ts";
import type { Problems } from "./problems.ts";

/** The first of `path` and of it below each folder that exists; undefined for none. The folder of the including file plays no part. */
export async function findInclude(path: string, includePaths: readonly string[] = []): Promise<string | undefined> {
  for (const candidate of [path, ...includePaths.map((folder) => join(folder, path))])
    if (await pathExists(candidate)) return candidate;
  return undefined;
}

/**
 * The file that `file` includes; undefined when it includes none, or none that can be: it is missing, or among those `opened` to
 * get here, of which `file` is the last.
 */
export async function resolveInclude(
  file: ImageFile,
  opened: readonly string[],
  { includePaths, limits = defaultLimits }: { readonly includePaths?: readonly string[]; readonly limits?: Limits },
  problems: Problems,
): Promise<string | undefined> {
  const { value: path, place } = file.include;
  if (path === "" || place === undefined) return undefined;
  const found = await findInclude(path, includePaths);
  if (found === undefined) {
    const hint = "correct the path; it is relative to the working folder or to an include path";
    problems.add("CONFIG_INCLUDE_MISSING", place, `cannot find the included file ${path}`, hint);
    return undefined;
  }
  const [real, ...reals] = await Promise.all([found, ...opened].map(realPath));
  const first = reals.indexOf(real ?? found);
  if (first >= 0) {
    const circle = [...opened.slice(first), found].join(" includes ");
    problems.add("CONFIG_INCLUDE_CYCLE", place, `includes go in a circle: ${circle}`, "break the circle of includes");
    return undefined;
  }
  if (opened.length < limits.depth) return found;
  problems.add(
    "CONFIG_LIMIT",
    place,
    `more than ${String(limits.depth)} files include one another`,
    "join some of them",
  );
  return undefined;
}

/** One name for a file that links give several. */
async function realPath(path: string): Promise<string> {
  return realpath(path).catch(() => resolve(path));
}
