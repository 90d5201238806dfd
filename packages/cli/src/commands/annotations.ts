import { CliError } from "../cli-error.ts";

/**
 * `key:value`, split at the first colon, as apko reads them. A comma begins another one where a key follows it; any other is part of the
 * value. @throws CliError CLI_BAD_VALUE
 */
export function readAnnotations(texts: readonly string[]): Record<string, string> {
  const annotations = new Map<string, string>();
  for (const text of texts.flatMap((joined) => joined.split(/,(?=[a-z0-9.-]+:)/))) {
    const [, key, value] = /^([a-z0-9.-]+):(.+)$/s.exec(text) ?? [];
    if (key === undefined || value === undefined)
      throw new CliError(
        "CLI_BAD_VALUE",
        `annotation ${JSON.stringify(text)}: expected key:value, the key of a-z, 0-9, dots and hyphens`,
      );
    if (annotations.has(key)) throw new CliError("CLI_BAD_VALUE", `annotation ${key} is given more than once`);
    annotations.set(key, value);
  }
  return Object.fromEntries(annotations);
}
