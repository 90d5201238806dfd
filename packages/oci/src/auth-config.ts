import { join } from "node:path";
import { pathExists, readFileWithin, reasonOf, type Ports } from "@apkmill/core";
import { OciError } from "./oci-error.ts";

/** What a registry is shown: nothing, a password, a refresh token (`identity`) or a ready bearer token. */
export type Credentials =
  | { readonly kind: "anonymous" }
  | { readonly kind: "basic"; readonly username: string; readonly password: string }
  | { readonly kind: "identity"; readonly username: string; readonly token: string }
  | { readonly kind: "bearer"; readonly token: string };

/** What one credential file says about one registry. */
export type ConfiguredCredentials =
  | { readonly kind: "found"; readonly credentials: Credentials }
  /** Ask `docker-credential-<helper>` for `server`. */
  | { readonly kind: "helper"; readonly helper: string; readonly server: string };

/**
 * The credential files of Docker and podman that exist, in the order in which they are asked: `$DOCKER_CONFIG`
 * (or `~/.docker`), `$REGISTRY_AUTH_FILE`, then containers' `auth.json` of this session and of this user.
 */
export async function findCredentialFiles(env: Ports["env"]): Promise<string[]> {
  const docker = env["DOCKER_CONFIG"] ?? below(env["HOME"], ".docker");
  const config = env["XDG_CONFIG_HOME"] ?? below(env["HOME"], ".config");
  const places = [
    below(docker, "config.json"),
    env["REGISTRY_AUTH_FILE"],
    below(env["XDG_RUNTIME_DIR"], "containers", "auth.json"),
    below(config, "containers", "auth.json"),
  ].filter((path) => path !== undefined && path !== "");
  const present = await Promise.all(
    places.map(async (path) => (path !== undefined && (await pathExists(path)) ? [path] : [])),
  );
  return [...new Set(present.flat())];
}

/**
 * What the file at `path` says about `registry/repository`: `credHelpers` first, then an entry of `auths` that holds
 * a secret, then `credsStore`; undefined when it says nothing. A longer key (podman's `host/namespace`) wins over a
 * shorter one. Hosts are compared whole: a substring match would hand the password to a look-alike.
 * @throws OciError REGISTRY_CREDENTIALS
 */
export async function readCredentialFile(
  { limits }: Pick<Ports, "limits">,
  path: string,
  registry: string,
  repository: string,
): Promise<ConfiguredCredentials | undefined> {
  const config = await parseFile(path, limits.configBytes);
  const keys = keysFor(registry, repository);
  const helpers = recordOf(config["credHelpers"]);
  const helperKey = keys.find((key) => typeof helpers[key] === "string");
  if (helperKey !== undefined) return helperFor(path, String(helpers[helperKey]), serverOf(registry));
  const auths = new Map(Object.entries(recordOf(config["auths"])).map(([key, value]) => [normalise(key), value]));
  for (const key of keys) {
    const credentials = readAuth(path, key, recordOf(auths.get(key)));
    if (credentials !== undefined) return { kind: "found", credentials };
  }
  const store = config["credsStore"];
  return typeof store === "string" && store !== "" ? helperFor(path, store, serverOf(registry)) : undefined;
}

function below(folder: string | undefined, ...rest: string[]): string | undefined {
  return folder === undefined || folder === "" ? undefined : join(folder, ...rest);
}

async function parseFile(path: string, limitBytes: number): Promise<Record<string, unknown>> {
  const text = (await readFileWithin(path, limitBytes)).toString("utf8");
  try {
    return recordOf(JSON.parse(text) as unknown);
  } catch (cause) {
    // V8 quotes the text around a syntax error, and that text may be a password: say only where.
    const place = /position \d+|line \d+ column \d+/.exec(reasonOf(cause))?.[0] ?? "its beginning";
    throw broken(path, `expected JSON, found a syntax error at ${place}`);
  }
}

/** The names under which credentials for an image may be filed, the most specific first. */
function keysFor(registry: string, repository: string): string[] {
  const hosts = registry === "docker.io" ? ["docker.io", "index.docker.io", "registry-1.docker.io"] : [registry];
  const parts = repository.split("/");
  const paths = parts.map((_, index) => parts.slice(0, parts.length - index).join("/"));
  return [...hosts.flatMap((host) => paths.map((path) => `${host}/${path}`)), ...hosts];
}

/** Docker files hosts as `host`, `https://host` or `https://host/v1/`. */
function normalise(key: string): string {
  return key
    .toLowerCase()
    .replace(/^https?:\/\//, "")
    .replace(/\/v[12]\/?$/, "")
    .replace(/\/$/, "");
}

/** The name by which Docker's helpers know Docker Hub is its first API's address. */
function serverOf(registry: string): string {
  return registry === "docker.io" ? "https://index.docker.io/v1/" : registry;
}

function helperFor(path: string, helper: string, server: string): ConfiguredCredentials {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(helper)) {
    throw broken(
      path,
      `expected the suffix of a credential helper's name, found ${JSON.stringify(helper.slice(0, 40))}`,
    );
  }
  return { kind: "helper", helper, server };
}

function readAuth(path: string, key: string, entry: Record<string, unknown>): Credentials | undefined {
  const text = (name: string): string => (typeof entry[name] === "string" ? entry[name] : "");
  if (text("registrytoken") !== "") return { kind: "bearer", token: text("registrytoken") };
  const pair = text("auth") === "" ? undefined : decodePair(path, key, text("auth"));
  const username = pair?.username ?? text("username");
  if (text("identitytoken") !== "") return { kind: "identity", username, token: text("identitytoken") };
  const password = pair?.password ?? text("password");
  return username === "" && password === "" ? undefined : credentialsOf(username, password);
}

/** A user name and secret → credentials; helpers mark a refresh token with the user name `<token>`. */
export function credentialsOf(username: string, secret: string): Credentials {
  return username === "<token>"
    ? { kind: "identity", username, token: secret }
    : { kind: "basic", username, password: secret };
}

function decodePair(path: string, key: string, auth: string): { readonly username: string; readonly password: string } {
  const decoded = Buffer.from(auth, "base64").toString("utf8");
  const colon = decoded.indexOf(":");
  if (colon < 0) throw broken(path, `expected base64 of user:password as "auth" of ${key}, found something else`);
  return { username: decoded.slice(0, colon), password: decoded.slice(colon + 1).replace(/\0+$/, "") };
}

function broken(path: string, problem: string): OciError {
  return new OciError("REGISTRY_CREDENTIALS", `reading registry credentials: ${problem}`, {
    hint: "log in again with docker login or podman login, or correct the file",
    context: { file: path },
  });
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}
