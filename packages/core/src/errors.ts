/**
 * One error root for the whole engine. A code says what went wrong, a hint says what to do next, the context says where.
 * The brand is a registered symbol, not `instanceof`, because every bundled action carries its own copy of this class.
 */

const brand: unique symbol = Symbol.for("apkmill.engine-error");

/** Whose fault it is; decides the exit code: input 1, remote 2, pipeline 3, bug 70. */
export type ErrorKind = "input" | "remote" | "pipeline" | "bug";

/** Where it happened. Positions are 1-based. Never put a token, a password or a signed URL here. */
export interface ErrorContext {
  readonly file?: string | undefined;
  readonly line?: number | undefined;
  readonly column?: number | undefined;
  readonly package?: string | undefined;
  readonly url?: string | undefined;
  readonly path?: string | undefined;
}

/** Why no set of packages satisfies a request: one node for each constraint or package that could not be chosen. */
export interface Reason {
  readonly constraint?: string;
  readonly package?: string;
  readonly requiredBy: readonly string[];
  readonly candidates: readonly { readonly version: string; readonly rejected: string }[];
  /** What is wrong, in words that follow the name. */
  readonly note?: string;
  /** How the request leads to the first of those who require it, step by step; left out where the request itself does. */
  readonly path?: readonly string[];
  /** What would come nearest to what was asked for. */
  readonly hint?: string;
}

export interface EngineErrorOptions {
  readonly hint?: string | undefined;
  readonly kind?: ErrorKind | undefined;
  readonly context?: ErrorContext | undefined;
  readonly cause?: unknown;
  /** All problems of one input, reported together; the message then summarises them. */
  readonly problems?: readonly EngineError[] | undefined;
  readonly reasons?: readonly Reason[] | undefined;
}

/** Root of all coded errors; each package derives one class and closes the union of its codes. */
export class EngineError<Code extends string = string> extends Error {
  readonly code: Code;
  readonly kind: ErrorKind;
  readonly hint: string | undefined;
  readonly context: ErrorContext;
  readonly problems: readonly EngineError[];
  readonly reasons: readonly Reason[];
  readonly [brand] = true;

  constructor(code: Code, message: string, options: EngineErrorOptions = {}) {
    super(redactUrls(message), options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.kind = options.kind ?? "input";
    this.hint = options.hint;
    this.context = redactContext(options.context ?? {});
    this.problems = options.problems ?? [];
    this.reasons = options.reasons ?? [];
  }
}

/** True for an {@link EngineError} of this or of another bundled copy of the engine. */
export function isEngineError(value: unknown): value is EngineError {
  return typeof value === "object" && value !== null && brand in value;
}

/** The process exit code that `interface.md` gives an error; anything that is not ours is a bug (70). */
export function exitCodeOf(error: unknown): number {
  if (!isEngineError(error)) return 70;
  return { input: 1, remote: 2, pipeline: 3, bug: 70 }[error.kind];
}

/** The JSON value that `--json` prints for an error. */
export function describeError(error: unknown): Record<string, unknown> {
  if (!isEngineError(error)) {
    return { code: "INTERNAL", message: error instanceof Error ? error.message : String(error), context: {} };
  }
  return {
    code: error.code,
    message: error.message,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    context: error.context,
    ...(error.reasons.length === 0 ? {} : { reasons: error.reasons }),
    ...(error.problems.length === 0 ? {} : { problems: error.problems.map(describeError) }),
  };
}

/** The lines a person reads: `file:line:column: message [CODE]`, its hint, then each problem and reason beneath. */
export function formatError(error: unknown): string {
  if (!isEngineError(error)) {
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return `internal error: ${detail}\n  hint: this is a bug in apkmill; please report it with the lines above`;
  }
  const lines = [`${formatPlace(error.context)}${error.message} [${error.code}]`];
  if (error.hint !== undefined) lines.push(`  hint: ${error.hint}`);
  for (const problem of error.problems) lines.push(indent(formatError(problem)));
  for (const reason of error.reasons) lines.push(indent(formatReason(reason)));
  return lines.join("\n");
}

/** A URL without its userinfo and query: those may hold a password or a signature. */
export function redactUrl(url: string): string {
  return url.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@\s]*@/i, "$1").replace(/\?[^\s:,;]*/g, "");
}

function redactUrls(text: string): string {
  return text.replace(/\b[a-z][a-z0-9+.-]*:\/\/[^\s'"<>]+/gi, redactUrl);
}

function redactContext(context: ErrorContext): ErrorContext {
  return context.url === undefined ? context : { ...context, url: redactUrl(context.url) };
}

function formatPlace({ file, line, column }: ErrorContext): string {
  if (file === undefined) return "";
  const position = line === undefined ? "" : `:${String(line)}${column === undefined ? "" : `:${String(column)}`}`;
  return `${file}${position}: `;
}

function formatReason({ constraint, package: label, note, requiredBy, path = [], candidates, hint }: Reason): string {
  const list = (title: string, items: readonly string[]): string[] =>
    items.length === 0 ? [] : [`  ${title}: ${shorten(items).join(", ")}`];
  return [
    `${constraint ?? label ?? "?"}${note === undefined ? "" : `: ${note}`}`,
    ...list("required by", requiredBy),
    ...(path.length === 0 ? [] : [`  which comes from: ${path.join(" → ")}`]),
    ...shorten(
      candidates.map(({ version, rejected }) => `  not ${version}: ${rejected}`),
      "  ",
    ),
    ...(hint === undefined ? [] : [`  hint: ${hint}`]),
  ].join("\n");
}

/** How many items of a list a person reads; `--json` has all of them. */
const mostShown = 8;

function shorten(items: readonly string[], indentation = ""): readonly string[] {
  const more = items.length - mostShown;
  return more > 1 ? [...items.slice(0, mostShown), `${indentation}and ${more} more`] : items;
}

function indent(text: string): string {
  return text.replace(/^/gm, "  ");
}
