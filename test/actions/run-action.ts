import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";

/**
 * Runs a bundled action as the runner does: inputs with the defaults of action.yml, file commands, state between the stages, the
 * services' variables. Nothing of the test's own environment but PATH and HOME reaches the action.
 */

const checkout = fileURLToPath(new URL("../..", import.meta.url));

/** One job: a workspace, a temporary folder and the variables that all of its steps see. */
export interface Job {
  readonly workspace: string;
  readonly temp: string;
  readonly env: Readonly<Record<string, string>>;
  dispose(): Promise<void>;
}

export interface StepResult {
  readonly status: number;
  readonly outputs: Readonly<Record<string, string>>;
  readonly state: Readonly<Record<string, string>>;
  readonly summary: string;
  /** Both streams as the runner takes them in: without the commands that ask it to mask something, and before it masks anything. */
  readonly log: string;
  /** What the step asked the runner to mask. */
  readonly masks: readonly string[];
}

export async function startJob(env: Readonly<Record<string, string>> = {}): Promise<Job> {
  const root = await mkdtemp(join(tmpdir(), "job-"));
  const [workspace, temp] = [join(root, "workspace"), join(root, "temp")];
  await mkdir(workspace);
  await mkdir(temp);
  await writeFile(join(root, "event.json"), "{}");
  return {
    workspace,
    temp,
    env: {
      PATH: process.env["PATH"] ?? "",
      HOME: root,
      CI: "true",
      GITHUB_ACTIONS: "true",
      GITHUB_ACTOR: "somebody",
      GITHUB_EVENT_NAME: "push",
      GITHUB_EVENT_PATH: join(root, "event.json"),
      GITHUB_REF: "refs/heads/main",
      GITHUB_REF_NAME: "main",
      GITHUB_REPOSITORY: "acme/widgets",
      GITHUB_REPOSITORY_OWNER: "acme",
      GITHUB_RUN_ATTEMPT: "1",
      GITHUB_RUN_ID: "1",
      GITHUB_SERVER_URL: "https://github.com",
      GITHUB_SHA: "0123456789abcdef0123456789abcdef01234567",
      GITHUB_WORKFLOW_REF: "acme/widgets/.github/workflows/build.yml@refs/heads/main",
      GITHUB_WORKSPACE: workspace,
      RUNNER_ARCH: process.arch === "arm64" ? "ARM64" : "X64",
      RUNNER_ENVIRONMENT: "github-hosted",
      RUNNER_OS: "Linux",
      RUNNER_TEMP: temp,
      ...env,
    },
    dispose: () => rm(root, { recursive: true, force: true }),
  };
}

/** Runs the main stage of the action in `folder` (`action-publish`, `actions/setup`). */
export async function runMain(job: Job, folder: string, inputs: Readonly<Record<string, string>>): Promise<StepResult> {
  return runStage(job, folder, "main", { ...(await inputVariables(folder, inputs)) });
}

/** Runs the post stage with the state that the main stage saved. */
export async function runPost(
  job: Job,
  folder: string,
  inputs: Readonly<Record<string, string>>,
  main: StepResult,
): Promise<StepResult> {
  const state = Object.fromEntries(Object.entries(main.state).map(([name, value]) => [`STATE_${name}`, value]));
  return runStage(job, folder, "post", { ...(await inputVariables(folder, inputs)), ...state });
}

interface ActionFile {
  readonly inputs?: Readonly<Record<string, { readonly default?: string; readonly required?: boolean }>>;
  readonly runs: Readonly<Record<string, string>>;
}

async function readAction(folder: string): Promise<ActionFile> {
  return parse(await readFile(join(checkout, folder, "action.yml"), "utf8")) as ActionFile;
}

async function inputVariables(
  folder: string,
  given: Readonly<Record<string, string>>,
): Promise<Record<string, string>> {
  const { inputs = {} } = await readAction(folder);
  const undeclared = Object.keys(given).filter((name) => !(name in inputs));
  if (undeclared.length > 0) throw new Error(`${folder} declares no input ${undeclared.join(", ")}`);
  const values = Object.entries(inputs).map(([name, input]) => [name, given[name] ?? input.default ?? ""] as const);
  return Object.fromEntries(values.map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]));
}

async function runStage(
  job: Job,
  folder: string,
  stage: "main" | "post",
  variables: Readonly<Record<string, string>>,
): Promise<StepResult> {
  const commands = await mkdtemp(join(job.temp, ".commands-"));
  const files = { OUTPUT: "", STATE: "", STEP_SUMMARY: "", ENV: "", PATH: "" };
  const paths = Object.fromEntries(Object.keys(files).map((name) => [`GITHUB_${name}`, join(commands, name)]));
  await Promise.all(Object.values(paths).map((path) => writeFile(path, "")));
  const entry = (await readAction(folder)).runs[stage];
  if (entry === undefined) throw new Error(`${folder} has no ${stage} stage`);
  const { status, log } = await run([join(checkout, folder, entry)], job.workspace, {
    ...job.env,
    ...paths,
    ...variables,
  });
  const read = (name: string): Promise<string> => readFile(paths[name] ?? "", "utf8");
  return {
    status,
    log: log.replace(/^::add-mask::.*\n/gm, ""),
    outputs: parseFileCommand(await read("GITHUB_OUTPUT")),
    state: parseFileCommand(await read("GITHUB_STATE")),
    summary: await read("GITHUB_STEP_SUMMARY"),
    masks: Array.from(log.matchAll(/^::add-mask::(.*)$/gm), ([, value]) => value ?? ""),
  };
}

function run(
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
): Promise<{ status: number; log: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    let log = "";
    child.stdout.on("data", (chunk: Buffer) => (log += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (log += chunk.toString()));
    child.on("error", reject);
    child.on("close", (status) => resolve({ status: status ?? 1, log }));
  });
}

/** Reads `name<<DELIMITER … DELIMITER`, as the runner does. */
function parseFileCommand(text: string): Record<string, string> {
  const found = text.matchAll(/^([^\n=<]+)<<(\S+)\n([\s\S]*?)\n?^\2$/gm);
  return Object.fromEntries(Array.from(found, ([, name, , value]) => [name ?? "", value ?? ""]));
}
