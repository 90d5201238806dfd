import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { readInstalledCases, verbOf } from "./testing/installed-cases.ts";
import { changesOf } from "./testing/universe-text.ts";

describe("on what is installed", () => {
  for (const { rule, command, answer, ...situation } of readInstalledCases()) {
    test(rule, () => {
      assert.equal(changesOf({ ...situation, verb: verbOf(command) }), answer);
    });
  }
});
