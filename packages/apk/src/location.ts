import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { ApkError } from "./apk-error.ts";
import { Credentials } from "./credentials.ts";

/** Where a repository is: what the user wrote, taken apart. */
export interface Location {
  /** To print and to store: no tag, no credentials. */
  readonly text: string;
  readonly tag: string;
  /** The folder or URL that holds one folder for each architecture; without a trailing slash. */
  readonly place: { readonly kind: "folder"; readonly path: string } | { readonly kind: "http"; readonly url: string };
  readonly credentials: Credentials | undefined;
}

/**
 * A line of `repositories` in an apko YAML: `[@tag ]PATH`, `[@tag ]file://…` or `[@tag ]http(s)://…`.
 * User and password may stand in the URL or, as apko has it, in `HTTP_AUTH=basic:HOST:USER:PASSWORD`.
 * @throws ApkError REPOSITORY_LOCATION
 */
export function parseLocation(line: string, env: Readonly<Record<string, string | undefined>> = {}): Location {
  const match = /^(?:@(\S+)\s+)?(\S.*)$/.exec(line.trim());
  const target = match?.[2] ?? "";
  const tag = match?.[1] ?? "";
  if (/^https?:\/\//i.test(target)) return { tag, ...parseUrl(target, env) };
  if (target === "" || target.startsWith("@") || (/^[a-z][a-z0-9+.-]*:\/\//i.test(target) && !isFileUrl(target))) {
    throw new ApkError("REPOSITORY_LOCATION", `not a repository: ${JSON.stringify(line.slice(0, 200))}`, {
      hint: "give a folder, a file:// URL or an http(s) URL, after an optional @tag",
    });
  }
  const path = resolve(isFileUrl(target) ? fileURLToPath(target) : target);
  return { text: target, tag, place: { kind: "folder", path }, credentials: undefined };
}

const isFileUrl = (text: string): boolean => /^file:\/\//i.test(text);

function parseUrl(target: string, env: Readonly<Record<string, string | undefined>>): Omit<Location, "tag"> {
  const parsed = URL.parse(target);
  if (parsed === null) {
    // The text itself may hold a password in a place where no redaction finds it.
    throw new ApkError("REPOSITORY_LOCATION", "a repository URL cannot be read", { hint: "check its spelling" });
  }
  const url = `${parsed.origin}${parsed.pathname.replace(/\/+$/, "")}`;
  const authorization = userinfoOf(parsed) ?? authFromEnvironment(parsed, env["HTTP_AUTH"]);
  const hasSecrets = authorization !== undefined || parsed.search !== "";
  return {
    text: url,
    place: { kind: "http", url },
    credentials: hasSecrets ? new Credentials({ authorization, query: parsed.search }) : undefined,
  };
}

function userinfoOf({ username, password }: URL): string | undefined {
  if (username === "" && password === "") return undefined;
  return basic(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`);
}

function authFromEnvironment({ hostname, host }: URL, value: string | undefined): string | undefined {
  for (const name of [host, hostname]) {
    const prefix = `basic:${name}:`;
    if (value?.startsWith(prefix) === true) return basic(value.slice(prefix.length));
  }
  return undefined;
}

function basic(userinfo: string): string {
  return `Basic ${Buffer.from(userinfo).toString("base64")}`;
}
