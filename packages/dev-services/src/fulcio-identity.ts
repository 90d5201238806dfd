import { der, taggedPrimitive, sequence, utf8 } from "./der.ts";
import { extension } from "./x509.ts";

/**
 * What Fulcio writes about a token's bearer: one name and a row of extensions. Source: fulcio docs/oid-info.md; the
 * values for workflows are those of its GitHub provider.
 */
export interface CertifiedIdentity {
  /** What the bearer signs to prove possession of a key. */
  readonly proofSubject: string;
  readonly extensions: readonly Buffer[];
}

type Claims = Readonly<Record<string, unknown>>;

const arc = "1.3.6.1.4.1.57264.1.";
const forge = "https://github.com";

/** Claims of a verified token → the identity to certify; undefined when they name nobody. */
export function identifyBearer(claims: Claims): CertifiedIdentity | undefined {
  const { iss, sub, email, email_verified: verified, job_workflow_ref: workflow } = claims;
  if (typeof iss !== "string" || typeof sub !== "string") return undefined;
  const issuer = [raw(1, iss), text(8, iss)];
  if (typeof workflow === "string") {
    const extensions = [uriName(`${forge}/${workflow}`), ...issuer, ...workflowExtensions(claims, workflow)];
    return { proofSubject: sub, extensions };
  }
  if (typeof email === "string" && verified === true) {
    return { proofSubject: email, extensions: [emailName(email), ...issuer] };
  }
  return URL.canParse(sub) ? { proofSubject: sub, extensions: [uriName(sub), ...issuer] } : undefined;
}

function workflowExtensions(claims: Claims, workflow: string): Buffer[] {
  const claim = (name: string): string => {
    const value = claims[name];
    return typeof value === "string" || typeof value === "number" ? String(value) : "";
  };
  const repository = `${forge}/${claim("repository")}`;
  const run = `${repository}/actions/runs/${claim("run_id")}/attempts/${claim("run_attempt")}`;
  return [
    raw(2, claim("event_name")),
    raw(3, claim("sha")),
    raw(4, claim("workflow")),
    raw(5, claim("repository")),
    raw(6, claim("ref")),
    text(9, `${forge}/${workflow}`),
    text(10, claim("job_workflow_sha")),
    text(11, claim("runner_environment")),
    text(12, repository),
    text(13, claim("sha")),
    text(14, claim("ref")),
    text(15, claim("repository_id")),
    text(16, `${forge}/${claim("repository_owner")}`),
    text(17, claim("repository_owner_id")),
    text(18, `${forge}/${claim("workflow_ref")}`),
    text(19, claim("workflow_sha")),
    text(20, claim("event_name")),
    text(21, run),
    text(22, claim("repository_visibility")),
  ];
}

/** Extensions 1 to 6 came first and hold bare text. */
const raw = (number: number, value: string): Buffer => extension(arc + String(number), Buffer.from(value));
const text = (number: number, value: string): Buffer => extension(arc + String(number), utf8(value));

/** The name is critical, as the subject is empty (RFC 5280 §4.2.1.6). */
const name = (value: Buffer): Buffer => extension("2.5.29.17", sequence(value), true);
const uriName = (uri: string): Buffer => name(taggedPrimitive(6, Buffer.from(uri)));
const emailName = (email: string): Buffer => name(der(0x81, Buffer.from(email)));
