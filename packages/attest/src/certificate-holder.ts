import type { Ports } from "@apkmill/core";
import { AttestError } from "./attest-error.ts";
import { requestCertificate, type SigningCertificate } from "./fulcio.ts";
import { obtainIdentityToken, type IdentityTokenSource } from "./identity-token.ts";

/** One certificate for all statements of a run, and a new one when it is about to end. */
export interface CertificateHolder {
  /** A certificate that is valid for long enough to sign and to be witnessed. @throws AttestError ATTEST_* */
  current(): Promise<SigningCertificate>;
}

/** A witness may take its 20 seconds more than once. */
const marginSeconds = 90;

export function openCertificateHolder(
  ports: Pick<Ports, "http" | "env" | "limits" | "now">,
  fulcioUrl: string,
  source: IdentityTokenSource,
): CertificateHolder {
  let held: { readonly certificate: Promise<SigningCertificate>; readonly since: number } | undefined;
  // A runner's clock may be minutes off: what counts is how long we have held it, not what time we think it is.
  const isFresh = async (one: NonNullable<typeof held>): Promise<boolean> => {
    const { notBefore, notAfter } = await one.certificate;
    return ports.now() - one.since < notAfter - notBefore - marginSeconds;
  };
  return {
    current: async () => {
      if (held === undefined || !(await isFresh(held))) {
        held = { certificate: issue(ports, fulcioUrl, source), since: ports.now() };
      }
      const { certificate } = held;
      // A failure is not to be remembered.
      certificate.catch(() => (held = undefined));
      return certificate;
    },
  };
}

/** The token may have gone stale between its issue and its use: the runner is asked once more, a file is not. */
async function issue(
  ports: Pick<Ports, "http" | "env" | "limits">,
  fulcioUrl: string,
  source: IdentityTokenSource,
): Promise<SigningCertificate> {
  for (let attempt = 1; attempt <= (source.identityToken === undefined ? 2 : 1); attempt += 1) {
    const token = await obtainIdentityToken(ports, source);
    const certificate = await requestCertificate(ports, fulcioUrl, token);
    if (certificate !== undefined) return certificate;
  }
  throw new AttestError(
    "ATTEST_TOKEN",
    `requesting a certificate from ${fulcioUrl}: the identity token is not accepted`,
    {
      kind: "remote",
      context: { url: fulcioUrl },
      hint: `use a token that has not expired, with the audience "sigstore", of an issuer that this authority knows`,
    },
  );
}
