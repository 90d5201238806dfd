import { CoreError, type CoreErrorCode } from "./core-error.ts";
import { isEngineError, type EngineError } from "./errors.ts";
import { reasonOf } from "./files.ts";

/** What failures of an exchange are called. */
export interface Place {
  /** Method and address without query. */
  readonly text: string;
  readonly url: string;
}

/** The error for a request that got no answer. An error of the request body's own source is told as it is. */
export function explainFailure(place: Place, cause: unknown): EngineError {
  if (isEngineError(cause)) return cause;
  const code = codeOf(cause);
  if (code.startsWith("HPE_")) {
    return remote("HTTP_MALFORMED", place, `what answers there does not speak HTTP: ${reasonOf(cause)}`, cause);
  }
  if (isUntrusted(code)) {
    return new CoreError("HTTP_UNTRUSTED", `${place.text}: its certificate is not trusted: ${reasonOf(cause)}`, {
      kind: "remote",
      cause,
      hint: "check the address; name the authority that signed it with --ca-file",
      context: { url: place.url },
    });
  }
  return remote("HTTP_UNREACHABLE", place, reasonOf(cause), cause);
}

/** The error for a body that did not end as it should. */
export function explainCut(place: Place, cause: unknown): EngineError {
  if (isEngineError(cause)) return cause;
  return remote("HTTP_TRUNCATED", place, `the connection ended before the body did: ${reasonOf(cause)}`, cause);
}

export function timeoutError(place: Place, reason: string): CoreError {
  return remote("HTTP_TIMEOUT", place, reason);
}

/** A name that does not resolve or a port that nobody listens on is not going to change within the budget of a build. */
export function isFinal(error: CoreError): boolean {
  return ["ENOTFOUND", "ECONNREFUSED"].includes(codeOf(error.cause));
}

function remote(code: CoreErrorCode, { text, url }: Place, reason: string, cause?: unknown): CoreError {
  return new CoreError(code, `${text}: ${reason}`, { kind: "remote", cause, context: { url } });
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : "";
}

/** OpenSSL's reasons for refusing a chain, by the names that Node gives them. */
function isUntrusted(code: string): boolean {
  return (
    /^(CERT_|CRL_|UNABLE_TO_|ERROR_IN_CERT_|ERR_TLS_CERT_ALTNAME)/.test(code) ||
    [
      "DEPTH_ZERO_SELF_SIGNED_CERT",
      "SELF_SIGNED_CERT_IN_CHAIN",
      "INVALID_CA",
      "INVALID_PURPOSE",
      "HOSTNAME_MISMATCH",
    ].includes(code)
  );
}
