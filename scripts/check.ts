import { runCommand, type CommandOutcome } from "./checkout.ts";

/**
 * Everything that can be said about the sources without running them: types, lint, format, floors, generated files.
 * Each check runs to its end, so that one run reports all that is wrong. Exit status 1 when any fails.
 */

interface Check {
  readonly name: string;
  readonly mend: string;
  readonly run: () => Promise<CommandOutcome>;
}

const checks: readonly Check[] = [
  { name: "types", mend: "mend what the compiler names", run: () => runCommand("tsc", ["-p", "tsconfig.json"]) },
  { name: "lint", mend: "npx eslint --fix .", run: () => runCommand("eslint", ["--max-warnings=0", "."]) },
  { name: "format", mend: "npm run format", run: () => runCommand("prettier", ["--check", "--log-level=warn", "."]) },
  {
    name: "floors",
    mend: "import from a lower floor, through its index.ts",
    run: () =>
      runCommand("depcruise", [
        "packages",
        "action-build-apk",
        "action-build-image",
        "action-publish",
        "actions",
        "--config",
        ".dependency-cruiser.js",
      ]),
  },
  {
    name: "kernel",
    mend: "npm run kernel, then npm run build, and commit the result",
    run: () => runCommand("node", ["scripts/kernel.ts", "--check"]),
  },
  {
    name: "dist",
    mend: "npm run build, and commit the result",
    run: () => runCommand("node", ["scripts/bundle.ts", "--check"]),
  },
  {
    name: "generated documentation",
    mend: "npm run docs, and commit the result",
    run: () => runCommand("node", ["scripts/action-docs.ts", "--check"]),
  },
];

/** Runs the checks two at a time and returns the names of those that failed. */
export async function runChecks(print: (line: string) => void): Promise<string[]> {
  const failed: string[] = [];
  const queue = [...checks];
  const worker = async (): Promise<void> => {
    for (let check = queue.shift(); check !== undefined; check = queue.shift()) {
      const outcome = await check.run();
      print(`${outcome.status === 0 ? "ok  " : "FAIL"} ${check.name} (${outcome.seconds.toFixed(1)} s)`);
      if (outcome.status === 0) continue;
      failed.push(check.name);
      print(`${outcome.output.trimEnd()}\n     to mend it: ${check.mend}`);
    }
  };
  await Promise.all([worker(), worker()]);
  return failed;
}

if (import.meta.main) {
  const failed = await runChecks((line) => {
    console.log(line);
  });
  console.log(failed.length === 0 ? "all checks passed" : `failed: ${failed.join(", ")}`);
  process.exitCode = failed.length === 0 ? 0 : 1;
}
