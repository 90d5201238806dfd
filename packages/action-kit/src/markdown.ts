import { appendFile } from "node:fs/promises";
import { ActionError } from "./action-error.ts";

/**
 * A job summary, as Markdown. Names, versions and digests come from packages, so every cell is escaped: neither HTML nor a link
 * nor a table border can be smuggled in.
 */

/** The runner refuses a summary above this size (bytes). */
const mostBytes = 1024 * 1024;

export function heading(text: string): string {
  return `### ${escapeMarkdown(text)}\n`;
}

/** A table; cells that begin with a backtick are shown as code. */
export function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return `${[line(columns.map(escapeMarkdown)), line(columns.map(() => "---")), ...rows.map((row) => line(row.map(cell)))].join("\n")}\n`;
}

/** Lines to copy, in a fence that is longer than any run of backticks inside. */
export function codeBlock(lines: readonly string[]): string {
  const text = lines.join("\n");
  const fence = "`".repeat(Math.max(3, ...Array.from(text.matchAll(/`+/g), ([run]) => run.length + 1)));
  return `${fence}shell\n${text}\n${fence}\n`;
}

/** Code in a table cell. */
export function code(text: string): string {
  return `\`${text.replaceAll("`", "")}\``;
}

function cell(text: string): string {
  return /^`[^`]*`$/.test(text) ? text.replaceAll("|", "\\|").replaceAll("\n", " ") : escapeMarkdown(text);
}

/** Text that Markdown and HTML show as it is. */
export function escapeMarkdown(text: string): string {
  return text
    .replace(/[&<>]/g, (char) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[char] ?? char)
    .replace(/[\\`*_{}[\]|#!~]/g, "\\$&")
    .replaceAll("\n", " ");
}

/** Appends to the summary of this step; says so instead when it would be too long. */
export async function writeSummary(parts: readonly string[]): Promise<void> {
  const path = process.env["GITHUB_STEP_SUMMARY"];
  if (path === undefined) throw new ActionError("ACTION_ENVIRONMENT", "GITHUB_STEP_SUMMARY is not set");
  const text = `${parts.join("\n")}\n`;
  const fits = Buffer.byteLength(text) <= mostBytes;
  await appendFile(
    path,
    fits ? text : "The summary is longer than GitHub shows; see the log and the outputs of the step.\n",
  );
}

/** Bytes for people: `1.2 MB`. */
export function formatSize(bytes: number): string {
  const units = ["B", "kB", "MB", "GB"];
  const power = Math.min(units.length - 1, bytes < 1000 ? 0 : Math.floor(Math.log10(bytes) / 3));
  return `${power === 0 ? String(bytes) : (bytes / 1000 ** power).toFixed(1)} ${units[power] ?? ""}`;
}
