import { access } from "node:fs/promises";
import { join } from "node:path";
import { ActionError } from "@apkmill/action-kit";
import { prepareRun, type BuiltImage, type PreparedRun } from "@apkmill/build-image";
import type { Ports } from "@apkmill/core";
import { openBubblewrap, probeSandbox, requireUsable, thisHost, type Sandbox } from "@apkmill/sandbox";

/** How one platform of an image did. */
export interface ImageTest {
  readonly platform: string;
  /** `passed`, or why it was not tried. */
  readonly verdict: string;
}

/**
 * Runs the command in every platform of the layout that this runner can run, on the very bytes that will be published. A platform that
 * it cannot run is named and left out, unless none is left.
 * @throws ActionError ACTION_TEST_FAILED · SandboxError when nothing can run here
 */
export async function testImage(ports: Ports, image: BuiltImage, command: string): Promise<ImageTest[]> {
  const sandbox = openBubblewrap();
  const tests: ImageTest[] = [];
  for (const { platform } of image.platforms) {
    const arch = platform.replace(/^[^/]*\//, "");
    const prepared = await prepareRun(image.layout, { arch, entrypoint: ["/bin/sh", "-c"], command: [command] }, ports.limits);
    try {
      const probe = await probeSandbox({ arch: prepared.arch });
      if (!probe.usable && prepared.arch === thisHost().arch) requireUsable(probe);
      if (!probe.usable) {
        ports.log.warn(`${platform} was not tested: ${probe.problem}; ${probe.hint}`);
        tests.push({ platform, verdict: probe.problem });
      } else {
        await ports.log.group(`Test ${platform}`, () => runTest(ports, sandbox, platform, prepared, command));
        tests.push({ platform, verdict: "passed" });
      }
    } finally {
      await prepared.dispose();
    }
  }
  return tests;
}

async function runTest(
  { log, signal }: Ports,
  sandbox: Sandbox,
  platform: string,
  { root, argv, env, workingDirectory, user }: PreparedRun,
  command: string,
): Promise<void> {
  const { exitCode } = await sandbox.run({
    root,
    argv: (await hasShell(root)) ? argv : wordsOf(command),
    env,
    workingDirectory,
    user,
    signal,
    onLine: (line) => log.info(line),
  });
  if (exitCode === 0) return;
  throw new ActionError("ACTION_TEST_FAILED", `test-command exited with ${String(exitCode)} on ${platform}`, {
    kind: "pipeline",
    hint: "the lines of its group above are its output",
  });
}

/** An image may come without a shell; its command is then taken as plain words. */
async function hasShell(root: string): Promise<boolean> {
  return access(join(root, "bin", "sh")).then(
    () => true,
    () => false,
  );
}

const wordsOf = (command: string): string[] => command.split(/\s+/).filter((word) => word !== "");
