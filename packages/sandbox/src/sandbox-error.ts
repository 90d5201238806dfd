import { EngineError } from "@apkmill/core";

export type SandboxErrorCode =
  /** bubblewrap is not installed. */
  | "SANDBOX_MISSING"
  /** The kernel, a security module or a container forbids what bubblewrap needs. */
  | "SANDBOX_FORBIDDEN"
  /** The machine cannot run programs of the wanted architecture. */
  | "SANDBOX_NO_EMULATOR"
  /** The command could not be started in the sandbox. */
  | "SANDBOX_NOT_STARTED"
  /** A command, mount, variable or capability that no sandbox can be given. */
  | "SANDBOX_BAD_COMMAND"
  /** A step of preparing the machine failed. */
  | "SANDBOX_SET_UP_FAILED";

/** Errors of running commands apart from the host. */
export class SandboxError extends EngineError<SandboxErrorCode> {}
