import assert from "node:assert/strict";
import { test } from "node:test";
import { CoreError, silentLogger, type HttpClient, type HttpRequestOptions } from "@apkmill/core";
import { ApkError } from "./apk-error.ts";
import type { Place } from "./location.ts";
import { firstThatServes } from "./mirrors.ts";

const places: Place[] = ["/a", "/b", "/c"].map((path) => ({ kind: "folder", path }));
const nowhere: HttpClient = { request: () => Promise.reject(new Error("no network")), close: () => undefined };

test("what fails anywhere is not tried elsewhere, what one place fails with is", async () => {
  const remote = { kind: "remote" } as const;
  const rows: [Error, number][] = [
    [new CoreError("HTTP_UNREACHABLE", "x", remote), 3],
    [new CoreError("HTTP_STATUS", "x", remote), 3],
    [new CoreError("LIMIT_EXCEEDED", "x"), 3],
    [new ApkError("APK_DATA_HASH", "x"), 3],
    [new ApkError("INDEX_BAD_SIGNATURE", "x"), 3],
    [new CoreError("CANCELLED", "x"), 1],
    [new CoreError("HTTP_PROXY", "x"), 1],
    [new CoreError("HTTP_CA", "x"), 1],
    [new CoreError("STORE_UNUSABLE", "x"), 1],
    [new TypeError("a bug"), 1],
  ];
  for (const [error, count] of rows) {
    let tried = 0;
    const work = (): Promise<never> => {
      tried += 1;
      return Promise.reject(error);
    };
    await assert.rejects(firstThatServes({ http: nowhere, log: silentLogger }, places, work), error);
    assert.equal(tried, count, error.message);
  }
});

test("only the last place is waited for with patience", async () => {
  const budgets: (number | undefined)[] = [];
  const http: HttpClient = {
    close: () => undefined,
    request: (_, options: HttpRequestOptions = {}) => {
      budgets.push(options.retryBudgetMs);
      return Promise.reject(new CoreError("HTTP_TIMEOUT", "x", { kind: "remote" }));
    },
  };
  const served = firstThatServes({ http, log: silentLogger }, places, (_, ports) =>
    ports.http.request("http://a.test"),
  );
  await assert.rejects(served, { code: "HTTP_TIMEOUT" });
  assert.deepEqual(budgets, [5000, 5000, undefined]);
});
