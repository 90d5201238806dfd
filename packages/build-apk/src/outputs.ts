import { analyse } from "./analyse.ts";
import { withSbom } from "./attach-sbom.ts";
import type { BuildOptions, BuildPorts } from "./build-options.ts";
import type { BuildRequest } from "./build-request.ts";
import type { CompiledPackage } from "./compiled.ts";
import { fullVersionOf, outputsOf, type Output } from "./describe-control.ts";
import { describeRecord } from "./describe-record.ts";
import { withCapabilities } from "./file-capabilities.ts";
import { runAsIdentity } from "./guest-accounts.ts";
import { installedSize } from "./installed-size.ts";
import type { Guest } from "./lay-environment.ts";
import { lint, type LintFinding } from "./lint.ts";
import { pack } from "./pack.ts";
import type { PackageTree } from "./package-tree.ts";
import { readTree, type OwnerRules } from "./read-tree.ts";
import type { FinishedBuild } from "./remembered-build.ts";
import { testPipelinesOf } from "./test-pipelines.ts";
import { outputFolder } from "./workspace.ts";

/** A package to be, and the files that the steps made for it. */
export interface OutputTree {
  readonly output: Output;
  readonly tree: PackageTree;
}

/** Reads what the steps left for each package. @throws BuildError BUILD_BAD_OUTPUT */
export async function readOutputs(
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

/** What linters say of all packages, package by package. */
export async function lintOutputs(
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

/** Analyses each package, adds its SBOM and writes it, unsigned, into the store. `folder` is for files under way. */
export async function packOutputs(
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
    const whole = withSbom(tree, { compiled, output, buildTime, namespace });
    const measured = { ...found, installedSizeBytes: installedSize(whole.entries) };
    packed.push(await pack(ports, { compiled, output, tree: whole, measured, namespace, buildTime, record }, folder));
  }
  return packed;
}
