import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { ApkError, isPackageUrl } from "@apkmill/apk";
import { compareBytes, CoreError, describeError, exitCodeOf, formatError, redactUrl, type Ports } from "@apkmill/core";
import type { CommandResult } from "../command.ts";

/** What a command found out about one package. */
export interface PackageReport {
  readonly text: string;
  readonly json: Readonly<Record<string, unknown>>;
}

/** Packages under way at once: enough to keep both cores of a runner inflating. */
const concurrency = 4;

/**
 * Runs `work` on every package that the arguments name: files, folders (all `*.apk` below), http(s) URLs. A failure is
 * reported in its place, and the others are done all the same. One JSON object for each; the exit code is the gravest.
 */
export async function eachPackage(
  ports: Pick<Ports, "signal">,
  args: readonly string[],
  work: (source: string) => Promise<PackageReport>,
  separator = "\n",
): Promise<CommandResult> {
  const sources = (await Promise.all(args.map(expand))).flat();
  const reports: (PackageReport & { readonly exitCode: number })[] = [];
  const queue = sources.entries();
  const worker = async (): Promise<void> => {
    for (const [position, source] of queue) {
      if (ports.signal.aborted) throw new CoreError("CANCELLED", "reading packages: cancelled");
      reports[position] = await reportOn(source, work);
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, sources.length) }, worker));
  return {
    json: reports.map(({ json }) => json),
    lines: true,
    text: reports.map(({ text }) => text).join(separator),
    exitCode: reports.reduce((worst, { exitCode }) => Math.max(worst, exitCode), 0),
  };
}

async function reportOn(
  source: string,
  work: (source: string) => Promise<PackageReport>,
): Promise<PackageReport & { readonly exitCode: number }> {
  const file = isPackageUrl(source) ? redactUrl(source) : source;
  try {
    const { text, json } = await work(source);
    return { text, json: { file, ok: true, ...json }, exitCode: 0 };
  } catch (error) {
    const message = formatError(error);
    return {
      text: message.startsWith(file) ? `refused: ${message}` : `refused: ${file}: ${message}`,
      json: { file, ok: false, error: describeError(error) },
      exitCode: exitCodeOf(error),
    };
  }
}

/** The packages of a folder, by path; anything else is taken for a package, and turns out to be one or not. */
async function expand(argument: string): Promise<string[]> {
  if (isPackageUrl(argument) || !(await isPackageFolder(argument))) return [argument];
  const found = await packagesBelow(argument);
  return found.length === 0 ? [argument] : found;
}

/** True for a folder. What is called a package is taken for one without asking: thousands may be given. */
export async function isPackageFolder(path: string): Promise<boolean> {
  if (path.endsWith(".apk")) return false;
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

async function packagesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.name.endsWith(".apk") && !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort(compareBytes);
}

/** The packages that stand in a folder itself, by path. @throws ApkError APK_MISSING */
export async function packagesIn(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".apk") && !name.startsWith("."));
  if (names.length > 0) return names.sort(compareBytes).map((name) => join(folder, name));
  throw new ApkError("APK_MISSING", `there is no package (*.apk) in the folder ${folder}`, {
    hint: "name the folder of one architecture, such as packages/x86_64",
    context: { path: folder },
  });
}
