import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BuildError } from "./build-error.ts";
import type { BuildOptions, BuildPorts } from "./build-options.ts";
import type { BuildRequest } from "./build-request.ts";
import type { CompiledPackage } from "./compiled.ts";
import { outputsOf } from "./describe-control.ts";
import { runAsIdentity } from "./guest-accounts.ts";
import { layEnvironment, type Guest } from "./lay-environment.ts";
import { requireLinted } from "./lint.ts";
import { lintOutputs, packOutputs, readOutputs } from "./outputs.ts";
import type { FinishedBuild } from "./remembered-build.ts";
import { removeTree } from "./remove-tree.ts";
import { runPipeline, type PipelineRunner } from "./run-pipeline.ts";
import { fillWorkspace, mountsOf } from "./workspace.ts";

/**
 * Builds the packages of one configuration for one architecture; they end up, unsigned, in the store.
 * @throws BuildError BUILD_…; SandboxError; ApkError; RootfsError; CoreError
 */
export async function buildPackage(
  ports: BuildPorts,
  request: BuildRequest,
  options: BuildOptions,
): Promise<FinishedBuild> {
  await ports.sandbox.requireArch(request.compiled.arch);
  const folder = await mkdtemp(join(ports.env["TMPDIR"] ?? tmpdir(), "apkmill-build-"));
  try {
    const guest = await layEnvironment(ports, request.compiled, request.environment, join(folder, "root"));
    const workspace = await fillWorkspace(request, join(folder, "workspace"), options);
    await runPipelines(ports, request, guest, workspace, options);
    const trees = await readOutputs(request, guest, workspace, options);
    const findings = await lintOutputs(request, trees, options);
    requireLinted(findings);
    const packages = await packOutputs(ports, request, trees, folder, options);
    return { packages, warnings: findings.map(({ message }) => message) };
  } finally {
    await removeTree(folder);
  }
}

async function runPipelines(
  ports: BuildPorts,
  { file, compiled }: BuildRequest,
  guest: Guest,
  workspace: string,
  options: BuildOptions,
): Promise<void> {
  const deadline = deadlineOf(ports.signal, options.timeoutMs ?? compiled.package.timeoutMs);
  const runner: PipelineRunner = {
    sandbox: ports.sandbox,
    log: ports.log,
    place: {
      root: guest.root,
      user: runAsIdentity(compiled.environment.accounts),
      network: options.network ?? true,
      capabilities: compiled.capabilities,
      mounts: mountsOf(workspace, options),
      signal: deadline.signal,
    },
    environment: compiled.environment.environment,
    buildTime: options.buildTime ?? 0,
    trace: options.trace ?? false,
    interactive: options.interactive ?? false,
  };
  try {
    for (const { name, pipeline } of outputsOf(compiled))
      await runPipeline(runner, { packageName: name, file }, pipeline);
  } catch (cause) {
    throw deadline.passed() ? overTime(compiled, file, cause) : cause;
  }
}

function deadlineOf(signal: AbortSignal, timeoutMs: number | undefined): { signal: AbortSignal; passed(): boolean } {
  if (timeoutMs === undefined || timeoutMs === 0) return { signal, passed: () => false };
  const timeout = AbortSignal.timeout(timeoutMs);
  return { signal: AbortSignal.any([signal, timeout]), passed: () => timeout.aborted && !signal.aborted };
}

function overTime({ package: { name } }: CompiledPackage, file: string, cause: unknown): BuildError {
  return new BuildError("BUILD_TIMEOUT", `the build of ${name} took longer than it may`, {
    kind: "pipeline",
    cause,
    hint: "raise package.timeout in the configuration, or give --timeout",
    context: { file, package: name },
  });
}
