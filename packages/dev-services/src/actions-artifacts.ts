import type { ActionsBlobs } from "./actions-blobs.ts";
import { text, type TwirpMethod } from "./actions-cache.ts";

/** The artifact service, version 4: one immutable artifact a name and run, found by name or by id, with its digest. */
export interface Artifact {
  readonly id: number;
  readonly run: string;
  readonly job: string;
  readonly name: string;
  readonly blob: string;
  readonly createdAt: string;
  /** Undefined until it was finalized. */
  readonly sizeBytes?: number;
}

export function artifactMethods(blobs: ActionsBlobs, artifacts: Artifact[]): Readonly<Record<string, TwirpMethod>> {
  const find = (request: Readonly<Record<string, unknown>>): number =>
    artifacts.findIndex(
      (artifact) =>
        artifact.run === text(request["workflow_run_backend_id"]) && artifact.name === text(request["name"]),
    );
  return {
    CreateArtifact: (request, urlOf) => {
      if (find(request) !== -1)
        throw new TwirpConflict(
          `an artifact with the name ${text(request["name"])} already exists on the workflow run`,
        );
      const artifact: Artifact = {
        id: artifacts.length + 1,
        run: text(request["workflow_run_backend_id"]),
        job: text(request["workflow_job_run_backend_id"]),
        name: text(request["name"]),
        blob: blobs.reserve(),
        createdAt: new Date().toISOString(),
      };
      artifacts.push(artifact);
      return { ok: true, signed_upload_url: urlOf(artifact.blob) };
    },
    FinalizeArtifact: (request) => {
      const index = find(request);
      const artifact = artifacts[index];
      const bytes = artifact === undefined ? undefined : blobs.get(artifact.blob);
      if (artifact === undefined || bytes === undefined || String(bytes.byteLength) !== text(request["size"]))
        return { ok: false };
      const claimed = text(request["hash"] ?? "").replace(/^sha256:/, "");
      if (claimed !== "" && claimed !== blobs.sha256(artifact.blob)) return { ok: false };
      artifacts[index] = { ...artifact, sizeBytes: bytes.byteLength };
      return { ok: true, artifact_id: String(artifact.id) };
    },
    ListArtifacts: (request) => ({
      artifacts: artifacts
        .filter(
          (artifact) => artifact.sizeBytes !== undefined && artifact.run === text(request["workflow_run_backend_id"]),
        )
        .filter((artifact) => [undefined, null, artifact.name].includes(filterOf(request["name_filter"])))
        .filter((artifact) => [undefined, null, String(artifact.id)].includes(filterOf(request["id_filter"])))
        .map((artifact) => describe(blobs, artifact)),
    }),
    GetSignedArtifactURL: (request, urlOf) => {
      const artifact = artifacts[find(request)];
      return artifact === undefined ? { signed_url: "" } : { signed_url: urlOf(artifact.blob) };
    },
    DeleteArtifact: (request) => {
      const [removed] = artifacts.splice(find(request), 1);
      return { ok: removed !== undefined, artifact_id: String(removed?.id ?? 0) };
    },
  };
}

/** The service refuses a second artifact of one name with 409. */
export class TwirpConflict extends Error {}

/** A filter is left out, or a value, or a value in a wrapper message. */
function filterOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === "object" && "value" in value ? text(value.value) : text(value);
}

function describe(blobs: ActionsBlobs, artifact: Artifact): Record<string, unknown> {
  return {
    workflow_run_backend_id: artifact.run,
    workflow_job_run_backend_id: artifact.job,
    database_id: String(artifact.id),
    name: artifact.name,
    size: String(artifact.sizeBytes),
    created_at: artifact.createdAt,
    digest: `sha256:${blobs.sha256(artifact.blob) ?? ""}`,
  };
}
