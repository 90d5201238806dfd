import assert from "node:assert/strict";
import { test } from "node:test";
import { limitNames, withLimits } from "./limit-settings.ts";
import { defaultLimits, requireWithin } from "./limits.ts";

test("a limit is set by its name, with or without a unit, and the last setting of a name wins", () => {
  const rows: [settings: string[], expected: Partial<typeof defaultLimits>][] = [
    [[], {}],
    [["index-bytes=64MiB"], { indexBytes: 64 * 2 ** 20 }],
    [["index-bytes=1", "index-bytes=2B"], { indexBytes: 2 }],
    [["data-bytes=2TiB", "entries=12", "depth=3"], { dataBytes: 2 * 2 ** 40, entries: 12, depth: 3 }],
    [["pax-bytes=9007199254740991"], { paxBytes: Number.MAX_SAFE_INTEGER }],
  ];
  for (const [settings, expected] of rows) {
    assert.deepEqual(withLimits(defaultLimits, settings), { ...defaultLimits, ...expected }, settings.join(" "));
  }
});

test("an unknown name is refused with the nearest one", () => {
  assert.throws(() => withLimits(defaultLimits, ["index-byte=1"]), { code: "LIMIT_SETTING", hint: /`index-bytes`/ });
  assert.throws(() => withLimits(defaultLimits, ["indexBytes=1"]), { code: "LIMIT_SETTING", hint: /`index-bytes`/ });
  assert.throws(() => withLimits(defaultLimits, ["zzzzzzzzzzzz=1"]), { code: "LIMIT_SETTING", hint: /control-bytes/ });
});

test("a value that is no size or count is refused", () => {
  const values = [
    "",
    "-1",
    "0",
    "1.5MiB",
    "1MB",
    "1 MiB",
    "0x10",
    "1e6",
    "9007199254740992",
    "9007199254740991TiB",
    "many",
  ];
  for (const value of values) {
    assert.throws(() => withLimits(defaultLimits, [`index-bytes=${value}`]), { code: "LIMIT_SETTING" }, value);
  }
  assert.throws(() => withLimits(defaultLimits, ["entries=1KiB"]), { code: "LIMIT_SETTING" });
  assert.throws(() => withLimits(defaultLimits, ["entries"]), { code: "LIMIT_SETTING" });
});

test("the error of a limit names the option that raises it", () => {
  assert.ok(limitNames.includes("unpack-ratio"));
  assert.throws(
    () => {
      requireWithin("it", 2, 1, "indexBytes");
    },
    { code: "LIMIT_EXCEEDED", hint: /--limit index-bytes=/ },
  );
});
