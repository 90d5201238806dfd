import type { ImageConfig } from "@apkmill/config";
import { compareBytes, requireWithin, type Limits } from "@apkmill/core";
import { ImageError } from "./image-error.ts";
import type { ImageTree } from "./image-tree.ts";
import { hasControl } from "./placeable.ts";
import { putFile } from "./put-file.ts";

/**
 * Writes a run script for every service, `/sv/NAME/run` (reference apko §1.2). A command may have several lines: to execline a line
 * break is white space. @throws ImageError IMAGE_PATH, IMAGE_SYNTAX · CoreError LIMIT_EXCEEDED
 */
export function addServices(tree: ImageTree, { entrypoint }: ImageConfig, limits: Limits): void {
  const bytes = Object.values(entrypoint.services).reduce((sum, command) => sum + command.length, 0);
  requireWithin("bytes of entrypoint.services", bytes, limits.configBytes, "configBytes");
  for (const [name, command] of Object.entries(entrypoint.services).sort(([a], [b]) => compareBytes(a, b))) {
    if (!/^[A-Za-z0-9_][\w@.+-]*$/.test(name)) throw badService(name, "its name cannot be that of a directory");
    if (hasControl(command.replace(/[\n\t]/g, ""))) throw badService(name, "its command holds control characters");
    const path = tree.place(`sv/${name}/run`, "entrypoint.services");
    putFile(tree, path, `#!/bin/execlineb\n${command}\n`, { mode: 0o755, reason: `service ${name}` });
  }
}

function badService(name: string, problem: string): ImageError {
  return new ImageError("IMAGE_SYNTAX", `entrypoint.services: ${JSON.stringify(name.slice(0, 100))}: ${problem}`, {
    hint: "correct the entry of `entrypoint.services`",
  });
}
