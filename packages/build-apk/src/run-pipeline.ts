import type { Logger } from "@apkmill/core";
import type { Sandbox, SandboxCommand } from "@apkmill/sandbox";
import { BuildError } from "./build-error.ts";
import type { CompiledStep } from "./compiled.ts";
import { stepEnvironment, stepScript, workspaceFolder } from "./step-script.ts";

/** The place that steps run in; it and its files last from the first step of a build to the last. */
export interface PipelineRunner {
  readonly sandbox: Sandbox;
  readonly log: Logger;
  /** All of a command but its program, variables and output. */
  readonly place: Pick<SandboxCommand, "root" | "mounts" | "network" | "capabilities" | "user" | "signal">;
  readonly environment: Readonly<Record<string, string>>;
  /** Seconds since the epoch. */
  readonly buildTime: number;
  /** Print each command of a script. */
  readonly trace: boolean;
  /** Open a shell in the sandbox when a step fails; a clean exit from it goes on with the build. */
  readonly interactive: boolean;
}

/** Whose pipeline it is; for messages. */
export interface PipelineOwner {
  readonly packageName: string;
  readonly file: string;
}

/**
 * Runs the steps that are enabled, one after the other, each in a shell of its own.
 * @throws BuildError BUILD_STEP_FAILED, BUILD_ASSERTION_FAILED; SandboxError; CoreError CANCELLED
 */
export async function runPipeline(
  runner: PipelineRunner,
  owner: PipelineOwner,
  steps: readonly CompiledStep[],
): Promise<void> {
  for (const step of steps) await runStep(runner, owner, step, step.line);
}

/** True when the step ran. `line` is where the outermost step stands in the user's own file. */
async function runStep(
  runner: PipelineRunner,
  owner: PipelineOwner,
  step: CompiledStep,
  line: number,
): Promise<boolean> {
  if (!step.enabled) return false;
  if (step.script.trim() !== "") await runScript(runner, owner, step, line);
  let ran = 0;
  for (const child of step.pipeline) if (await runStep(runner, owner, child, line)) ran += 1;
  if (step.requiredSteps > 0 && ran !== step.requiredSteps) throw wrongCount(owner, step, line, ran);
  return true;
}

async function runScript(
  runner: PipelineRunner,
  owner: PipelineOwner,
  step: CompiledStep,
  line: number,
): Promise<void> {
  const last: string[] = [];
  const result = await runner.log.group(`${owner.packageName}: ${stepTitle(step)}`, () =>
    runner.sandbox.run({
      ...commandFor(runner, step, ["/bin/sh", "-c", stepScript(step, { trace: runner.trace })]),
      onLine: (text) => {
        runner.log.info(text);
        last.push(text);
        if (last.length > shownLines) last.shift();
      },
    }),
  );
  if (result.exitCode === 0) return;
  const failure = stepFailed(owner, step, line, { exitCode: result.exitCode, last });
  if (!runner.interactive) throw failure;
  runner.log.error(
    `${failure.message}\na shell in the sandbox follows; leave it with "exit 0" to go on, with "exit 1" to stop`,
  );
  const shell = await runner.sandbox.run({ ...commandFor(runner, step, ["/bin/sh", "-i"]), interactive: true });
  if (shell.exitCode !== 0) throw failure;
}

function commandFor(runner: PipelineRunner, step: CompiledStep, argv: readonly string[]): SandboxCommand {
  return {
    ...runner.place,
    argv,
    env: stepEnvironment(runner.environment, step, runner.buildTime),
    workingDirectory: workspaceFolder,
  };
}

const shownLines = 10;

/** What a person calls the step: its name, what it uses, or how its script begins. */
function stepTitle(step: CompiledStep): string {
  const first = step.script.trim().split("\n", 1)[0] ?? "";
  return step.name || step.uses || (first.length > 60 ? `${first.slice(0, 59)}…` : first);
}

function stepFailed(
  owner: PipelineOwner,
  step: CompiledStep,
  line: number,
  { exitCode, last }: { readonly exitCode: number; readonly last: readonly string[] },
): BuildError {
  const output = last.length === 0 ? "" : `; its last lines:\n${last.map((text) => `    ${text}`).join("\n")}`;
  const message = `step "${stepTitle(step)}" of ${owner.packageName}: expected exit code 0, found ${String(exitCode)}${output}`;
  return new BuildError("BUILD_STEP_FAILED", message, {
    kind: "pipeline",
    hint: "run the build with --interactive to get a shell where the step failed, or with --debug to see each command",
    context: { file: owner.file, line: line > 0 ? line : undefined, package: owner.packageName },
  });
}

function wrongCount(owner: PipelineOwner, step: CompiledStep, line: number, ran: number): BuildError {
  return new BuildError(
    "BUILD_ASSERTION_FAILED",
    `step "${stepTitle(step)}" of ${owner.packageName}: expected ${String(step.requiredSteps)} of its steps to run, found ${String(ran)}`,
    {
      kind: "pipeline",
      hint: "change the conditions of the steps, or required-steps",
      context: { file: owner.file, line: line > 0 ? line : undefined, package: owner.packageName },
    },
  );
}
