import { chmod, mkdir, mkdtemp } from "node:fs/promises";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { SandboxMount } from "@apkmill/sandbox";
import { analyse } from "./analyse.ts";
import { withSbom } from "./attach-sbom.ts";
import { BuildError } from "./build-error.ts";
import type { BuildOptions, BuildPorts } from "./build-options.ts";
import type { CompiledPackage } from "./compiled.ts";
import { fullVersionOf, outputsOf, type Output } from "./describe-control.ts";
import { withCapabilities } from "./file-capabilities.ts";
import { runAsIdentity } from "./guest-accounts.ts";
import { installedSize } from "./installed-size.ts";
import { layEnvironment, type Guest } from "./lay-environment.ts";
import { lint, requireLinted, type LintFinding } from "./lint.ts";
import { pack } from "./pack.ts";
import type { PackageTree } from "./package-tree.ts";
import { readTree, type OwnerRules } from "./read-tree.ts";
import { describeRecord } from "./describe-record.ts";
import type { FinishedBuild } from "./remembered-build.ts";
import { removeTree } from "./remove-tree.ts";
import type { ResolvedEnvironment } from "./resolve-environment.ts";
import { runPipeline, type PipelineRunner } from "./run-pipeline.ts";
import { copySourceFiles, type SourceFiles } from "./source-files.ts";
import { testPipelinesOf } from "./test-pipelines.ts";
import { workspaceFolder } from "./step-script.ts";

/** One configuration for one architecture, with everything that was decided about its build. */
export interface BuildRequest {
  /** The configuration's file, for messages. */
  readonly file: string;
  readonly compiled: CompiledPackage;
  /** The same without what environment files gave: what may be recorded in a package. */
  readonly recorded: CompiledPackage;
  readonly environment: ResolvedEnvironment;
  readonly source: SourceFiles;
}

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
  const folder = await mkdtemp(join(tmpdir(), "apkmill-build-"));
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

/** The source files, and an empty folder for each package to fill. */
async function fillWorkspace(
  { compiled, source }: BuildRequest,
  workspace: string,
  options: BuildOptions,
): Promise<string> {
  await makeFolder(workspace);
  await copySourceFiles(source, workspace, options.buildTime ?? 0);
  await makeFolder(join(workspace, "melange-out"));
  for (const { name } of outputsOf(compiled)) await makeFolder(outputFolder(workspace, name));
  return workspace;
}

const outputFolder = (workspace: string, name: string): string => join(workspace, "melange-out", name);

async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true });
  await chmod(path, 0o755);
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

function mountsOf(workspace: string, { cacheDir }: BuildOptions): SandboxMount[] {
  const mounts = [{ source: workspace, target: workspaceFolder, readOnly: false }];
  if (cacheDir === undefined || !existsSync(cacheDir)) return mounts;
  return [...mounts, { source: resolve(cacheDir), target: "/var/cache/melange", readOnly: false }];
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

interface OutputTree {
  readonly output: Output;
  readonly tree: PackageTree;
}

async function readOutputs(
  { compiled }: BuildRequest,
  guest: Guest,
  workspace: string,
  options: BuildOptions,
): Promise<OutputTree[]> {
  const owners = ownerRules(compiled, guest);
  const read: OutputTree[] = [];
  for (const output of outputsOf(compiled)) {
    const about = { packageName: output.name, mtime: options.buildTime ?? 0, owners };
    const tree = await readTree(outputFolder(workspace, output.name), about);
    read.push({ output, tree: withCapabilities(tree, output.setcap) });
  }
  return read;
}

/** Only where we and the steps are the host's root does an owner on disk mean what the steps said. */
function ownerRules({ environment }: CompiledPackage, { accounts }: Guest): OwnerRules {
  const ran = runAsIdentity(environment.accounts);
  const user = environment.accounts.users.find(({ userName }) => userName === "build");
  const group = environment.accounts.groups.find(({ groupName }) => groupName === "build");
  return {
    allRoot: process.getuid?.() !== 0 || ran.uid !== 0,
    buildUser: { uid: user?.uid ?? 1000, gid: group?.gid ?? 1000 },
    ...accounts,
  };
}

async function lintOutputs(
  { compiled }: BuildRequest,
  trees: readonly OutputTree[],
  options: BuildOptions,
): Promise<LintFinding[]> {
  const found: LintFinding[] = [];
  for (const { output, tree } of trees) {
    const testPipelines = testPipelinesOf(compiled, output);
    const policy = {
      disabled: output.disabledChecks,
      require: options.lintRequire ?? [],
      warn: options.lintWarn ?? [],
    };
    found.push(...(await lint({ tree, testPipelines }, policy)));
  }
  return found;
}

async function packOutputs(
  ports: BuildPorts,
  { compiled, recorded, environment }: BuildRequest,
  trees: readonly OutputTree[],
  folder: string,
  options: BuildOptions,
): Promise<FinishedBuild["packages"]> {
  const record = describeRecord(recorded, environment);
  const buildTime = options.buildTime ?? 0;
  const namespace = options.namespace ?? "unknown";
  const packed: FinishedBuild["packages"][number][] = [];
  for (const { output, tree } of trees) {
    const found = await analyse({
      tree,
      siblings: trees.map((each) => each.tree),
      fullVersion: fullVersionOf(compiled),
      declared: { depends: output.dependencies.runtime, provides: output.dependencies.provides },
      options: output.options,
    });
    const whole = withSbom(tree, { compiled, output, buildTime, namespace, options });
    const measured = { ...found, installedSizeBytes: installedSize(whole.entries) };
    packed.push(await pack(ports, { compiled, output, tree: whole, measured, namespace, buildTime, record }, folder));
  }
  return packed;
}
