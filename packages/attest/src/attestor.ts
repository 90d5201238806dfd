import type { Ports } from "@apkmill/core";
import { openCertificateHolder } from "./certificate-holder.ts";
import type { IdentityTokenSource } from "./identity-token.ts";
import { loadSigningServices, type SigningServiceOptions } from "./load-signing-services.ts";
import { signEach } from "./sign-statements.ts";
import type { Statement } from "./statement.ts";
import { loadTrustRoot } from "./trust-root.ts";
import { openBundleVerifier, type BundleVerifier } from "./verify-bundle.ts";

export type AttestPorts = Pick<Ports, "http" | "store" | "log" | "limits" | "env" | "now">;

export interface SigningOptions extends SigningServiceOptions, IdentityTokenSource {
  /** A trusted_root.json; left out: the public-good instance's. */
  readonly trustRoot?: string | undefined;
}

/** Signs statements and verifies bundles under one trust root. */
export interface Attestor extends BundleVerifier {
  /** One verified bundle for each statement, in their order. @throws AttestError ATTEST_* */
  sign(statements: readonly Statement[]): Promise<readonly Buffer[]>;
  /** Whose name a signature bears now: what the certificate says that the next signature is made with. */
  identity(): Promise<{ readonly identity: string; readonly issuer: string }>;
}

/**
 * An attestor that signs keyless: an identity token is exchanged for a certificate of ten minutes, which all statements
 * share. Nothing is requested before the first signature. @throws AttestError ATTEST_SERVICES, ATTEST_TRUST_ROOT
 */
export async function openAttestor(ports: AttestPorts, options: SigningOptions): Promise<Attestor> {
  const services = await loadSigningServices(ports, options);
  const trustRoot = await loadTrustRoot(ports, options.trustRoot);
  const transparencyLog = services.log === undefined ? "optional" : "required";
  const verifier = openBundleVerifier({ trustRoot, transparencyLog, limits: ports.limits });
  const certificates = openCertificateHolder(ports, services.fulcioUrl, options);
  return {
    verify: (bundle) => verifier.verify(bundle),
    sign: (statements) => signEach({ ports, services, certificates, verifier }, statements),
    identity: async () => {
      const { identity, issuer } = (await certificates.current()).signer;
      return { identity, issuer };
    },
  };
}

/** One verified bundle (v0.3, JSON) for each statement, in their order. @throws AttestError ATTEST_* */
export async function signStatements(
  ports: AttestPorts,
  statements: readonly Statement[],
  options: SigningOptions,
): Promise<readonly Buffer[]> {
  return (await openAttestor(ports, options)).sign(statements);
}
