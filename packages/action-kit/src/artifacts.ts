import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { ActionError } from "./action-error.ts";

export interface UploadedArtifact {
  readonly id: string;
  /** `sha256:…` of the artifact as the service keeps it. */
  readonly digest: string;
}

/** Uploads every file below `folder` as one artifact. @throws ActionError ACTION_ARTIFACT */
export async function uploadFolder(name: string, folder: string): Promise<UploadedArtifact> {
  const { DefaultArtifactClient } = await import("./artifact-client.ts");
  const files = await filesBelow(folder);
  // Packages and layers are compressed already; level 0 stores them.
  const { id, digest } = await new DefaultArtifactClient().uploadArtifact(name, files, folder, { compressionLevel: 0 });
  if (id === undefined || digest === undefined) {
    throw new ActionError("ACTION_ARTIFACT", `uploading artifact ${name}: the service gave no id and digest`, {
      kind: "remote",
    });
  }
  return { id: String(id), digest: `sha256:${digest.replace(/^sha256:/, "")}` };
}

/** Downloads an artifact of this run into `folder` and refuses it unless its digest is `digest`. @throws ActionError ACTION_ARTIFACT */
export async function downloadFolder(id: string, digest: string, folder: string): Promise<void> {
  if (!/^\d+$/.test(id))
    throw new ActionError("ACTION_ARTIFACT", `artifact-id: expected a number, found ${JSON.stringify(id)}`);
  if (!/^sha256:[0-9a-f]{64}$/.test(digest)) {
    throw new ActionError(
      "ACTION_ARTIFACT",
      `artifact-digest: expected sha256: and 64 hex digits, found ${JSON.stringify(digest)}`,
      {
        hint: "pass the artifact-digest output of the step that uploaded it, through job outputs",
      },
    );
  }
  const { DefaultArtifactClient } = await import("./artifact-client.ts");
  const { digestMismatch } = await new DefaultArtifactClient().downloadArtifact(Number(id), {
    path: folder,
    expectedHash: digest,
  });
  if (digestMismatch === true) {
    throw new ActionError("ACTION_ARTIFACT", `artifact ${id} does not have the digest ${digest}`, {
      hint: "something replaced the artifact between the jobs; do not publish it",
    });
  }
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return files.sort();
}
