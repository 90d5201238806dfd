import { inspect } from "node:util";

/**
 * The `Authorization` header for an address, from what the user keeps for its host; undefined when there is nothing.
 * `asked`: the user named this address. `redirected`: a server named it.
 */
export type FindAuthorization = (target: URL, how: "asked" | "redirected") => string | undefined;

/** There are no credentials. */
export const noAuthorization: FindAuthorization = () => undefined;

/**
 * What is needed beside the place to read from a repository: what its URL held (a name and password, a signed query) and what the
 * user keeps for hosts. It prints as nothing, in JSON, in a template or in a debugger, so that no message, plan or image can
 * come to hold it.
 */
export class Credentials {
  readonly #origin: string;
  readonly #authorization: string | undefined;
  readonly #query: string;
  readonly #find: FindAuthorization;

  constructor(address: URL, find: FindAuthorization = noAuthorization) {
    this.#origin = address.origin;
    this.#authorization = userinfoOf(address);
    this.#query = address.search;
    this.#find = find;
  }

  /**
   * The `Authorization` header for one address that a request goes to, whatever redirected it there. What stands in the URL is
   * for its origin only. A server may not send us, in clear, to a host whose password we know.
   */
  authorize(target: URL): string | undefined {
    if (target.origin === this.#origin) return this.#authorization ?? this.#find(target, "asked");
    return isPrivate(target) ? this.#find(target, "redirected") : undefined;
  }

  /** The address to ask for, given the one without secrets. */
  addressOf(url: string): string {
    return `${url}${this.#query}`;
  }

  toJSON(): undefined {
    return undefined;
  }

  toString(): string {
    return "[credentials]";
  }

  [inspect.custom](): string {
    return "[credentials]";
  }
}

/** True when nobody on the way can read or change what is sent: TLS, or this very machine. */
export function isPrivate({ protocol, hostname }: URL): boolean {
  return protocol === "https:" || hostname === "localhost" || hostname === "[::1]" || /^127(\.\d+){3}$/.test(hostname);
}

/** The header that shows a name and password (RFC 7617). */
export function basicAuthorization(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}

function userinfoOf({ username, password }: URL): string | undefined {
  if (username === "" && password === "") return undefined;
  return basicAuthorization(decode(username), decode(password));
}

/** A percent sign that begins no escape stands for itself. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
