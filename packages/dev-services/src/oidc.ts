import { randomUUID, sign, verify } from "node:crypto";
import type { Answer, Exchange } from "./loopback.ts";
import type { KeyPair } from "./sigstore-keys.ts";

/** Claims of an identity token. */
export type Claims = Readonly<Record<string, string | number>>;

/** An OpenID provider that vouches for whoever asks on this machine, in the form of GitHub's. */
export interface Oidc {
  /** A token for these claims, valid for five minutes. */
  issue(claims: Claims): string;
  /** The claims of a token of ours for that audience. @throws Error saying what is wrong with it */
  check(token: string, audience: string): Claims;
  handle(exchange: Exchange): Answer | undefined;
}

const lifetimeSeconds = 300;

/** @param requestToken what a client must present to be given a token, as a runner's variable does */
export function createOidc(
  issuer: () => string,
  key: KeyPair,
  {
    requestToken,
    now,
    defaults,
  }: { readonly requestToken: string; readonly now: () => number; readonly defaults: Claims },
): Oidc {
  const issue = (claims: Claims): string => {
    const issuedAt = now();
    const payload = {
      iss: issuer(),
      iat: issuedAt,
      nbf: issuedAt,
      exp: issuedAt + lifetimeSeconds,
      jti: randomUUID(),
      ...defaults,
      ...claims,
    };
    const signed = `${part({ alg: "ES256", typ: "JWT", kid: "dev" })}.${part(payload)}`;
    return `${signed}.${sign("sha256", Buffer.from(signed), { key: key.privateKey, dsaEncoding: "ieee-p1363" }).toString("base64url")}`;
  };
  return {
    issue,
    check: (token, audience) => check(token, audience, issuer(), key, now()),
    handle: ({ method, path, query, headers }) => {
      if (method !== "GET") return undefined;
      if (path === "/.well-known/openid-configuration")
        return json(200, {
          issuer: issuer(),
          jwks_uri: `${issuer()}/jwks`,
          id_token_signing_alg_values_supported: ["ES256"],
        });
      if (path === "/jwks")
        return json(200, {
          keys: [{ ...key.publicKey.export({ format: "jwk" }), kid: "dev", use: "sig", alg: "ES256" }],
        });
      if (path !== "/token") return undefined;
      if (headers["authorization"] !== `Bearer ${requestToken}`)
        return json(401, { message: "the request token is not that of this provider" });
      return json(200, { value: issue({ aud: query.get("audience") ?? "sigstore" }) });
    },
  };
}

function check(token: string, audience: string, issuer: string, key: KeyPair, now: number): Claims {
  const [header = "", payload = "", signature = "", ...more] = token.split(".");
  const good = verify(
    "sha256",
    Buffer.from(`${header}.${payload}`),
    { key: key.publicKey, dsaEncoding: "ieee-p1363" },
    Buffer.from(signature, "base64url"),
  );
  if (!good || more.length > 0) throw new Error("the token was not signed by this provider");
  const claims = JSON.parse(Buffer.from(payload, "base64url").toString("utf8")) as Claims;
  if (claims["iss"] !== issuer) throw new Error("the token is of another issuer");
  if (claims["aud"] !== audience) throw new Error(`the token is for another audience than ${audience}`);
  if (Number(claims["exp"]) <= now || Number(claims["nbf"]) > now + 60) throw new Error("the token is not valid now");
  return claims;
}

function part(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

export function json(status: number, value: unknown): Answer {
  return { status, headers: { "content-type": "application/json" }, body: Buffer.from(JSON.stringify(value)) };
}
