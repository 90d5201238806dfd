import { join } from "node:path";
import type { OptionTable } from "./arguments.ts";

/** Options that every command takes. */
export const globalOptions = {
  json: { kind: "flag", help: "print the result as one JSON value on standard output" },
  "dry-run": { kind: "flag", help: "say what would be done; write nothing outside the cache" },
  "cache-dir": { kind: "text", value: "DIR", help: "the store (default $XDG_CACHE_HOME/apkmill)" },
  limit: {
    kind: "list",
    value: "NAME=VALUE",
    help: "raise or lower a limit on input, such as index-bytes=64MiB",
  },
  offline: { kind: "flag", help: "refuse every request to the network; the store serves what was fetched before" },
  "ca-file": {
    kind: "list",
    value: "FILE",
    help: "certificates of authorities to trust beside the usual ones, for servers and proxies",
  },
  "log-level": { kind: "text", value: "debug|info|warn|error", default: "info", help: "what goes to standard error" },
  "log-format": { kind: "text", value: "text|json", default: "text", help: "form of the log lines" },
  help: { kind: "flag", short: "h", help: "say how the command is used" },
} as const satisfies OptionTable;

/** Where the store stands when the user names no place: the XDG base directory specification. */
export function defaultCacheDir(env: Readonly<Record<string, string | undefined>>): string {
  return join(env["XDG_CACHE_HOME"] ?? join(env["HOME"] ?? ".", ".cache"), "apkmill");
}
