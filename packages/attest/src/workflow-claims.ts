import { AttestError } from "./attest-error.ts";

/** What GitHub's token says about the run it was issued to; source: its OIDC reference, "OIDC token claims". */
export interface WorkflowClaims {
  readonly issuer: string;
  /** The forge: `https://github.com`, or an enterprise's address. */
  readonly serverUrl: string;
  readonly repository: string;
  readonly repositoryId: string;
  readonly repositoryOwnerId: string;
  readonly ref: string;
  readonly sha: string;
  readonly eventName: string;
  /** The workflow that was called; the reusable one inside a reusable workflow. */
  readonly jobWorkflowRef: string;
  /** The workflow that was started. */
  readonly workflowRef: string;
  readonly runnerEnvironment: string;
  readonly runId: string;
  readonly runAttempt: string;
}

/** Claims of a verified token → the facts of provenance. @throws AttestError ATTEST_TOKEN */
export function parseWorkflowClaims(claims: Readonly<Record<string, unknown>>): WorkflowClaims {
  const text = (name: string): string => {
    const value = claims[name];
    // GitHub writes numbers as text; other issuers of the same shape do not.
    if (typeof value === "string" && value !== "") return value;
    if (typeof value === "number") return String(value);
    throw new AttestError("ATTEST_TOKEN", `reading the workflow's claims: expected ${name}, found none`);
  };
  const issuer = text("iss");
  return {
    issuer,
    serverUrl: serverOf(issuer),
    repository: text("repository"),
    repositoryId: text("repository_id"),
    repositoryOwnerId: text("repository_owner_id"),
    ref: text("ref"),
    sha: text("sha"),
    eventName: text("event_name"),
    jobWorkflowRef: text("job_workflow_ref"),
    workflowRef: text("workflow_ref"),
    runnerEnvironment: text("runner_environment"),
    runId: text("run_id"),
    runAttempt: text("run_attempt"),
  };
}

/** `https://token.actions.HOST` issues for the forge at HOST; github.com's host differs, and so do stand-ins. */
function serverOf(issuer: string): string {
  const host = /^https:\/\/token\.actions\.([^/]+)/.exec(issuer)?.[1];
  return host === undefined || host === "githubusercontent.com" ? "https://github.com" : `https://${host}`;
}
