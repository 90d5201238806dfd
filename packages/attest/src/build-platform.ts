import type { SourceState } from "./source-state.ts";
import type { WorkflowClaims } from "./workflow-claims.ts";

/** Where a build ran: a workflow of which GitHub's signed claims are known, or somebody's machine. */
export type BuildPlatform =
  | {
      readonly kind: "workflow";
      /** From a token that was verified; never from the environment, which the tenant controls. */
      readonly claims: WorkflowClaims;
      readonly engineVersion: string;
    }
  | { readonly kind: "local"; readonly engineVersion: string };

/** The builder id of a build outside any hosted platform: it claims nothing, SLSA build level 1 at most. */
export const localBuilderId = "https://apkmill.github.io/provenance/builders/local/v1";

/** The builder: for a workflow the same address as the name in its signing certificate, so that the two can be compared. */
export function builderId(platform: BuildPlatform): string {
  return platform.kind === "local" ? localBuilderId : `${platform.claims.serverUrl}/${platform.claims.jobWorkflowRef}`;
}

/** What the platform, and not the user, decided. */
export function internalParameters(platform: BuildPlatform): Readonly<Record<string, unknown>> {
  if (platform.kind === "local") return {};
  const { claims } = platform;
  return {
    github: {
      issuer: claims.issuer,
      event_name: claims.eventName,
      repository_id: claims.repositoryId,
      repository_owner_id: claims.repositoryOwnerId,
      runner_environment: claims.runnerEnvironment,
      workflow_ref: claims.workflowRef,
    },
  };
}

/** The repository state a workflow ran for; on a pull request the merge commit. */
export function sourceOf(platform: BuildPlatform): SourceState | undefined {
  if (platform.kind === "local") return undefined;
  const { serverUrl, repository, ref, sha } = platform.claims;
  return { repository: `${serverUrl}/${repository}`, ref, commit: sha };
}

/** The address of the run, with its attempt; a local build has none that would mean anything to others. */
export function invocationId(platform: BuildPlatform): string | undefined {
  if (platform.kind === "local") return undefined;
  const { serverUrl, repository, runId, runAttempt } = platform.claims;
  return `${serverUrl}/${repository}/actions/runs/${runId}/attempts/${runAttempt}`;
}
