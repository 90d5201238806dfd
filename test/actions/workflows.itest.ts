import assert from "node:assert/strict";
import { access, glob, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { before, test } from "node:test";
import { runInNewContext } from "node:vm";
import { runCommand } from "../../scripts/checkout.ts";
import {
  checkout,
  loadActions,
  loadWorkflows,
  localPath,
  type ActionFile,
  type Interface,
  type Step,
  type Workflow,
} from "./action-files.ts";

/** What must hold for every workflow and action of this repository, whatever it does. */
let workflows: Workflow[];
let actions: ActionFile[];

before(async () => {
  workflows = await loadWorkflows();
  actions = await loadActions();
  assert.ok(workflows.length >= 4 && actions.length >= 5);
});

/** Every step, with where it stands. */
function steps(): { readonly where: string; readonly step: Step }[] {
  const ofWorkflows = workflows.flatMap(({ path, jobs }) =>
    Object.entries(jobs).flatMap(([job, { steps: list = [] }]) =>
      list.map((step) => ({ where: `${path}: ${job}`, step })),
    ),
  );
  return [
    ...ofWorkflows,
    ...actions.flatMap(({ path, runs }) => (runs.steps ?? []).map((step) => ({ where: path, step }))),
  ];
}

/** The declared inputs, outputs and secrets behind a local `uses`. */
function interfaceOf(uses: string): Interface | undefined {
  const path = localPath(uses);
  if (path === undefined) return undefined;
  const found = actions.find((action) => action.path === path);
  const called = workflows.find((workflow) => workflow.path === path)?.on.workflow_call;
  assert.ok(found !== undefined || called !== undefined, `nothing is at ${uses}`);
  return found ?? called ?? {};
}

test("whatever is used is pinned to a commit with its version beside it, or is of this repository", () => {
  for (const { path, text } of [...workflows, ...actions]) {
    for (const [, used = ""] of text.matchAll(/^\s*(?:- )?uses: *(.*)$/gm)) {
      const isOurs = /^(\.|\$)\/[\w./-]+$/.test(used);
      assert.ok(isOurs || /^[\w-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(used), `${path}: ${used}`);
      if (isOurs) interfaceOf(used);
    }
  }
});

test("an action that others use refers to its siblings by the commit it is used at", () => {
  for (const { path, runs } of actions)
    for (const { uses = "$/" } of runs.steps ?? []) assert.ok(uses.startsWith("$/"), `${path}: ${uses}`);
  const called = workflows.filter(({ path }) => path.endsWith("factory.yml"));
  for (const { path, jobs } of called)
    for (const { uses = "$/" } of Object.values(jobs).flatMap((job) => job.steps ?? []))
      assert.ok(!uses.startsWith("./"), `${path}: ${uses}`);
});

test("no expression is pasted into a script", () => {
  for (const { where, step } of steps()) assert.ok(!(step.run ?? "").includes("${{"), `${where}: ${step.name ?? ""}`);
});

test("every workflow starts without permissions and every job names its own", () => {
  for (const { path, permissions, jobs } of workflows) {
    assert.deepEqual(permissions, {}, path);
    for (const [name, job] of Object.entries(jobs)) {
      assert.ok(job.permissions !== undefined, `${path}: ${name}`);
      assert.notEqual(job.permissions["contents"], "write", `${path}: ${name}`);
    }
  }
});

test("a job that can sign runs nothing but the publishing action", () => {
  const signing = workflows.flatMap(({ jobs }) =>
    Object.values(jobs).filter((job) => job.permissions?.["id-token"] === "write" && job.steps !== undefined),
  );
  assert.ok(signing.length > 0);
  for (const { steps: list = [] } of signing)
    assert.deepEqual([...new Set(list.map(({ uses, run }) => uses ?? run))], ["$/action-publish"]);
});

test("a job that runs the caller's code has no token that can write", () => {
  for (const { path, jobs } of workflows)
    for (const [name, { permissions = {}, steps: list = [] }] of Object.entries(jobs)) {
      const runsCode = list.some(({ uses, run }) => run !== undefined || /^\$\/action-build/.test(uses ?? ""));
      if (runsCode) assert.deepEqual(permissions, { contents: "read" }, `${path}: ${name}`);
    }
});

test("no workflow is triggered where a stranger's code meets the repository's secrets", () => {
  for (const { path, text } of workflows)
    assert.doesNotMatch(text, /pull_request_target|workflow_run|issue_comment/, path);
});

test("a checkout leaves no token behind", () => {
  for (const { where, step } of steps())
    if (step.uses?.startsWith("actions/checkout@") === true)
      assert.equal(step.with?.["persist-credentials"], false, where);
});

test("every input that is passed is declared", () => {
  const jobs = workflows.flatMap(({ path, jobs: all }) =>
    Object.values(all).map((job) => ({ where: path, step: job })),
  );
  for (const { where, step } of [...steps(), ...jobs]) {
    const declared = interfaceOf(step.uses ?? "")?.inputs;
    if (declared === undefined) continue;
    for (const name of Object.keys(step.with ?? {}))
      assert.ok(name in declared, `${where}: ${step.uses ?? ""} ${name}`);
  }
});

test("every output that is read exists", () => {
  for (const { path, text, jobs, on } of workflows) {
    for (const [name, job] of Object.entries(jobs)) {
      for (const [, id = "", output = ""] of JSON.stringify(job).matchAll(/steps\.([\w-]+)\.outputs\.([\w-]+)/g)) {
        const step = job.steps?.find((one) => one.id === id);
        assert.ok(output in (interfaceOf(step?.uses ?? "")?.outputs ?? {}), `${path}: ${name}: ${id}.${output}`);
      }
      for (const [, from = "", output = ""] of JSON.stringify(job).matchAll(/needs\.([\w-]+)\.outputs\.([\w-]+)/g)) {
        assert.ok([job.needs].flat().includes(from), `${path}: ${name} does not wait for ${from}`);
        assert.ok(output in (jobs[from]?.outputs ?? {}), `${path}: ${name}: ${from}.${output}`);
      }
    }
    for (const [, from = "", output = ""] of text.matchAll(/\bjobs\.([\w-]+)\.outputs\.([\w-]+)/g))
      assert.ok(output in (jobs[from]?.outputs ?? {}), `${path}: ${from}.${output}`);
    const declared = { ...on.workflow_call?.inputs, ...on.workflow_dispatch?.inputs };
    for (const [, input = ""] of text.matchAll(/\binputs\.([\w-]+)/g))
      assert.ok(input in declared, `${path}: ${input}`);
  }
  for (const { path, text, runs, inputs = {} } of actions) {
    for (const [, id = "", output = ""] of text.matchAll(/steps\.([\w-]+)\.outputs\.([\w-]+)/g)) {
      const step = runs.steps?.find((one) => one.id === id);
      assert.ok(output in (interfaceOf(step?.uses ?? "")?.outputs ?? {}), `${path}: ${id}.${output}`);
    }
    for (const [, input = ""] of text.matchAll(/\binputs\.([\w-]+)/g)) assert.ok(input in inputs, `${path}: ${input}`);
  }
});

/** What both factories give their step that builds the image, evaluated: the few operators mean the same in both languages. */
function imageInputs(name: string, context: object): unknown[] {
  const factories = [
    actions.find(({ path }) => path === "actions/factory/action.yml")?.runs.steps,
    workflows.find(({ path }) => path.endsWith("factory.yml"))?.jobs["build"]?.steps,
  ];
  return factories.map((steps): unknown => {
    const given = steps?.find(({ uses }) => uses === "$/action-build-image")?.with ?? {};
    const [, expression = ""] = /^\$\{\{(.*)\}\}$/.exec(String(given[name])) ?? [];
    return runInNewContext(`const join = (list, by) => list.join(by); ${expression}`, {
      fromJSON: JSON.parse,
      ...context,
    });
  });
}

test("a run that makes packages makes the image for the architectures that it has packages of", () => {
  const rows = [
    [{ configs: "*.melange.yaml" }, "x86_64,aarch64"],
    [{ configs: "*.melange.yaml", archs: "arm64" }, "arm64"],
    [{}, ""],
    [{ archs: "arm64" }, "arm64"],
  ] as const;
  const steps = { sandbox: { outputs: { archs: '["x86_64","aarch64"]' } } };
  for (const [inputs, archs] of rows) {
    const context = { inputs: { configs: "", archs: "", ...inputs }, steps };
    assert.deepEqual(imageInputs("archs", context), [archs, archs], JSON.stringify(inputs));
  }
});

test("a run that makes packages takes no lock unless it is told to, and says so of any other", () => {
  const rows = [
    [{ configs: "*.melange.yaml" }, "off"],
    [{ configs: "*.melange.yaml", lockfile: "other.lock.json" }, "use"],
    [{ configs: "*.melange.yaml", lock: "check" }, "check"],
    [{}, "use"],
    [{ lock: "off" }, "off"],
  ] as const;
  for (const [inputs, mode] of rows) {
    const context = { inputs: { configs: "", lock: "", lockfile: "", ...inputs } };
    assert.deepEqual(imageInputs("lock", context), [mode, mode], JSON.stringify(inputs));
    assert.deepEqual(imageInputs("lockfile", context), [context.inputs.lockfile, context.inputs.lockfile]);
  }
});

test("an action reads every input that it declares and sets every output, and no other", async () => {
  for (const { path, runs, inputs = {}, outputs = {} } of actions) {
    if (runs.using === "composite") continue;
    const source = await sourceOf(dirname(path));
    const read = /(?:Input|Path|locations|workspaceFiles|workspacePaths|given)\(\s*"([a-z-]+)"/g;
    const reads = new Set(Array.from(source.matchAll(read), ([, name]) => name));
    const sets = new Set(Array.from(source.matchAll(/setOutput\(\s*"([a-z-]+)"/g), ([, name]) => name));
    assert.deepEqual([...reads].sort(), Object.keys(inputs).sort(), path);
    assert.deepEqual([...sets].sort(), Object.keys(outputs).sort(), path);
  }
});

async function sourceOf(folder: string): Promise<string> {
  const files = await Array.fromAsync(glob("src/*.ts", { cwd: join(checkout, folder) }));
  return (await Promise.all(files.map((file) => readFile(join(checkout, folder, file), "utf8")))).join("\n");
}

test("a node action runs on node24 from its own bundle, and cleans up whatever happened", async () => {
  for (const { path, runs, text } of actions) {
    if (runs.using === "composite") continue;
    assert.equal(runs.using, "node24", path);
    await access(join(checkout, dirname(path), runs.main ?? ""));
    if (runs.post === undefined) continue;
    assert.equal(runs.post, runs.main, path);
    assert.match(text, /post-if: always\(\)/, path);
  }
});

test("the tables of the READMEs say what action.yml says", async () => {
  const { status, output } = await runCommand(process.execPath, ["scripts/action-docs.ts", "--check"]);
  assert.equal(status, 0, output);
});

test("every input has a default or is required, and a description that ends without a full stop", () => {
  for (const { path, inputs = {}, outputs = {} } of actions) {
    for (const [name, input] of Object.entries(inputs)) {
      const { required, default: standard } = input as { required?: boolean; default?: string };
      assert.ok(required === true || standard !== undefined, `${path}: ${name}`);
    }
    for (const [name, value] of Object.entries({ ...inputs, ...outputs })) {
      const { description } = value as { description?: string };
      assert.match(description ?? "", /\S.*[^.]$/, `${path}: ${name}`);
      assert.match(name, /^[a-z]+(-[a-z]+)*$/, path);
    }
  }
});
