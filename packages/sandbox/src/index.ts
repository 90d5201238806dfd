export { openBubblewrap } from "./bubblewrap.ts";
export { bubblewrapArguments, type SandboxHost } from "./bubblewrap-arguments.ts";
export { isNative } from "./emulation.ts";
export { thisHost, type Host } from "./host.ts";
export { probeSandbox, requireUsable, type SandboxProbe } from "./probe.ts";
export { shellText, type Remedy } from "./remedy.ts";
export { SandboxError, type SandboxErrorCode } from "./sandbox-error.ts";
export type { Sandbox, SandboxCommand, SandboxMount, SandboxResult } from "./sandbox.ts";
export { setUpSandbox } from "./set-up.ts";
