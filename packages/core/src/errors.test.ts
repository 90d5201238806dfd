import assert from "node:assert/strict";
import { test } from "node:test";
import { CoreError } from "./core-error.ts";
import { describeError, EngineError, exitCodeOf, formatError, isEngineError, redactUrl } from "./errors.ts";

test("the kind decides the exit code, and what is not ours is a bug", () => {
  const codes = (["input", "remote", "pipeline", "bug"] as const).map((kind) =>
    exitCodeOf(new EngineError("X", "x", { kind })),
  );
  assert.deepEqual(codes, [1, 2, 3, 70]);
  assert.equal(exitCodeOf(new Error("x")), 70);
});

test("an error of another copy of the engine is recognised by its brand", () => {
  const foreign = { [Symbol.for("apkmill.engine-error")]: true };
  assert.ok(isEngineError(foreign));
  assert.ok(!isEngineError(new Error("x")));
});

test("no userinfo and no query of a URL reach a message or a context", () => {
  const error = new CoreError("HTTP_STATUS", "GET https://user:secret@host/p?sig=abc: 403", {
    context: { url: "https://u:p@host/?token=1" },
  });
  assert.equal(error.message, "GET https://host/p: 403");
  assert.deepEqual(error.context, { url: "https://host/" });
  assert.equal(redactUrl("no url"), "no url");
});

test("a person reads place, message, code, hint and each problem", () => {
  const problem = new EngineError("B", "unknown key", { context: { file: "f.yaml", line: 2, column: 3 } });
  const error = new EngineError("A", "2 problems", { hint: "mend them", problems: [problem] });
  assert.equal(formatError(error), "2 problems [A]\n  hint: mend them\n  f.yaml:2:3: unknown key [B]");
});

test("--json gives code, message, hint, context, reasons and problems", () => {
  const reasons = [{ constraint: "foo>2", requiredBy: ["world"], candidates: [{ version: "1", rejected: "too old" }] }];
  assert.deepEqual(describeError(new EngineError("A", "m", { hint: "h", reasons })), {
    code: "A",
    message: "m",
    hint: "h",
    context: {},
    reasons,
  });
  assert.deepEqual(describeError(new Error("boom")), { code: "INTERNAL", message: "boom", context: {} });
});

test("a person reads of each reason who asks, by which way, what fell out and what would do", () => {
  const reason = {
    package: "b-1",
    note: "is not what is asked for by c-1[b>1]",
    requiredBy: ["c-1[b>1]"],
    path: ["world[a]", "a-1[c]"],
    candidates: [{ version: "b-0", rejected: "b-1 was chosen instead" }],
    hint: "nothing is b>1; the nearest that there is: b=1",
  };
  assert.equal(
    formatError(new EngineError("A", "m", { reasons: [reason] })),
    [
      "m [A]",
      "  b-1: is not what is asked for by c-1[b>1]",
      "    required by: c-1[b>1]",
      "    which comes from: world[a] → a-1[c]",
      "    not b-0: b-1 was chosen instead",
      "    hint: nothing is b>1; the nearest that there is: b=1",
    ].join("\n"),
  );
});

test("of a long list a person reads eight, and how many more there are", () => {
  const many = Array.from({ length: 20 }, (_, index) => `p${index}`);
  const candidates = many.map((version) => ({ version, rejected: "no" }));
  const lines = formatError(
    new EngineError("A", "m", { reasons: [{ package: "x", requiredBy: many, candidates }] }),
  ).split("\n");
  assert.equal(lines[2], "    required by: p0, p1, p2, p3, p4, p5, p6, p7, and 12 more");
  assert.equal(lines.length, 12);
  assert.equal(lines[11], "    and 12 more");
});
