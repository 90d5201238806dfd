import assert from "node:assert/strict";
import { test } from "node:test";
import { isScalar, parseDocument } from "yaml";
import { resolveScalar, type ScalarValue } from "./yaml-scalar.ts";

function meaningOf(spelling: string): ScalarValue {
  const node = parseDocument(`a: ${spelling}`, { schema: "failsafe", logLevel: "silent" }).get("a", true);
  assert.ok(isScalar(node));
  return resolveScalar(node);
}

const int = (value: number): ScalarValue => ({ kind: "number", value, isFloat: false });
const float = (value: number): ScalarValue => ({ kind: "number", value, isFloat: true });
const text = (value: string): ScalarValue => ({ kind: "text", text: value });

/** Each row is what gopkg.in/yaml.v3 v3.0.1 makes of the spelling. */
const rows: readonly (readonly [spelling: string, value: ScalarValue])[] = [
  ["0", int(0)],
  ["42", int(42)],
  ["+7", int(7)],
  ["-7", int(-7)],
  ["0755", int(493)],
  ["0o755", int(493)],
  ["-0o10", int(-8)],
  ["0x1F", int(31)],
  ["0b101", int(5)],
  ["1_000", int(1000)],
  ["3.0", float(3)],
  ["3.5", float(3.5)],
  ["1e3", float(1000)],
  [".5", float(0.5)],
  ["08", float(8)],
  [".inf", float(Infinity)],
  ["-.Inf", float(-Infinity)],
  ["0x", text("0x")],
  ["0o8", text("0o8")],
  ["1.2.3", text("1.2.3")],
  ["2024-01-01", text("2024-01-01")],
  ["1:30", text("1:30")],
  ["true", { kind: "boolean", value: true }],
  ["FALSE", { kind: "boolean", value: false }],
  ["yes", text("yes")],
  ["tRue", text("tRue")],
  ["", { kind: "null" }],
  ["~", { kind: "null" }],
  ["Null", { kind: "null" }],
  ["nULL", text("nULL")],
  ["'5'", text("5")],
  ['"null"', text("null")],
  ["<<", text("<<")],
  ["! 5", int(5)],
  ["!!str 5", text("5")],
  ["!!str", text("")],
  ["!!null ''", { kind: "null" }],
  ['!!int "5"', int(5)],
  ["!!float 5", int(5)],
  ["!!int 5.5", { kind: "misfit", tag: "!!int" }],
  ["!!int x", { kind: "misfit", tag: "!!int" }],
  ["!!bool yes", { kind: "misfit", tag: "!!bool" }],
  ["!!binary aGVsbG8=", text("hello")],
  ["!!binary aGVsbG8", { kind: "misfit", tag: "!!binary" }],
  ["!own 5", text("5")],
];

for (const [spelling, value] of rows) {
  test(`the scalar ${JSON.stringify(spelling)} is ${JSON.stringify(value)}`, () => {
    assert.deepEqual(meaningOf(spelling), value);
  });
}
