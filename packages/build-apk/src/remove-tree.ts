import { chmod, readdir, rm } from "node:fs/promises";
import { join } from "node:path";

/** Removes a tree that steps have worked in: without root, directories that they closed must be opened first. */
export async function removeTree(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true, maxRetries: 2 }).catch(async () => {
    await openFolders(path);
    await rm(path, { recursive: true, force: true, maxRetries: 2 });
  });
}

async function openFolders(path: string): Promise<void> {
  await chmod(path, 0o700);
  for (const child of await readdir(path, { withFileTypes: true })) {
    if (child.isDirectory()) await openFolders(join(path, child.name));
  }
}
