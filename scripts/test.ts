import { glob } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { finished } from "node:stream/promises";
import { run } from "node:test";
import { formatError } from "@apkmill/core";
import { runChecks } from "./check.ts";
import { checkout } from "./checkout.ts";
import { prepareSandbox } from "./host-sandbox.ts";
import { installTestTools } from "./host-tools.ts";

/**
 * Everything that proves the project: the static checks, then every test, then one summary as the last lines.
 * `--full` adds the tests that are slow or need real daemons (`*.ftest.ts`). Names after the options narrow the files.
 *
 * APKMILL_EXPECTED_SKIPS, which CI sets, makes any other number of skipped tests a failure: a test that stopped running
 * must not look like one that passes.
 */

interface Tally {
  passed: number;
  readonly failed: string[];
  readonly skipped: string[];
}

async function main(args: readonly string[]): Promise<number> {
  const began = performance.now();
  const full = args.includes("--full");
  const filters = args.filter((argument) => !argument.startsWith("--"));
  if (full) process.env["APKMILL_ALL_CASES"] = "yes";
  const print = (line: string): void => {
    console.log(line);
  };
  await installTestTools({ full });
  // Tests that need what cannot be set up say so, and are counted.
  await prepareSandbox(print).catch((error: unknown) => {
    print(formatError(error));
  });
  const failedChecks = filters.length > 0 ? [] : await runChecks(print);
  const tally = await runTests(await testFiles(full, filters));
  return summarise(tally, failedChecks, (performance.now() - began) / 1000);
}

async function testFiles(full: boolean, filters: readonly string[]): Promise<string[]> {
  const endings = full ? "{test,itest,ftest}" : "{test,itest}";
  const found = await Array.fromAsync(
    glob(`{packages,test,scripts,action-*,actions}/**/*.${endings}.ts`, {
      cwd: checkout,
      exclude: (name) => name === "node_modules" || name === "dist",
    }),
  );
  return found.filter((path) => filters.length === 0 || filters.some((filter) => path.includes(filter))).sort();
}

async function runTests(files: readonly string[]): Promise<Tally> {
  const tally: Tally = { passed: 0, failed: [], skipped: [] };
  const stream = run({
    files: files.map((file) => `${checkout}/${file}`),
    concurrency: availableParallelism(),
    cwd: checkout,
  });
  stream.on("test:pass", (event) => {
    const where = place(event);
    if (isFile(event)) return;
    if (event.skip !== undefined)
      tally.skipped.push(`${where}: ${event.skip === true || event.skip === "" ? "no reason given" : event.skip}`);
    else if (event.details.type !== "suite") tally.passed += 1;
  });
  stream.on("test:fail", (event) => {
    const cause = event.details.error.cause;
    // A file or suite that fails only because something inside it failed has been reported already.
    if ((event.details.error as { failureType?: string }).failureType === "subtestsFailed") return;
    tally.failed.push(place(event));
    console.log(`FAIL ${place(event)}\n${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}\n`);
  });
  stream.on("test:stderr", (event) => process.stderr.write(event.message));
  await finished(stream.resume());
  return tally;
}

interface Place {
  readonly name: string;
  readonly file?: string | undefined;
}

function place(event: Place): string {
  const file = event.file?.replace(`${checkout}/`, "") ?? "";
  return isFile(event) ? file : `${file}: ${event.name}`;
}

/** The runner reports each file as a test of its own, named by its path. */
function isFile(event: Place): boolean {
  return (
    event.file !== undefined &&
    (event.name === event.file || event.file.endsWith(event.name)) &&
    event.name.endsWith(".ts")
  );
}

function summarise(tally: Tally, failedChecks: readonly string[], seconds: number): number {
  const expected = process.env["APKMILL_EXPECTED_SKIPS"];
  const skipsAsExpected = expected === undefined || Number(expected) === tally.skipped.length;
  for (const failure of tally.failed) console.log(`failed: ${failure}`);
  for (const skip of tally.skipped) console.log(`skipped: ${skip}`);
  for (const check of failedChecks) console.log(`failed check: ${check}`);
  if (!skipsAsExpected)
    console.log(`failed: ${expected} tests were expected to be skipped, ${tally.skipped.length} were`);
  console.log(`took ${seconds.toFixed(0)} s`);
  console.log(
    `${tally.passed} passed, ${tally.failed.length + failedChecks.length} failed, ${tally.skipped.length} skipped`,
  );
  return tally.failed.length + failedChecks.length === 0 && skipsAsExpected && tally.passed > 0 ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
