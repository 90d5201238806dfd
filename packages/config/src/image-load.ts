import { isAbsolute, join, resolve } from "node:path";
import { isMap, type Node } from "yaml";
import { defaultLimits, pathExists, type Limits } from "@apkmill/core";
import { decodeNode, openContext } from "./decoder.ts";
import { readConfigText } from "./config-file.ts";
import { assembleImage, mergeImageFiles } from "./image-assemble.ts";
import type { ImageConfig } from "./image-config.ts";
import { imageFile, type ImageFile } from "./image-schema.ts";
import type { Place } from "./place.ts";
import { collectProblems, requireNoProblems, type Problems } from "./problems.ts";
import { parseYaml } from "./yaml-source.ts";

export interface LoadImageOptions {
  /** Folders in which `include` is looked for after the working folder. */
  readonly includePaths?: readonly string[];
  readonly limits?: Limits;
}

/**
 * Reads an apko configuration with the files it includes.
 * @throws ConfigError CONFIG_INVALID with every problem of all files; CoreError FILE_UNREADABLE
 */
export async function loadImageConfig(path: string, options: LoadImageOptions = {}): Promise<ImageConfig> {
  const limits = options.limits ?? defaultLimits;
  const problems = collectProblems();
  const text = await readConfigText(path, limits);
  const file = await readWithIncludes({ path, text, opened: [resolve(path)] }, options, limits, problems);
  const image = assembleImage(file, { file: path, line: 1, column: 1 }, problems);
  requireNoProblems(problems, path);
  return image;
}

/**
 * An apko configuration from its text. `file` is its name in messages. An `include` is refused.
 * @throws ConfigError CONFIG_INVALID with every problem
 */
export function parseImageConfig(text: string, file = "apko.yaml", limits = defaultLimits): ImageConfig {
  const problems = collectProblems();
  const parsed = readImageFile(file, text, limits, problems);
  if (parsed.value.include !== "") {
    problems.add(
      "CONFIG_UNSUPPORTED",
      parsed.includePlace,
      "a text without a file cannot include others",
      "write it to a file",
    );
  }
  const image = assembleImage(parsed.value, { file, line: 1, column: 1 }, problems);
  requireNoProblems(problems, file);
  return image;
}

interface OpenFile {
  readonly path: string;
  readonly text: string;
  /** Absolute paths from the first file to this one. */
  readonly opened: readonly string[];
}

async function readWithIncludes(
  open: OpenFile,
  options: LoadImageOptions,
  limits: Limits,
  problems: Problems,
): Promise<ImageFile> {
  const { value, includePlace } = readImageFile(open.path, open.text, limits, problems);
  if (value.include === "") return value;
  const found = await findInclude(value.include, options.includePaths ?? []);
  if (found === undefined) {
    const hint = "correct the path; it is relative to the working folder or to an include path";
    problems.add("CONFIG_INCLUDE_MISSING", includePlace, `cannot find the included file ${value.include}`, hint);
    return value;
  }
  if (open.opened.includes(resolve(found)) || open.opened.length > limits.depth) {
    problems.add(
      "CONFIG_INCLUDE_CYCLE",
      includePlace,
      `${value.include} includes itself`,
      "break the circle of includes",
    );
    return value;
  }
  const text = await readConfigText(found, limits);
  const base = await readWithIncludes(
    { path: found, text, opened: [...open.opened, resolve(found)] },
    options,
    limits,
    problems,
  );
  return mergeImageFiles(base, value);
}

async function findInclude(include: string, includePaths: readonly string[]): Promise<string | undefined> {
  const candidates = isAbsolute(include)
    ? [include]
    : [include, ...includePaths.map((folder) => join(folder, include))];
  for (const candidate of candidates) if (await pathExists(candidate)) return candidate;
  return undefined;
}

function readImageFile(
  file: string,
  text: string,
  limits: Limits,
  problems: Problems,
): { value: ImageFile; includePlace: Place } {
  const source = parseYaml(file, text, limits, problems);
  if (source === undefined) return { value: imageFile.absent(), includePlace: { file, line: 1, column: 1 } };
  const value = decodeNode(imageFile, source.root, openContext(source, problems));
  const include = isMap<unknown, Node>(source.root) ? source.root.get("include", true) : undefined;
  return { value, includePlace: source.placeOf(include ?? source.root) };
}
