import type { Ports } from "@apkmill/core";
import { parseChallenges, type Challenge } from "./auth-challenge.ts";
import type { Credentials } from "./auth-config.ts";
import { basicHeader, fetchToken, type BearerToken } from "./auth-token.ts";
import type { RegistryEndpoint } from "./registry-targets.ts";

/**
 * The `Authorization` header for requests to one registry.
 *
 * Nothing is sent until the registry asks; its challenge is then remembered, so that later requests carry the header at
 * once. Bearer tokens are kept per set of scopes and renewed shortly before they end or when the registry refuses one.
 */
export class RegistryAuth {
  readonly #ports: Pick<Ports, "http" | "now">;
  readonly #endpoint: RegistryEndpoint;
  readonly #credentials: () => Promise<Credentials>;
  readonly #tokens = new Map<string, Promise<BearerToken>>();
  #challenge: Challenge | undefined;

  constructor(ports: Pick<Ports, "http" | "now">, endpoint: RegistryEndpoint, credentials: () => Promise<Credentials>) {
    this.#ports = ports;
    this.#endpoint = endpoint;
    this.#credentials = credentials;
  }

  /** The header for a request that needs `scopes`; undefined while the registry has not asked for one. */
  async header(scopes: readonly string[]): Promise<string | undefined> {
    if (this.#challenge === undefined) return undefined;
    const credentials = await this.#credentials();
    if (this.#challenge.scheme === "basic") return basicHeader(credentials);
    if (credentials.kind === "bearer") return `Bearer ${credentials.token}`;
    return `Bearer ${(await this.#token(this.#challenge, scopes, credentials)).token}`;
  }

  /**
   * Takes the challenge of a 401 to a request that carried `refused`. True when another try can be different: the
   * registry asked for the first time, or a token was refused and is forgotten now.
   */
  async challenged(header: string, scopes: readonly string[], refused: string | undefined): Promise<boolean> {
    const offered = parseChallenges(header);
    const challenge =
      offered.find((one) => one.scheme === "bearer" && one.parameters.has("realm")) ??
      offered.find((one) => one.scheme === "basic");
    if (challenge === undefined) return false;
    this.#challenge = challenge;
    const token = await this.#tokens.get(tokenKey(challenge, scopes))?.catch(() => undefined);
    if (refused === `Bearer ${token?.token ?? ""}`) this.#tokens.delete(tokenKey(challenge, scopes));
    return refused === undefined ? await this.#canAnswer(challenge) : challenge.scheme === "bearer";
  }

  async #canAnswer(challenge: Challenge): Promise<boolean> {
    return challenge.scheme === "bearer" || basicHeader(await this.#credentials()) !== undefined;
  }

  async #token(challenge: Challenge, scopes: readonly string[], credentials: Credentials): Promise<BearerToken> {
    const key = tokenKey(challenge, scopes);
    const known = await this.#tokens.get(key);
    if (known !== undefined && this.#ports.now() < known.renewAt) return known;
    const asked = scopesToAsk(challenge, scopes);
    const fetched = fetchToken(this.#ports, this.#endpoint, challenge, asked, credentials);
    this.#tokens.set(key, fetched);
    fetched.catch(() => this.#tokens.delete(key));
    return fetched;
  }
}

/** Ours first (the one for pushing leads), then what the registry names in addition, once each. */
function scopesToAsk(challenge: Challenge, scopes: readonly string[]): string[] {
  const named = (challenge.parameters.get("scope") ?? "").split(" ").filter((scope) => scope !== "");
  return [...new Set([...scopes, ...named])];
}

function tokenKey(challenge: Challenge, scopes: readonly string[]): string {
  return JSON.stringify([challenge.parameters.get("realm"), challenge.parameters.get("service"), scopes]);
}
