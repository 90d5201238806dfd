import { getExecOutput } from "@actions/exec";

/**
 * Runs a program as root: directly, or through sudo where the runner's user may use it without a password.
 * `exitCode` is undefined when there is no such program (or no sudo).
 */
export async function runAsRoot(
  argv: readonly string[],
): Promise<{ readonly exitCode: number | undefined; readonly output: string }> {
  const [command = "", ...args] = process.getuid?.() === 0 ? argv : ["sudo", "-n", ...argv];
  try {
    const { exitCode, stdout, stderr } = await getExecOutput(command, args, { ignoreReturnCode: true });
    return { exitCode, output: `${stdout}${stderr}` };
  } catch (error) {
    return { exitCode: undefined, output: error instanceof Error ? error.message : String(error) };
  }
}
