import { existsSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { prepareRun, type PreparedRun } from "@apkmill/build-image";
import { compareBytes, type Ports } from "@apkmill/core";
import { openImage } from "@apkmill/oci";
import { openBubblewrap, shellText, type SandboxMount, type SandboxResult } from "@apkmill/sandbox";
import type { OptionTable, ValuesOf } from "../arguments.ts";
import { CliError } from "../cli-error.ts";
import { defineCommand, type CommandResult } from "../command.ts";
import { imagePlaceOptions, imagePlaces } from "./image-place-options.ts";
import { namedArch } from "./named-archs.ts";
import { printableLine } from "./package-text.ts";

const options = {
  ...imagePlaceOptions,
  arch: { kind: "text", value: "ARCH", help: "which platform (default: this machine's)" },
  entrypoint: {
    kind: "text",
    value: "PROGRAM",
    help: "in the place of the image's entrypoint; empty runs what stands after -- alone",
  },
  env: {
    kind: "list",
    short: "e",
    value: "NAME[=VALUE]",
    verbatim: true,
    help: "environment variables; a name alone takes the value from here",
  },
  user: {
    kind: "text",
    short: "u",
    value: "USER[:GROUP]",
    help: "names of the image's accounts or numbers, in the place of its user",
  },
  workdir: { kind: "text", short: "w", value: "DIR", help: "in the place of the image's working directory" },
  volume: {
    kind: "list",
    short: "v",
    value: "SOURCE:TARGET[:ro]",
    verbatim: true,
    help: "directories and files of this machine to show",
  },
  network: { kind: "text", value: "none|host", default: "none", help: "whether it reaches the network" },
  "read-only": { kind: "flag", help: "let it write only into volumes and /dev" },
  interactive: { kind: "flag", short: "i", help: "connect the terminal" },
  "stop-timeout": {
    kind: "number",
    value: "SECONDS",
    default: 10,
    help: "how long it may take to end after it was asked to",
  },
  timeout: { kind: "number", value: "SECONDS", help: "end it after that time" },
} as const satisfies OptionTable;

export const imageRun = defineCommand({
  summary: `Runs an image (${imagePlaces}) under bubblewrap, without a daemon. What stands after -- takes the place of its command; the exit status is the command's.`,
  positionals: "IMAGE [-- ARGUMENT…]",
  arity: [1, 1],
  example: "apkmill image run -v ./data:/data:ro ./hello-image -- de",
  options,
  async run(ports, { options: given, positionals: [name = ""], rest }) {
    const [volumes, env] = [given.volume.map(readVolume), readEnvironment(given.env, ports.env)];
    const opened = await openImage(ports, name, { insecureRegistries: given["insecure-registry"] });
    const prepared = await prepareRun(opened, runOptions(given, rest, volumes, env), ports.limits);
    try {
      prepared.requireProgram();
      const mounts = volumes.map((mount, at) => ({ ...mount, target: prepared.mountPoints[at] ?? mount.target }));
      if (given["dry-run"]) return describeRun(prepared, given, mounts);
      const output = given.json ? new KeptLines(ports) : undefined;
      const { exitCode, timedOut } = await runPrepared(ports, prepared, given, { mounts, output });
      if (timedOut) ports.log.error(`ended after ${String(given.timeout)} seconds`);
      return { json: { exitCode, timedOut, output: output?.lines ?? [] }, text: "", exitCode };
    } finally {
      await prepared.dispose();
    }
  },
});

type Options = ValuesOf<typeof options>;

/** What a command prints, for `--json`; without it, everything goes where ours goes. */
class KeptLines {
  readonly lines: string[] = [];
  readonly #ports: Ports;
  #characters = 0;

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  /** Lines beyond the limit are left out, with one warning. */
  take(line: string, stream: "stdout" | "stderr"): void {
    const { log, limits } = this.#ports;
    if (stream === "stderr") {
      log.info(line);
      return;
    }
    const before = this.#characters;
    this.#characters += line.length + 1;
    if (this.#characters <= limits.responseBytes) this.lines.push(line);
    else if (before <= limits.responseBytes) log.warn("the command printed more than is kept for --json");
  }
}

function runOptions(
  given: Options,
  rest: readonly string[] | undefined,
  mounts: readonly SandboxMount[],
  env: Readonly<Record<string, string>>,
): Parameters<typeof prepareRun>[1] {
  const { entrypoint, user, workdir } = given;
  const resolver = given.network === "host" ? [{ path: "/etc/resolv.conf", isDirectory: false }] : [];
  const shown = mounts.map(({ source, target }) => ({ path: target, isDirectory: statSync(source).isDirectory() }));
  return {
    arch: namedArch(given.arch),
    env,
    // The volumes first: what becomes of them is found by position.
    mountPoints: [...shown, ...resolver],
    ...(rest === undefined ? {} : { command: rest }),
    ...(entrypoint === undefined ? {} : { entrypoint: entrypoint === "" ? [] : [entrypoint] }),
    ...(user === undefined ? {} : { user }),
    ...(workdir === undefined ? {} : { workingDirectory: requireAbsolute(workdir) }),
  };
}

async function runPrepared(
  ports: Ports,
  { arch, root, argv, env, workingDirectory, mountPoints, user, stopSignal }: PreparedRun,
  given: Options,
  { mounts, output }: { readonly mounts: readonly SandboxMount[]; readonly output: KeptLines | undefined },
): Promise<SandboxResult> {
  const sandbox = openBubblewrap();
  await sandbox.requireArch(arch);
  const resolverPlace = mountPoints[mounts.length];
  return sandbox.run({
    root,
    argv,
    env,
    workingDirectory,
    user,
    ownersCount: true,
    mounts,
    network: given.network === "host",
    ...(resolverPlace === undefined ? {} : { resolverPlace }),
    readOnlyRoot: given["read-only"],
    interactive: given.interactive,
    signal: ports.signal,
    stop: { signal: stopSignal, graceMs: given["stop-timeout"] * 1000 },
    ...(given.timeout === undefined ? {} : { timeoutMs: given.timeout * 1000 }),
    directOutput: output === undefined,
    onLine: (line, stream) => output?.take(line, stream),
  });
}

/** What would be run, for `--dry-run`; of the environment only the names, as values may be secrets. */
function describeRun(
  { argv, env, workingDirectory, user }: PreparedRun,
  { network, "read-only": readOnly }: Options,
  mounts: readonly SandboxMount[],
): CommandResult {
  const environment = Object.keys(env).sort(compareBytes);
  const lines = [
    `would run ${shellText(argv)} as ${String(user.uid)}:${String(user.gid)} in ${workingDirectory}`,
    ...mounts.map((one) => `  volume ${one.source} at ${one.target}${one.readOnly ? ", read-only" : ""}`),
    `  network: ${network}${readOnly ? "; root: read-only" : ""}`,
    `  environment: ${environment.join(" ")}`,
  ];
  const json = { dryRun: true, argv, user, workingDirectory, mounts, network, readOnly, environment };
  return { json, text: lines.map(printableLine).join("\n") };
}

function readEnvironment(texts: readonly string[], here: Ports["env"]): Record<string, string> {
  return Object.fromEntries(
    texts.flatMap((text) => {
      const at = text.indexOf("=");
      if (at === 0 || text === "")
        throw new CliError("CLI_BAD_VALUE", `--env ${JSON.stringify(text)}: expected NAME=VALUE or NAME`);
      if (at > 0) return [[text.slice(0, at), text.slice(at + 1)]];
      const value = here[text];
      return value === undefined ? [] : [[text, value]];
    }),
  );
}

function readVolume(text: string): SandboxMount {
  const [source = "", target = "", mode = "", ...more] = text.split(":");
  if (source === "" || !target.startsWith("/") || !["", "ro", "rw"].includes(mode) || more.length > 0) {
    throw new CliError(
      "CLI_BAD_VALUE",
      `--volume ${JSON.stringify(text)}: expected SOURCE:TARGET or SOURCE:TARGET:ro, the target absolute`,
    );
  }
  if (target.split("/").every((name) => name === "" || name === "."))
    throw new CliError("CLI_BAD_VALUE", `--volume ${JSON.stringify(text)}: the root of the image cannot be replaced`, {
      hint: "name a directory below it as the target",
    });
  if (!existsSync(source))
    throw new CliError("CLI_BAD_VALUE", `--volume ${JSON.stringify(text)}: there is no ${source} on this machine`);
  return { source: resolve(source), target, readOnly: mode === "ro" };
}

function requireAbsolute(path: string): string {
  if (path.startsWith("/")) return path;
  throw new CliError("CLI_BAD_VALUE", `--workdir ${JSON.stringify(path)}: expected an absolute path`);
}
