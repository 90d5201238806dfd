import { reasonOf, type HttpResponse } from "@apkmill/core";
import { OciError, type OciErrorCode } from "./oci-error.ts";

const maxErrorBytes = 64 * 1024;

/** The error codes of an answer's body, in order; empty when the body is something else. Reads the body. */
export async function readComplaints(response: HttpResponse): Promise<string[]> {
  try {
    const answer = JSON.parse((await response.bytes(maxErrorBytes)).toString("utf8")) as { errors?: unknown };
    const errors: unknown[] = Array.isArray(answer.errors) ? answer.errors : [];
    // Only codes: the registry's prose may quote what we sent, credentials included.
    return errors
      .map((one) => (typeof one === "object" && one !== null && "code" in one ? String(one.code) : ""))
      .filter((code) => /^[A-Z][A-Z0-9_]{1,63}$/.test(code))
      .slice(0, 8);
  } catch {
    return [];
  }
}

/** The response when its status is one of `allowed`. @throws OciError REGISTRY_DENIED, REGISTRY_NOT_FOUND, REGISTRY_REFUSED */
export async function requireAnswer(
  response: HttpResponse,
  what: string,
  ...allowed: readonly number[]
): Promise<HttpResponse> {
  if (allowed.includes(response.status)) return response;
  throw refusal(what, response, await readComplaints(response), allowed);
}

/** The error that a refused request becomes: what was attempted, what was expected, what the registry answered. */
export function refusal(
  what: string,
  { status, url }: Pick<HttpResponse, "status" | "url">,
  complaints: readonly string[],
  allowed: readonly number[],
): OciError {
  const said = complaints.length === 0 ? "" : ` (${complaints.join(", ")})`;
  return new OciError(
    codeOf(status, complaints),
    `${what}: expected ${allowed.join(" or ")}, found ${String(status)}${said}`,
    {
      kind: "remote",
      hint: hintOf(status),
      context: { url },
    },
  );
}

/** An answer that is not what the specification says. */
export function malformedAnswer(what: string, problem: string, url: string, cause?: unknown): OciError {
  const detail = cause === undefined ? "" : `: ${reasonOf(cause)}`;
  return new OciError("REGISTRY_MALFORMED_ANSWER", `${what}: ${problem}${detail}`, {
    kind: "remote",
    hint: "check that the address is a registry and not a proxy's or login page",
    context: { url },
  });
}

function codeOf(status: number, complaints: readonly string[]): OciErrorCode {
  if (status === 412) return "REGISTRY_CHANGED_MEANWHILE";
  // ECR's word for a tag that may not move, and Harbor's and others'.
  if (complaints.some((code) => code === "TAG_INVALID" || code.includes("IMMUTABLE"))) return "REGISTRY_TAG_IMMUTABLE";
  if (status === 401 || status === 403) return "REGISTRY_DENIED";
  return status === 404 ? "REGISTRY_NOT_FOUND" : "REGISTRY_REFUSED";
}

function hintOf(status: number): string {
  switch (status) {
    case 401:
    case 403:
      return "log in to the registry with an account that may write to this repository, or correct the credentials";
    case 404:
      return "check the repository name; some registries want the repository to exist first";
    case 413:
      return "make the content smaller or raise the limit of the registry";
    case 429:
      return "the registry limits requests; wait and run the command again, what was uploaded is kept";
    default:
      return status >= 500
        ? "the registry has a problem; run the command again, what was uploaded is kept"
        : "see the registry's own log or documentation for this answer";
  }
}
