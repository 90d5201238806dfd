import assert from "node:assert/strict";
import { isEngineError } from "@apkmill/core";

/** The code of the error that `work` ends in; fails when it succeeds or breaks in another way. */
export async function codeOf(work: () => unknown): Promise<string> {
  try {
    await work();
  } catch (error) {
    assert.ok(isEngineError(error), String(error));
    return error.code;
  }
  return assert.fail("expected a refusal");
}
