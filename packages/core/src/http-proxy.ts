import { BlockList, isIP } from "node:net";
import { CoreError } from "./core-error.ts";

/**
 * Which proxy stands before an address? As most tools read the environment: HTTPS_PROXY for https, HTTP_PROXY for http (upper case
 * wins over lower case), and NO_PROXY names who is reached without one. Node's agents speak to the proxy; they would pass over one
 * that they cannot read, so that is refused here: a request must not go out directly by mistake.
 */
export interface ProxyChoice {
  /** Proxies as Node's agents take them (`proxyEnv`); undefined when there are none. */
  readonly proxyEnv: Readonly<Record<string, string>> | undefined;
  /** True for an address that NO_PROXY names. */
  bypasses(target: URL): boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the environment. @throws CoreError HTTP_PROXY */
export function readProxies(env: Environment): ProxyChoice {
  const proxies = ["HTTPS_PROXY", "HTTP_PROXY"].flatMap((name): [string, string][] => {
    const address = variable(env, name);
    return address === undefined ? [] : [[name, proxyAddress(name, address)]];
  });
  const rules = (variable(env, "NO_PROXY") ?? "").split(/[\s,]+/).filter((rule) => rule !== "");
  return {
    proxyEnv: proxies.length === 0 ? undefined : Object.fromEntries(proxies),
    bypasses: (target) => rules.some((rule) => matches(rule.toLowerCase(), target)),
  };
}

function variable(env: Environment, name: string): string | undefined {
  const value = (env[name] ?? "").trim() || (env[name.toLowerCase()] ?? "").trim();
  return value === "" ? undefined : value;
}

/** A bare `host:port` is an http proxy. */
function proxyAddress(name: string, text: string): string {
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`);
  if (url !== null && (url.protocol === "http:" || url.protocol === "https:") && url.hostname !== "") return url.href;
  // The text may hold a password.
  throw new CoreError(
    "HTTP_PROXY",
    `${name}: expected an http or https address, found ${url?.protocol ?? "something else"}`,
    {
      hint: `set ${name} to http://HOST:PORT, or unset it`,
    },
  );
}

/** `*`, `host[:port]` with everything below it, `.domain` or `*.domain` for what is below only, an address, or a network. */
function matches(rule: string, { hostname, port, protocol }: URL): boolean {
  if (rule === "*") return true;
  const host = hostname.replace(/^\[|\]$/g, "").toLowerCase();
  if (isIP(host) !== 0) return matchesAddress(rule, host, port || defaultPort(protocol));
  const [, name = "", wanted] = /^(.*?)(?::(\d+))?$/.exec(rule) ?? [];
  if (wanted !== undefined && wanted !== (port || defaultPort(protocol))) return false;
  if (name.startsWith(".") || name.startsWith("*.")) return host.endsWith(name.replace(/^\*/, ""));
  return name !== "" && (host === name || host.endsWith(`.${name}`));
}

function matchesAddress(rule: string, host: string, port: string): boolean {
  const [, bracketed, plain, wanted] = /^(?:\[([^\]]+)\]|([^:]*))(?::(\d+))?$/.exec(rule) ?? [];
  const [network = "", prefix] = (bracketed ?? plain ?? rule).split("/");
  const family = isIP(network) === 6 ? "ipv6" : "ipv4";
  if (isIP(network) === 0 || isIP(network) !== isIP(host) || (wanted !== undefined && wanted !== port)) return false;
  const list = new BlockList();
  const bits = prefix === undefined ? (family === "ipv6" ? 128 : 32) : Number(prefix);
  if (!Number.isInteger(bits) || bits < 0 || bits > (family === "ipv6" ? 128 : 32)) return false;
  list.addSubnet(network, bits, family);
  return list.check(host, family);
}

const defaultPort = (protocol: string): string => (protocol === "https:" ? "443" : "80");
