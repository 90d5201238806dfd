import type { ImageConfig } from "@apkmill/config";
import { compareBytes, requireWithin, type Limits } from "@apkmill/core";
import { atValue } from "./at-value.ts";
import { ImageError } from "./image-error.ts";
import type { ImageTree } from "./image-tree.ts";
import { hasControl } from "./placeable.ts";
import { putFile } from "./put-file.ts";

/**
 * Writes a run script for every service, `/sv/NAME/run` (reference apko §1.2). A command may have several lines: to execline a line
 * break is white space. @throws ImageError IMAGE_PATH, IMAGE_SYNTAX · CoreError LIMIT_EXCEEDED
 */
export function addServices(tree: ImageTree, config: ImageConfig, limits: Limits): void {
  const { entrypoint } = config;
  const bytes = Object.values(entrypoint.services).reduce((sum, command) => sum + command.length, 0);
  requireWithin("bytes of entrypoint.services", bytes, limits.configBytes, "configBytes");
  for (const [name, command] of Object.entries(entrypoint.services).sort(([a], [b]) => compareBytes(a, b))) {
    atValue(config, "entrypoint.services", name, () => {
      requireService(name, command);
    });
    const path = tree.place(`sv/${name}/run`, "entrypoint.services");
    putFile(tree, path, `#!/bin/execlineb\n${command}\n`, { mode: 0o755, reason: `service ${name}` });
  }
}

/** s6 gives no meaning to a name; these are of letters, digits and `_@.+-`, so that each is one word in a script as well. */
function requireService(name: string, command: string): void {
  if (!/^[A-Za-z0-9_][\w@.+-]*$/.test(name))
    throw badService(name, "its name has other signs than letters, digits and _@.+-");
  if (hasControl(command.replace(/[\n\t]/g, ""))) throw badService(name, "its command holds control characters");
}

function badService(name: string, problem: string): ImageError {
  return new ImageError("IMAGE_SYNTAX", `entrypoint.services: ${JSON.stringify(name.slice(0, 100))}: ${problem}`, {
    hint: "correct the entry of `entrypoint.services`",
  });
}
