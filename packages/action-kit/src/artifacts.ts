import { readFile, readdir, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { compareBytes, isEngineError, reasonOf } from "@apkmill/core";
import { ActionError } from "./action-error.ts";

export interface UploadedArtifact {
  readonly id: string;
  /** `sha256:…` of the artifact as the service keeps it. */
  readonly digest: string;
}

/** Uploads every file below `folder` as one artifact. @throws ActionError ACTION_ARTIFACT */
export async function uploadFolder(name: string, folder: string): Promise<UploadedArtifact> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return uploadFiles(name, files, folder);
}

/** Uploads files as one artifact, under their paths below `root`. @throws ActionError ACTION_ARTIFACT */
export async function uploadFiles(name: string, files: readonly string[], root: string): Promise<UploadedArtifact> {
  const sorted = [...files].sort(compareBytes);
  for (const file of sorted) await refusePrivateKey(file, root);
  return reportAs(`uploading artifact ${name}`, async () => {
    const { DefaultArtifactClient } = await import("./artifact-client.ts");
    // Packages and layers are compressed already; level 0 stores them.
    const { id, digest } = await new DefaultArtifactClient().uploadArtifact(name, sorted, root, {
      compressionLevel: 0,
    });
    if (id === undefined || digest === undefined) throw new Error("the service gave no id and digest");
    return { id: String(id), digest: `sha256:${digest.replace(/^sha256:/, "")}` };
  });
}

/** Whoever can read a run can read its artifacts: a key that lies in the folder by mistake must not get there. */
async function refusePrivateKey(file: string, root: string): Promise<void> {
  if ((await stat(file)).size > 64 * 1024) return;
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(await readFile(file, "latin1"))) return;
  throw new ActionError("ACTION_ARTIFACT", `${relative(root, file)} is a private key and will not be uploaded`, {
    hint: "keep private keys out of the folders that become artifacts",
    context: { path: file },
  });
}

/** Downloads an artifact of this run into `folder` and refuses it unless its digest is `digest`. @throws ActionError ACTION_ARTIFACT */
export async function downloadFolder(id: string, digest: string, folder: string): Promise<void> {
  requireArtifact(id, digest);
  const mismatch = await reportAs(`downloading artifact ${id}`, async () => {
    const { DefaultArtifactClient } = await import("./artifact-client.ts");
    const options = { path: folder, expectedHash: digest };
    return (await new DefaultArtifactClient().downloadArtifact(Number(id), options)).digestMismatch;
  });
  // The client says so and does not throw.
  if (mismatch !== true) return;
  throw new ActionError("ACTION_ARTIFACT", `artifact ${id} does not have the digest ${digest}`, {
    hint: "something replaced the artifact between the jobs; do not publish it",
  });
}

function requireArtifact(id: string, digest: string): void {
  if (!/^\d+$/.test(id))
    throw new ActionError("ACTION_ARTIFACT", `artifact-id: expected a number, found ${JSON.stringify(id)}`);
  if (/^sha256:[0-9a-f]{64}$/.test(digest)) return;
  throw new ActionError(
    "ACTION_ARTIFACT",
    `artifact-digest: expected sha256: and 64 hex digits, found ${JSON.stringify(digest)}`,
    { hint: "pass the artifact-digest output of the step that uploaded it, through job outputs" },
  );
}

async function reportAs<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    if (isEngineError(cause)) throw cause;
    throw new ActionError("ACTION_ARTIFACT", `${what}: ${reasonOf(cause)}`, { cause, kind: "remote" });
  }
}
