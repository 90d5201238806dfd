import { lstat } from "node:fs/promises";
import { join } from "node:path";
import { ActionError } from "@apkmill/action-kit";
import { prepareRun, type BuiltImage, type PreparedRun } from "@apkmill/build-image";
import type { Ports } from "@apkmill/core";
import { openImage } from "@apkmill/oci";
import { openBubblewrap, probeSandbox, requireUsable, hostArch, type Sandbox } from "@apkmill/sandbox";

/** How one platform of an image did. */
export interface ImageTest {
  readonly platform: string;
  /** `passed`, or why it was not tried. */
  readonly verdict: string;
}

/**
 * Runs the command in every platform of the layout or tar that this runner can run, on the very bytes that will be published. Another
 * architecture without an emulator is named and left out; that of the runner is not.
 * @throws ActionError ACTION_TEST_FAILED · SandboxError when nothing can run here
 */
export async function testImage(ports: Ports, image: BuiltImage, command: string): Promise<ImageTest[]> {
  const tests: ImageTest[] = [];
  for (const { platform } of image.platforms) {
    const verdict = await ports.log.group(`Test ${platform}`, () =>
      testPlatform(ports, image.layout, platform, command),
    );
    tests.push({ platform, verdict });
  }
  return tests;
}

async function testPlatform(ports: Ports, layout: string, platform: string, command: string): Promise<string> {
  const arch = platform.replace(/^[^/]*\//, "");
  const asked = { arch, entrypoint: ["/bin/sh", "-c"], command: [command] };
  const prepared = await prepareRun(await openImage(ports, layout), asked, ports.limits);
  try {
    const probe = await probeSandbox({ arch: prepared.arch });
    if (probe.usable) {
      await runTest(ports, openBubblewrap(), platform, { ...prepared, argv: await argvOf(prepared, command) });
      return "passed";
    }
    if (prepared.arch === hostArch()) requireUsable(probe);
    ports.log.warn(`${platform} was not tested: ${probe.problem}; ${probe.hint}`);
    return `not tested: ${probe.problem}`;
  } finally {
    await prepared.dispose();
  }
}

/** Through the image's shell; an image may come without one, and its command is then taken as plain words. */
async function argvOf({ root, argv }: PreparedRun, command: string): Promise<readonly string[]> {
  const hasShell = await lstat(join(root, "bin", "sh")).then(
    () => true,
    () => false,
  );
  return hasShell ? argv : command.split(/\s+/).filter((word) => word !== "");
}

async function runTest(
  { log, signal }: Ports,
  sandbox: Sandbox,
  platform: string,
  { root, argv, env, workingDirectory, user }: PreparedRun,
): Promise<void> {
  const onLine = (line: string): void => log.info(line);
  const { exitCode } = await sandbox.run({
    root,
    argv,
    env,
    workingDirectory,
    user,
    ownersCount: true,
    signal,
    onLine,
  });
  if (exitCode === 0) return;
  throw new ActionError("ACTION_TEST_FAILED", `test-command exited with ${String(exitCode)} on ${platform}`, {
    kind: "pipeline",
    hint: "read its output above, in the group of that platform",
  });
}
