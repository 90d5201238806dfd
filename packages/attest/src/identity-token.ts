import { CoreError, readFileWithin, type HttpResponse, type Ports } from "@apkmill/core";
import { AttestError } from "./attest-error.ts";
import { decodeToken } from "./token-decode.ts";

/**
 * Where identity tokens come from: a file, or the runner. A token is a password for ten minutes: it goes into one
 * request and into no message, log line or error context.
 */

/** What Fulcio wants a token to be meant for. */
export const sigstoreAudience = "sigstore";

export interface IdentityTokenSource {
  /** A file that holds a token; left out, the runner is asked. */
  readonly identityToken?: string | undefined;
}

type TokenPorts = Pick<Ports, "http" | "env" | "limits">;

const maxTokenBytes = 64 * 1024;

/** A token for Fulcio. @throws AttestError ATTEST_TOKEN, ATTEST_PERMISSION · CoreError FILE_UNREADABLE */
export async function obtainIdentityToken(ports: TokenPorts, source: IdentityTokenSource): Promise<string> {
  if (source.identityToken !== undefined) return readTokenFile(source.identityToken);
  if (runsInWorkflow(ports.env)) return requestWorkflowToken(ports, sigstoreAudience);
  throw new AttestError("ATTEST_TOKEN", "signing: expected an identity token, found no source of one", {
    hint: "run in a workflow with `permissions: id-token: write`, or name a token's file with --identity-token",
  });
}

/** True on a runner, whatever the job may do there. */
export function runsInWorkflow(env: Ports["env"]): boolean {
  return env["GITHUB_ACTIONS"] === "true" || isGiven(env["ACTIONS_ID_TOKEN_REQUEST_URL"]);
}

/**
 * Asks the runner for a token with an audience, again while its service is troubled.
 * @throws AttestError ATTEST_PERMISSION, ATTEST_TOKEN
 */
export async function requestWorkflowToken(ports: TokenPorts, audience: string): Promise<string> {
  const url = ports.env["ACTIONS_ID_TOKEN_REQUEST_URL"];
  const secret = ports.env["ACTIONS_ID_TOKEN_REQUEST_TOKEN"];
  // The runner sets both variables for jobs that may ask, and only for those.
  if (!isGiven(url) || !isGiven(secret)) throw permissionMissing("the runner offers no tokens to this job");
  const response = await ask(ports, withAudience(url, audience), secret);
  if (response.status === 401 || response.status === 403) {
    await response.drain();
    throw permissionMissing(`the runner's token service answered ${String(response.status)}`);
  }
  return readAnswer(response);
}

async function readTokenFile(path: string): Promise<string> {
  const token = (await readFileWithin(path, maxTokenBytes)).toString("utf8").trim();
  decodeToken(token, path);
  return token;
}

function isGiven(value: string | undefined): value is string {
  return value !== undefined && value !== "";
}

function withAudience(url: string, audience: string): string {
  const address = URL.parse(url);
  if (address === null) throw unusable("the runner to give an address for tokens", "something else");
  address.searchParams.set("audience", audience);
  return address.href;
}

async function ask({ http }: TokenPorts, url: string, secret: string): Promise<HttpResponse> {
  const headers = { authorization: `Bearer ${secret}`, accept: "application/json" };
  try {
    return await http.request(url, { headers, retryBudgetMs: 60_000 });
  } catch (cause) {
    if (!(cause instanceof CoreError) || cause.code === "CANCELLED") throw cause;
    // The cause is left out: an address or a header of this request may be in it.
    throw unusable("the runner's token service to answer", `none (${cause.code})`, "remote");
  }
}

async function readAnswer(response: HttpResponse): Promise<string> {
  const body = await response.bytes(maxTokenBytes);
  if (response.status !== 200) throw unusable("a token from the runner", `status ${String(response.status)}`, "remote");
  const token = valueOf(body);
  if (token === undefined) throw unusable("a token from the runner", "an answer without one", "remote");
  decodeToken(token, "the runner's answer");
  return token;
}

function valueOf(body: Buffer): string | undefined {
  try {
    const answer: unknown = JSON.parse(body.toString("utf8"));
    const value = typeof answer === "object" && answer !== null && "value" in answer ? answer.value : undefined;
    return typeof value === "string" ? value : undefined;
  } catch {
    return undefined;
  }
}

function permissionMissing(found: string): AttestError {
  return new AttestError("ATTEST_PERMISSION", `signing: permissions: id-token: write is missing (${found})`, {
    hint: "add `permissions: id-token: write` to the job, and to the job that calls it",
  });
}

function unusable(expected: string, found: string, kind: "input" | "remote" = "input"): AttestError {
  return new AttestError("ATTEST_TOKEN", `signing: expected ${expected}, found ${found}`, { kind });
}
