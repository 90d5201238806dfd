import assert from "node:assert/strict";
import { createPublicKey } from "node:crypto";
import { test } from "node:test";
import { CoreError, defaultLimits, silentLogger, type HttpClient, type HttpRequestOptions } from "@apkmill/core";
import { discoverKeys } from "./discover-keys.ts";
import { testKey } from "./testing/packages.ts";

const { publicPem } = testKey();
const jwk = { ...createPublicKey(publicPem).export({ format: "jwk" }), kid: "acme-1", alg: "RS256" };
const shared = "https://repo.test/os";

interface Web {
  readonly http: HttpClient;
  /** `URL authorization` of each request. */
  readonly asked: string[];
}

/** A network that consists of these pages; strings are bodies, numbers statuses. */
function web(pages: Readonly<Record<string, unknown>>): Web {
  const asked: string[] = [];
  const http: HttpClient = {
    close: () => undefined,
    request: (url, { authorize }: HttpRequestOptions = {}) => {
      asked.push(`${url} ${authorize?.(new URL(url)) ?? "-"}`);
      const page = pages[url.replace(/\?.*/, "")];
      if (page === undefined)
        return Promise.reject(new CoreError("HTTP_UNREACHABLE", "no such host", { kind: "remote" }));
      const body = Buffer.from(typeof page === "string" ? page : JSON.stringify(page));
      return Promise.resolve({
        status: typeof page === "number" ? page : 200,
        headers: {},
        url,
        body: (async function* () {
          yield await Promise.resolve(body);
        })(),
        bytes: () => Promise.resolve(body),
        drain: () => Promise.resolve(),
      });
    },
  };
  return { http, asked };
}

interface Found {
  readonly names: string[];
  readonly log: string[];
  readonly asked: string[];
}

async function discover(
  pages: Readonly<Record<string, unknown>>,
  locations: readonly string[],
  archs = ["x86_64"],
): Promise<Found> {
  const { http, asked } = web(pages);
  const log: string[] = [];
  const tell = (text: string): void => void log.push(text);
  const keyring = await discoverKeys(
    {
      http,
      log: { ...silentLogger, info: tell, warn: tell },
      limits: defaultLimits,
      now: () => Date.parse("2026-11-01") / 1000,
      env: {},
    },
    { locations, archs },
  );
  return { names: [...keyring.keys.keys()], log, asked };
}

test("a repository names its set of keys, each under its kid, and the log says which are trusted", async () => {
  const found = await discover(
    {
      [`${shared}/apk-configuration`]: { jwks_uri: "https://keys.test/jwks" },
      "https://keys.test/jwks": { keys: [jwk, { kty: "EC", kid: "other" }] },
    },
    [`@tag ${shared.replace("//", "//me:pw@")}/`, "/srv/local"],
  );
  assert.deepEqual(found.names, ["acme-1.rsa.pub"]);
  assert.match(
    found.log.join(),
    /trusting key acme-1\.rsa\.pub for https:\/\/repo\.test\/os.*https:\/\/keys\.test\/jwks/,
  );
  assert.deepEqual(found.asked, [`${shared}/apk-configuration Basic ${btoa("me:pw")}`, "https://keys.test/jwks -"]);
});

test("a repository that publishes nothing adds nothing", async () => {
  for (const page of [404, 500, "<html>", {}, { jwks_uri: 7 }]) {
    assert.deepEqual((await discover({ [`${shared}/apk-configuration`]: page }, [shared])).names, []);
  }
  assert.deepEqual((await discover({}, [shared])).names, []);
});

test("only https and loopback are asked", async () => {
  const plain = await discover({ "http://repo.test/os/apk-configuration": { jwks_uri: "https://keys.test/jwks" } }, [
    "http://repo.test/os",
  ]);
  assert.deepEqual([plain.asked, plain.names, plain.log.length], [[], [], 1]);
  const local = await discover(
    { "http://127.0.0.1:8/os/apk-configuration": { jwks_uri: "/jwks" }, "http://127.0.0.1:8/jwks": { keys: [jwk] } },
    ["http://127.0.0.1:8/os"],
  );
  assert.deepEqual(local.names, ["acme-1.rsa.pub"]);
});

test("a set of keys that is promised must be there and be one", async () => {
  const rows: [unknown, Record<string, unknown>, string][] = [
    ["http://keys.test/jwks", {}, "KEY_DISCOVERY"],
    ["https://keys.test/jwks", {}, "HTTP_UNREACHABLE"],
    ["https://keys.test/jwks", { "https://keys.test/jwks": 404 }, "KEY_DISCOVERY"],
    ["https://keys.test/jwks", { "https://keys.test/jwks": [] }, "KEY_DISCOVERY"],
    ["https://keys.test/jwks", { "https://keys.test/jwks": { keys: [{ ...jwk, kid: undefined }] } }, "KEY_DISCOVERY"],
    ["https://keys.test/jwks", { "https://keys.test/jwks": { keys: [{ ...jwk, kid: "../x" }] } }, "KEY_DISCOVERY"],
    ["https://keys.test/jwks", { "https://keys.test/jwks": { keys: [{ ...jwk, n: "AQAB" }] } }, "KEY_DISCOVERY"],
  ];
  for (const [uri, pages, code] of rows) {
    const all = { [`${shared}/apk-configuration`]: { jwks_uri: uri }, ...pages };
    await assert.rejects(discover(all, [shared]), { code }, JSON.stringify(pages).slice(0, 80));
  }
});

test("Alpine's repositories and their mirrors use the keys that Alpine lists for branch and architecture today", async () => {
  const at = (name: string): string => `https://keys.alpine.test/${name}`;
  const pages = {
    "https://alpinelinux.org/releases.json": {
      release_branches: [
        {
          rel_branch: "v3.22",
          keys: {
            x86_64: [
              { url: at("alpine-devel%40lists.rsa.pub") },
              { url: at("old.rsa.pub"), deprecated_since: "2020-01-01T00:00:00Z" },
              { url: at("soon.rsa.pub"), deprecated_since: "2030-01-01T00:00:00Z" },
            ],
            aarch64: [{ url: at("arm%20lists.rsa.pub") }],
          },
        },
        { rel_branch: "edge", keys: { x86_64: [{ url: at("edge.rsa.pub") }] } },
      ],
    },
    [at("alpine-devel%40lists.rsa.pub")]: publicPem,
    [at("soon.rsa.pub")]: publicPem,
    [at("arm%20lists.rsa.pub")]: publicPem,
  };
  const main = "http://mirror.test/alpine/v3.22/main";
  const found = await discover(pages, [main, main.replace("main", "community")]);
  assert.deepEqual(found.names, ["alpine-devel@lists.rsa.pub", "soon.rsa.pub"]);
  assert.equal(found.asked.filter((line) => line.includes("releases.json")).length, 1);
  assert.deepEqual((await discover(pages, [main], ["aarch64"])).names, ["arm@lists.rsa.pub"]);
  const unknown = await discover(pages, [main.replace("v3.22", "v9")]);
  assert.deepEqual([unknown.names, unknown.log.length], [[], 1]);
  await assert.rejects(discover({ "https://alpinelinux.org/releases.json": [] }, [main]), { code: "KEY_DISCOVERY" });
});
