export type { Answer, Exchange, Fault, LoopbackOptions, LoopbackService, Served } from "./loopback.ts";
export { startRegistry, type RegistryOptions } from "./registry.ts";
export type { RegistryAuthOptions } from "./registry-auth.ts";
export { startApkRepository, type ApkRepositoryOptions } from "./apk-repository.ts";
export { hasDistributionRegistry, startDistributionRegistry } from "./registry-distribution.ts";
export { startActionsServices, type ActionsServices } from "./actions-services.ts";
export { startSigstore, type SigstoreOptions, type SigstoreServices } from "./sigstore.ts";
export { workflowClaims, type WorkflowRun } from "./oidc-claims.ts";
export type { Claims } from "./oidc.ts";
