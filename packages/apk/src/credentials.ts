import { inspect } from "node:util";

/**
 * What a repository's URL held besides the place: a name and password, a signed query. It prints as nothing, in JSON, in
 * a template or in a debugger, so that no message, plan or image can come to hold it.
 */
export class Credentials {
  readonly #authorization: string | undefined;
  readonly #query: string;

  constructor({ authorization, query = "" }: { readonly authorization?: string | undefined; readonly query?: string }) {
    this.#authorization = authorization;
    this.#query = query;
  }

  /** Request headers. The HTTP client drops them when a redirect leaves the host. */
  headers(): Record<string, string> {
    return this.#authorization === undefined ? {} : { authorization: this.#authorization };
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
