/** Runs commands inside a root directory, apart from the host. */
export interface Sandbox {
  readonly name: "bubblewrap";
  /**
   * Makes sure that programs of an architecture (apk's name) can run here, before anything is prepared for them.
   * @throws SandboxError SANDBOX_MISSING, SANDBOX_FORBIDDEN, SANDBOX_NO_EMULATOR with the command that mends it
   */
  requireArch(arch: string): Promise<void>;
  /** Never throws for a command that fails: its exit code is the result. @throws SandboxError when it cannot be started */
  run(command: SandboxCommand): Promise<SandboxResult>;
}

export interface SandboxCommand {
  /** The directory that becomes `/`. */
  readonly root: string;
  readonly argv: readonly string[];
  /** The whole environment; nothing of the host's is passed on. */
  readonly env: Readonly<Record<string, string>>;
  readonly workingDirectory: string;
  /** Numeric identity inside; root (0:0) when left out. */
  readonly user?: { readonly uid: number; readonly gid: number };
  /**
   * The owners of the root count: where we are root, the command starts as that very user, if this machine lets that user make a
   * sandbox. Otherwise, and by default, our own files appear as the user's.
   */
  readonly ownersCount?: boolean;
  readonly mounts?: readonly SandboxMount[];
  /** Reach the host's network. Default false. */
  readonly network?: boolean;
  /** Where the root has `/etc/resolv.conf`, which the network needs, once links are followed. Default: there. */
  readonly resolverPlace?: string;
  readonly capabilities?: { readonly add: readonly string[]; readonly drop: readonly string[] };
  /** Mount the root read-only. Default false. */
  readonly readOnlyRoot?: boolean;
  /** Connect the terminal instead of collecting lines. */
  readonly interactive?: boolean;
  /** What it prints goes to our own standard output and error as it is; `onLine` is not called. */
  readonly directOutput?: boolean;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** What `signal` and `timeoutMs` do: send this to the command, and end it when it has not ended by itself. Default: end it at once. */
  readonly stop?: { readonly signal: NodeJS.Signals; readonly graceMs: number };
  /** Called for each complete line, without its newline. */
  readonly onLine?: (line: string, stream: "stdout" | "stderr") => void;
}

export interface SandboxMount {
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
}

export interface SandboxResult {
  readonly exitCode: number;
  readonly durationMs: number;
  readonly timedOut: boolean;
}
