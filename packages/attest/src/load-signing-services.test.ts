import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createHttpClient, defaultLimits } from "@apkmill/core";
import { loadSigningServices, type SigningServiceOptions } from "./load-signing-services.ts";
import { parseSigningConfig } from "./signing-config.ts";
import { publicServices } from "./signing-services.ts";
import { codeOf } from "./testing/refusals.ts";

const ports = { http: createHttpClient(), limits: defaultLimits, now: () => 0 };
const [fulcioUrl, rekorUrl, tsaUrl] = ["fulcio", "rekor", "tsa"].map((name) => `https://${name}.example`);

describe("signing services", () => {
  test("are the public ones where none is named, with or without their log", async () => {
    assert.deepEqual(await loadSigningServices(ports, {}), publicServices);
    const { log } = await loadSigningServices(ports, { transparencyLog: "none" });
    assert.equal(log, undefined);
  });

  test("are the named ones and no others", async () => {
    assert.deepEqual(await loadSigningServices(ports, { fulcioUrl, tsaUrl }), { fulcioUrl, tsaUrl });
    assert.deepEqual(await loadSigningServices(ports, { fulcioUrl, rekorUrl, rekorVersion: 1 }), {
      fulcioUrl,
      tsaUrl: undefined,
      log: { url: rekorUrl, majorApiVersion: 1 },
    });
  });

  const unfit: readonly [string, SigningServiceOptions][] = [
    ["a log without an authority", { rekorUrl, tsaUrl }],
    ["an authority without anything that gives a time", { fulcioUrl }],
    ["a second log, which gives no time, alone", { fulcioUrl, rekorUrl, rekorVersion: 2 }],
    ["a first log that is left out", { fulcioUrl, rekorUrl, rekorVersion: 1, transparencyLog: "none" }],
    ["addresses beside a configuration", { fulcioUrl, tsaUrl, signingConfig: "signing_config.json" }],
  ];
  for (const [what, options] of unfit) {
    test(`are refused: ${what}`, async () => {
      assert.equal(await codeOf(() => loadSigningServices(ports, options)), "ATTEST_SERVICES");
    });
  }
});

describe("a signing configuration", () => {
  const service = (url: string, majorApiVersion: number, start: string, end?: string): unknown => ({
    url: `https://${url}.example`,
    majorApiVersion,
    validFor: { start, ...(end === undefined ? {} : { end }) },
  });
  const year = (number: number): string => `${String(number)}-01-01T00:00:00Z`;
  const now = Date.parse(year(2026)) / 1000;
  const config = {
    mediaType: "application/vnd.dev.sigstore.signingconfig.v0.2+json",
    caUrls: [service("old", 1, year(2020), year(2025)), service("new", 1, year(2024)), service("early", 1, year(2030))],
    rekorTlogUrls: [service("v1", 1, year(2025)), service("v2", 2, year(2024)), service("v3", 3, year(2025))],
    tsaUrls: [service("tsa", 1, year(2024)), service("newer", 1, year(2025))],
  };

  test("gives the newest services in force, of the newest version that is spoken here", () => {
    assert.deepEqual(parseSigningConfig(JSON.stringify(config), "file", now), {
      fulcioUrl: "https://new.example",
      log: { url: "https://v2.example", majorApiVersion: 2 },
      tsaUrl: "https://newer.example",
    });
  });

  const malformed: readonly [string, unknown][] = [
    ["of an older version", { ...config, mediaType: "application/vnd.dev.sigstore.signingconfig.v0.1+json" }],
    ["without an authority in force", { ...config, caUrls: [service("old", 1, year(2020), year(2025))] }],
    ["with a service that has no address", { ...config, tsaUrls: [{ majorApiVersion: 1 }] }],
    ["with no lists", { ...config, caUrls: {} }],
    ["that is no object", "text"],
  ];
  for (const [what, value] of malformed) {
    test(`${what} is refused`, async () => {
      const code = await codeOf(() => parseSigningConfig(JSON.stringify(value), "file", now));
      assert.equal(code, "ATTEST_SERVICES");
    });
  }
});
