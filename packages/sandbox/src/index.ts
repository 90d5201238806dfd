export type { Sandbox, SandboxCommand, SandboxMount, SandboxResult } from "./sandbox.ts";
