import { spawn } from "node:child_process";
import type { Ports } from "@apkmill/core";
import { credentialsOf, type Credentials } from "./auth-config.ts";
import { OciError } from "./oci-error.ts";

const timeoutMs = 10_000;
const maxAnswerBytes = 64 * 1024;

/**
 * Asks `docker-credential-<helper> get` for a registry, as Docker does: the server's name on stdin, JSON on stdout.
 * Anonymous when the helper says that it knows none. What it prints never enters a message: it may be the secret.
 * @throws OciError REGISTRY_CREDENTIALS when it is missing, fails, or does not answer within ten seconds
 */
export async function askCredentialHelper(
  { env, signal }: Pick<Ports, "env" | "signal">,
  helper: string,
  server: string,
): Promise<Credentials> {
  const program = `docker-credential-${helper}`;
  const answer = await run(program, server, env, signal);
  if (answer.exitCode !== 0) {
    if (/credentials not found|no credentials|not found in native/i.test(answer.stdout)) return { kind: "anonymous" };
    throw failed(program, server, `expected exit 0, found ${String(answer.exitCode)}`);
  }
  try {
    const { Username, Secret } = JSON.parse(answer.stdout) as Record<string, unknown>;
    if (typeof Username !== "string" || typeof Secret !== "string") throw new TypeError("no Username and Secret");
    return credentialsOf(Username, Secret);
  } catch {
    throw failed(program, server, "expected JSON with Username and Secret, found something else");
  }
}

interface Answer {
  readonly exitCode: number | string;
  readonly stdout: string;
}

function run(program: string, server: string, env: Ports["env"], signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, ["get"], { env: { ...env }, stdio: ["pipe", "pipe", "ignore"], signal });
    const timer = setTimeout(() => child.kill("SIGKILL"), timeoutMs);
    let stdout = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      if (stdout.length > maxAnswerBytes) child.kill("SIGKILL");
    });
    // A helper that does not read its stdin closes it early; its answer counts all the same.
    child.stdin.on("error", () => undefined).end(`${server}\n`);
    child.on("error", (cause) => {
      clearTimeout(timer);
      reject(failed(program, server, "expected a program on PATH, found none that starts", cause));
    });
    child.on("close", (code, signalName) => {
      clearTimeout(timer);
      resolve({ exitCode: code ?? signalName ?? "nothing", stdout });
    });
  });
}

function failed(program: string, server: string, problem: string, cause?: unknown): OciError {
  return new OciError("REGISTRY_CREDENTIALS", `asking ${program} for credentials of ${server}: ${problem}`, {
    cause,
    hint: `run: echo ${server} | ${program} get`,
  });
}
