import { readFileWithin, type Limits } from "@apkmill/core";
import { ConfigError } from "./config-error.ts";

/**
 * The text of a configuration file, which must be UTF-8; `onFile` is told its bytes.
 * @throws CoreError FILE_UNREADABLE, LIMIT_EXCEEDED; ConfigError CONFIG_SYNTAX
 */
export async function readConfigText(
  path: string,
  limits: Limits,
  onFile?: (bytes: Uint8Array) => void,
): Promise<string> {
  const bytes = await readFileWithin(path, limits.configBytes, "configBytes");
  onFile?.(bytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    const hint = "save the file as UTF-8";
    throw new ConfigError("CONFIG_SYNTAX", `cannot read ${path}: it is not UTF-8`, {
      hint,
      cause,
      context: { file: path },
    });
  }
}
