import type { Ports } from "@apkmill/core";
import type { BuildPlatform } from "./build-platform.ts";
import { requestWorkflowToken, runsInWorkflow } from "./identity-token.ts";
import { verifyToken } from "./token-verify.ts";
import { parseWorkflowClaims } from "./workflow-claims.ts";

/** An audience that no service accepts: a token read for its claims must be of no use to whoever steals it. */
const claimsAudience = "apkmill-provenance";

/**
 * Where this process builds. In a workflow: the claims of a fresh token, verified against its issuer's keys. Elsewhere:
 * a local build. @throws AttestError ATTEST_PERMISSION, ATTEST_TOKEN
 */
export async function loadBuildPlatform(
  ports: Pick<Ports, "http" | "env" | "limits" | "now">,
  engineVersion: string,
): Promise<BuildPlatform> {
  if (!runsInWorkflow(ports.env)) return { kind: "local", engineVersion };
  const token = await requestWorkflowToken(ports, claimsAudience);
  const claims = await verifyToken(ports, token, claimsAudience);
  return { kind: "workflow", claims: parseWorkflowClaims(claims), engineVersion };
}
