import { defaultLimits, type Limits } from "@apkmill/core";
import { decodeNode, openContext } from "./decoder.ts";
import { readConfigText } from "./config-file.ts";
import { adviseOnImageKey } from "./image-advice.ts";
import { assembleImage, withSupervisor } from "./image-assemble.ts";
import type { ImageConfig } from "./image-config.ts";
import { mergeImageFiles } from "./image-merge.ts";
import { imageFile, type ImageFile } from "./image-schema.ts";
import { keepSources } from "./image-places.ts";
import { findInclude, resolveInclude } from "./include.ts";
import { collectProblems, requireNoProblems, type Problems } from "./problems.ts";
import { parseYaml, type YamlSource } from "./yaml-source.ts";

export interface LoadImageOptions {
  /** Folders in which the configuration and what it includes are looked for after the working folder. */
  readonly includePaths?: readonly string[];
  readonly limits?: Limits;
  /** Told the bytes of the file, then of each that is included. */
  readonly onFile?: (bytes: Uint8Array) => void;
}

/**
 * Reads an apko configuration with the files it includes.
 * @throws ConfigError CONFIG_INVALID with every problem of all files; CoreError FILE_UNREADABLE
 */
export async function loadImageConfig(path: string, options: LoadImageOptions = {}): Promise<ImageConfig> {
  const limits = options.limits ?? defaultLimits;
  const problems = collectProblems();
  const files: ImageFile[] = [];
  const sources: YamlSource[] = [];
  const opened: string[] = [];
  let next: string | undefined = (await findInclude(path, options.includePaths)) ?? path;
  while (next !== undefined) {
    opened.push(next);
    const source = parseYaml(next, await readConfigText(next, limits, options.onFile), limits, problems);
    const file = decodeImageFile(source, problems);
    files.push(file);
    if (source !== undefined) sources.push(source);
    next = await resolveInclude(file, opened, options, problems);
  }
  // The last one read is the base of all others.
  const image = withSupervisor(assembleImage(files.reduceRight(mergeImageFiles), problems));
  requireNoProblems(problems, opened[0] ?? path);
  keepSources(image, sources);
  return image;
}

/**
 * An apko configuration from its text. `file` is its name in messages. An `include` is refused.
 * @throws ConfigError CONFIG_INVALID with every problem
 */
export function parseImageConfig(text: string, file = "apko.yaml", limits = defaultLimits): ImageConfig {
  const problems = collectProblems();
  const parsed = decodeImageFile(parseYaml(file, text, limits, problems), problems);
  const { value: include, place } = parsed.include;
  if (include !== "" && place !== undefined) {
    problems.add("CONFIG_UNSUPPORTED", place, "a text without a file cannot include others", "write it to a file");
  }
  const image = withSupervisor(assembleImage(parsed, problems));
  requireNoProblems(problems, file);
  return image;
}

function decodeImageFile(source: YamlSource | undefined, problems: Problems): ImageFile {
  if (source === undefined) return imageFile.absent();
  return decodeNode(imageFile, source.root, { ...openContext(source, problems), adviseOnKey: adviseOnImageKey });
}
