import type { Claims } from "./oidc.ts";

export interface WorkflowRun {
  /** `owner/name` */
  readonly repository: string;
  /** Path of the workflow file. */
  readonly workflow?: string;
  readonly ref?: string;
  readonly sha?: string;
  /** The reusable workflow that the job runs in, `owner/name/path@ref`; left out: the workflow itself. */
  readonly jobWorkflowRef?: string;
  readonly event?: string;
}

/** The claims of GitHub's token for a run; source: its OIDC reference, "OIDC token claims". */
export function workflowClaims(run: WorkflowRun): Claims {
  const { repository, ref = "refs/heads/main", sha = "0".repeat(40), event = "push" } = run;
  const workflowRef = `${repository}/${run.workflow ?? ".github/workflows/factory.yml"}@${ref}`;
  return {
    sub: `repo:${repository}:ref:${ref}`,
    repository,
    repository_id: "1000",
    repository_owner: repository.replace(/\/.*/, ""),
    repository_owner_id: "100",
    repository_visibility: "public",
    ref,
    ref_type: ref.startsWith("refs/tags/") ? "tag" : "branch",
    sha,
    workflow: "factory",
    workflow_ref: workflowRef,
    workflow_sha: sha,
    job_workflow_ref: run.jobWorkflowRef ?? workflowRef,
    job_workflow_sha: sha,
    event_name: event,
    runner_environment: "github-hosted",
    run_id: "1",
    run_number: "1",
    run_attempt: "1",
    actor: "developer",
  };
}
