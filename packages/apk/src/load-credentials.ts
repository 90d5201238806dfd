import { stat } from "node:fs/promises";
import { join } from "node:path";
import { isSystemError, readFileWithin, reasonOf, type Logger, type Ports } from "@apkmill/core";
import { ApkError } from "./apk-error.ts";
import { basicAuthorization, noAuthorization, type FindAuthorization } from "./credentials.ts";
import { findEntry, parseNetrc, type Netrc } from "./netrc.ts";

type Environment = Readonly<Record<string, string | undefined>>;

const maxNetrcBytes = 1024 * 1024;

/**
 * What the user keeps for hosts: HTTP_AUTH first, then the file that NETRC names, or `~/.netrc`. (What stands in a URL comes
 * before both.) Nothing is read where none of the addresses is on the web. Entries of HTTP_AUTH and `machine` entries hold for redirects to their host as well, `default` does not.
 * @throws ApkError REPOSITORY_CREDENTIALS
 */
export async function loadCredentials(
  { env, log }: Pick<Ports, "env" | "log">,
  addresses: readonly string[],
): Promise<FindAuthorization> {
  if (!addresses.some((address) => /https?:\/\//i.test(address))) return noAuthorization;
  const entries = readHttpAuth(env["HTTP_AUTH"]);
  const netrc = await loadNetrc(env, log);
  return (target, how) => {
    const { host } = target;
    const named = entries.find((entry) => entry.host === host);
    if (named !== undefined) return named.authorization;
    const found = findEntry(netrc, target, { allowDefault: how === "asked" });
    return found === undefined ? undefined : basicAuthorization(found.login, found.password);
  };
}

interface HostEntry {
  /** With the port where that is not the scheme's own. */
  readonly host: string;
  readonly authorization: string;
}

/**
 * `basic:HOST:USER:PASSWORD` as apko has it, where HOST may have a port and PASSWORD colons; `bearer:HOST:TOKEN`; several of them
 * with white space between. Anything else is passed over, as apko does: other tools know other forms.
 */
export function readHttpAuth(text: string | undefined): HostEntry[] {
  return (text ?? "")
    .trim()
    .split(/\s+(?=(?:basic|bearer):)/)
    .flatMap((entry) => readEntry(entry) ?? []);
}

/** Digits after the host are its port where enough follows for the rest. */
function readEntry(text: string): HostEntry | undefined {
  const [, scheme = "", name = "", rest = ""] = /^(basic|bearer):(\[[^\]]*\]|[^:[\]]+):(.+)$/s.exec(text) ?? [];
  const needed = scheme === "basic" ? 2 : 1;
  const [port = "", ...others] = rest.split(":");
  const hasPort = /^\d{1,5}$/.test(port) && others.length >= needed;
  const host = `${name}${hasPort ? `:${port}` : ""}`.toLowerCase();
  const secret = hasPort ? others.join(":") : rest;
  if (scheme === "bearer") return isToken(secret) ? { host, authorization: `Bearer ${secret}` } : undefined;
  const colon = secret.indexOf(":");
  if (scheme === "" || colon === -1) return undefined;
  return { host, authorization: basicAuthorization(secret.slice(0, colon), secret.slice(colon + 1)) };
}

/** What a header may hold: a line break would begin another one. */
const isToken = (text: string): boolean => /^[\x21-\x7e]+$/.test(text);

async function loadNetrc(env: Environment, log: Logger): Promise<Netrc> {
  const { NETRC: named = "", HOME: home = "" } = env;
  const path = named !== "" ? named : home !== "" ? join(home, ".netrc") : "";
  const text = path === "" ? undefined : await readNetrc(path, named !== "");
  if (text === undefined) return { entries: [], badLine: undefined };
  const netrc = parseNetrc(text);
  if (netrc.badLine !== undefined) {
    throw new ApkError("REPOSITORY_CREDENTIALS", "a netrc file cannot be read from here on", {
      hint: "give machine, login and password there, each followed by one word",
      context: { file: path, line: netrc.badLine },
    });
  }
  await judgeMode(path, netrc, log);
  return netrc;
}

/** The text, or undefined where the user's own file is not there. One that NETRC names must be. */
async function readNetrc(path: string, isNamed: boolean): Promise<string | undefined> {
  try {
    return (await readFileWithin(path, maxNetrcBytes)).toString("utf8");
  } catch (cause) {
    if (!isNamed && cause instanceof Error && isSystemError(cause.cause) && cause.cause.code === "ENOENT")
      return undefined;
    throw new ApkError("REPOSITORY_CREDENTIALS", `cannot read the netrc file ${path}: ${reasonOf(cause)}`, {
      cause,
      hint: "check NETRC, or the file's mode and owner",
      context: { path },
    });
  }
}

/** Who may change the file chooses what is sent where; who may read it has the passwords. */
async function judgeMode(path: string, { entries }: Netrc, log: Logger): Promise<void> {
  if (entries.every(({ password }) => password === "")) return;
  const { mode } = await stat(path);
  if ((mode & 0o022) !== 0) {
    throw new ApkError("REPOSITORY_CREDENTIALS", `others than its owner may change ${path}, which holds passwords`, {
      hint: `run chmod 600 ${path}`,
      context: { path },
    });
  }
  if ((mode & 0o044) !== 0)
    log.warn(`others than its owner may read ${path}, which holds passwords: run chmod 600 on it`);
}
