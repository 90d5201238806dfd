import type { ImageConfig } from "@apkmill/config";
import { compareBytes } from "@apkmill/core";
import { ImageError } from "./image-error.ts";
import type { ImageTree } from "./image-tree.ts";
import { putFile } from "./put-file.ts";

/** The package that supervises services, and the command that starts it. */
export const supervisor = { package: "s6", command: "/bin/s6-svscan /sv" } as const;

/** True when the image's entrypoint is to run services. */
export function runsServices({ entrypoint }: ImageConfig): boolean {
  return entrypoint.type === "service-bundle";
}

/** Writes a run script for every service, `/sv/NAME/run` (reference apko §1.2). @throws ImageError IMAGE_PATH, IMAGE_SYNTAX */
export function addServices(tree: ImageTree, { entrypoint }: ImageConfig): void {
  for (const [name, command] of Object.entries(entrypoint.services).sort(([a], [b]) => compareBytes(a, b))) {
    if (!/^[A-Za-z0-9_][\w@.+-]*$/.test(name)) throw badService(name, "its name cannot be that of a directory");
    if (/[\n\0]/.test(command)) throw badService(name, "expected a command of one line");
    const path = tree.place(`sv/${name}/run`, "entrypoint.services");
    putFile(tree, path, `#!/bin/execlineb\n${command}\n`, { mode: 0o755, reason: `service ${name}` });
  }
}

function badService(name: string, problem: string): ImageError {
  return new ImageError("IMAGE_SYNTAX", `entrypoint.services: ${JSON.stringify(name)}: ${problem}`, {
    hint: "correct the entry of `entrypoint.services`",
  });
}
