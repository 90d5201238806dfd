import type { ImageConfig } from "@apkmill/config";
import { defaultLimits, requireWithin } from "@apkmill/core";
import { atValue } from "./at-value.ts";
import { ImageError } from "./image-error.ts";
import { hasControl } from "./placeable.ts";
import { splitWords } from "./words.ts";

/** Linux's MAX_ARG_STRLEN, and what all arguments and variables may have together, whatever the stack. */
const longestText = 128 * 1024;
const longestTexts = 6 * 1024 * 1024;

/**
 * Refuses settings of the image's process that no runtime could start it with, or that would be read as other settings: a zero byte,
 * a variable whose name has an equals sign, more text than the kernel takes.
 * @throws ImageError IMAGE_SYNTAX naming the key · CoreError LIMIT_EXCEEDED
 */
export function requireProcess(config: ImageConfig): void {
  const { accounts, entrypoint, environment, annotations } = config;
  const words = { "entrypoint.command": entrypoint.command, "entrypoint.shell-fragment": entrypoint.shellFragment };
  const texts = Object.entries({ ...words, cmd: config.cmd });
  const at = (key: string, text: string | undefined, work: () => void): void => {
    atValue(config, key, text, work);
  };
  for (const [key, text] of texts)
    at(key, undefined, () => {
      requireText(key, text);
    });
  at("cmd", undefined, () => splitWords(config.cmd, "cmd"));
  at("entrypoint.command", undefined, () => splitWords(entrypoint.command, "entrypoint.command"));
  for (const [name, value] of Object.entries(environment))
    at("environment", name, () => {
      requireVariable(name, value);
    });
  requireTogether("environment", Object.entries(environment), longestTexts);

  const lines = { "accounts.run-as": accounts.runAs, "work-dir": config.workDir, "stop-signal": config.stopSignal };
  for (const [key, text] of Object.entries(lines))
    at(key, undefined, () => {
      requireLine(key, text);
    });
  for (const volume of config.volumes)
    at("volumes", volume, () => {
      requireVolume(volume);
    });
  // Each stands in the manifest, the index and the configuration of the image.
  requireTogether("annotations", Object.entries(annotations), defaultLimits.manifestBytes);
}

function requireVariable(name: string, value: string): void {
  const shown = JSON.stringify(name.slice(0, 100));
  if (name === "" || name.includes("=") || hasControl(name))
    throw refusal("environment", `${shown} cannot be the name of a variable`);
  requireText(`environment: ${shown}`, value, name.length + 1);
}

function requireVolume(path: string): void {
  requireLine("volumes", path);
  if (path === "") throw refusal("volumes", "a volume has no path");
}

function requireText(key: string, text: string, more = 0): void {
  if (text.includes("\0")) throw refusal(key, "holds a zero byte, which ends a text");
  requireWithin(`bytes of ${key}`, Buffer.byteLength(text) + more, longestText - 1);
}

function requireLine(key: string, text: string): void {
  if (hasControl(text)) throw refusal(key, `${JSON.stringify(text.slice(0, 100))} holds control characters`);
  requireText(key, text);
}

function requireTogether(key: string, entries: readonly (readonly [string, string])[], limit: number): void {
  const bytes = entries.reduce((sum, [name, value]) => sum + name.length + value.length + 2, 0);
  requireWithin(`bytes of ${key}`, bytes, limit);
}

function refusal(key: string, problem: string): ImageError {
  return new ImageError("IMAGE_SYNTAX", `${key}: ${problem}`, { hint: `correct \`${key.split(":", 1)[0] ?? ""}\`` });
}
