import assert from "node:assert/strict";
import { test } from "node:test";
import { lineLogger } from "@apkmill/core";
import type { Sandbox, SandboxCommand } from "@apkmill/sandbox";
import type { CompiledStep } from "./compiled.ts";
import { runPipeline, type PipelineRunner } from "./run-pipeline.ts";

const step = (script: string, more: Partial<CompiledStep> = {}): CompiledStep => ({
  name: "",
  uses: "",
  with: {},
  inputs: {},
  if: "",
  enabled: true,
  script,
  workingDirectory: "",
  environment: {},
  needs: [],
  requiredSteps: 0,
  pipeline: [],
  label: "",
  line: 3,
  ...more,
});

/** A sandbox that notes the fragments and fails those that say so. */
function noting(): { runner: PipelineRunner; ran: SandboxCommand[]; logged: string[] } {
  const ran: SandboxCommand[] = [];
  const logged: string[] = [];
  const sandbox: Sandbox = {
    name: "bubblewrap",
    requireArch: () => Promise.resolve(),
    run: (command) => {
      ran.push(command);
      command.onLine?.(`output ${String(ran.length)}`, "stdout");
      const exitCode = command.argv.join(" ").includes("break") ? 3 : 0;
      return Promise.resolve({ exitCode, durationMs: 1, timedOut: false });
    },
  };
  const place = { root: "/guest", network: false };
  const log = lineLogger((line) => logged.push(line));
  return {
    runner: { sandbox, log, place, environment: { A: "1" }, buildTime: 5, trace: false, interactive: false },
    ran,
    logged,
  };
}

const owner = { packageName: "p", file: "p.yaml" };
const fragments = (ran: readonly SandboxCommand[]): string[] =>
  ran.map(({ argv }) => argv[2]?.split("\n").at(-2) ?? "");

test("steps run in order, each before its children; those that are off run neither", async () => {
  const { runner, ran } = noting();
  await runPipeline(runner, owner, [
    step("a", { pipeline: [step("b"), step("c", { enabled: false, pipeline: [step("d")] })] }),
    step("", { pipeline: [step("e")] }),
  ]);
  assert.deepEqual(fragments(ran), ["a", "b", "e"]);
  assert.deepEqual(ran[0]?.env["A"], "1");
  assert.deepEqual(ran[0].env["SOURCE_DATE_EPOCH"], "5");
});

test("the log has a heading for each step and its lines", async () => {
  const { runner, logged } = noting();
  await runPipeline(runner, owner, [
    step("make all\nmake install"),
    step("x", { name: "named" }),
    step("y", { uses: "go/build" }),
  ]);
  assert.deepEqual(logged, ["p: make all", "output 1", "p: named", "output 2", "p: go/build", "output 3"]);
});

test("a failure ends the pipeline and names the user's own line, also beneath a definition", async () => {
  const { runner, ran } = noting();
  const steps = [step("", { line: 9, uses: "strip", pipeline: [step("break", { line: 2 })] }), step("after")];
  await assert.rejects(runPipeline(runner, owner, steps), {
    code: "BUILD_STEP_FAILED",
    kind: "pipeline",
    context: { file: "p.yaml", line: 9, package: "p" },
  });
  assert.equal(ran.length, 1);
});

test("an assertion wants exactly so many of the direct steps", async () => {
  const { runner } = noting();
  const children = [step("a"), step("b", { enabled: false }), step("c")];
  await runPipeline(runner, owner, [step("", { requiredSteps: 2, pipeline: children })]);
  for (const requiredSteps of [1, 3]) {
    const wrong = [step("", { requiredSteps, pipeline: children })];
    await assert.rejects(runPipeline(runner, owner, wrong), { code: "BUILD_ASSERTION_FAILED" });
  }
});

test("with a person at it, a failed step opens a shell, and a clean exit from it goes on", async () => {
  const { runner, ran } = noting();
  await runPipeline({ ...runner, interactive: true }, owner, [step("break"), step("on")]);
  assert.deepEqual(
    ran.map(({ interactive }) => interactive === true),
    [false, true, false],
  );
});
