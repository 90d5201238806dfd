import { prepareRun } from "@apkmill/build-image";
import { openBubblewrap, thisHost } from "@apkmill/sandbox";
import { CliError } from "../cli-error.ts";
import { defineCommand } from "../command.ts";

export const imageRun = defineCommand({
  summary:
    "Runs an image of a layout under bubblewrap, without a daemon. What stands after -- takes the place of its command.",
  positionals: "LAYOUT [-- ARGUMENT…]",
  arity: [1, 1],
  example: "apkmill image run ./hello-image -- de",
  options: {
    arch: { kind: "text", value: "ARCH", help: "which platform (default: this machine's)" },
    entrypoint: {
      kind: "text",
      value: "PROGRAM",
      help: "in the place of the image's entrypoint; empty runs what stands after -- alone",
    },
    env: { kind: "list", short: "e", value: "NAME=VALUE", verbatim: true, help: "environment variables" },
    user: { kind: "text", short: "u", value: "UID[:GID]", help: "numbers in the place of the image's user" },
    volume: {
      kind: "list",
      short: "v",
      value: "SOURCE:TARGET[:ro]",
      verbatim: true,
      help: "directories of this machine to show",
    },
    network: { kind: "flag", help: "let it reach the network" },
    interactive: { kind: "flag", short: "i", help: "connect the terminal" },
    timeout: { kind: "number", value: "SECONDS", help: "end it after that time" },
  },
  async run(ports, { options, positionals: [path = ""], rest }) {
    const sandbox = openBubblewrap();
    const arch = options.arch ?? thisHost().arch;
    const prepared = await prepareRun(
      path,
      {
        arch,
        ...(rest === undefined ? {} : { command: rest }),
        ...(options.entrypoint === undefined
          ? {}
          : { entrypoint: options.entrypoint === "" ? [] : [options.entrypoint] }),
      },
      ports.limits,
    );
    try {
      await sandbox.requireArch(prepared.arch);
      const output: string[] = [];
      const { exitCode, timedOut } = await sandbox.run({
        root: prepared.root,
        argv: prepared.argv,
        env: { ...prepared.env, ...readEnvironment(options.env) },
        workingDirectory: prepared.workingDirectory,
        user: options.user === undefined ? prepared.user : readUser(options.user),
        mounts: options.volume.map(readVolume),
        network: options.network,
        interactive: options.interactive,
        signal: ports.signal,
        ...(options.timeout === undefined ? {} : { timeoutMs: options.timeout * 1000 }),
        onLine: (line, stream) => {
          if (stream === "stdout") output.push(line);
          else ports.log.info(line);
        },
      });
      if (timedOut) ports.log.error(`ended after ${String(options.timeout)} seconds`);
      return { json: { exitCode, timedOut, output }, text: output.join("\n"), exitCode: exitCode === 0 ? 0 : 3 };
    } finally {
      await prepared.dispose();
    }
  },
});

function readEnvironment(texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf("=");
      if (at <= 0) throw new CliError("CLI_BAD_VALUE", `--env ${JSON.stringify(text)}: expected NAME=VALUE`);
      return [text.slice(0, at), text.slice(at + 1)];
    }),
  );
}

function readUser(text: string): { uid: number; gid: number } {
  const [, uid, gid] = /^(\d+)(?::(\d+))?$/.exec(text) ?? [];
  if (uid === undefined) throw new CliError("CLI_BAD_VALUE", `--user ${JSON.stringify(text)}: expected UID or UID:GID`);
  return { uid: Number(uid), gid: Number(gid ?? uid) };
}

function readVolume(text: string): { source: string; target: string; readOnly: boolean } {
  const [source = "", target = "", mode = ""] = text.split(":");
  if (source === "" || !target.startsWith("/") || !["", "ro", "rw"].includes(mode)) {
    throw new CliError(
      "CLI_BAD_VALUE",
      `--volume ${JSON.stringify(text)}: expected SOURCE:TARGET or SOURCE:TARGET:ro, the target absolute`,
    );
  }
  return { source, target, readOnly: mode === "ro" };
}
