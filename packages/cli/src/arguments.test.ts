import assert from "node:assert/strict";
import { test } from "node:test";
import { parseArguments, type OptionTable } from "./arguments.ts";

const table = {
  arch: { kind: "list", help: "architectures" },
  annotations: { kind: "list", help: "key:value", verbatim: true },
  "generate-index": { kind: "flag", help: "write an index", default: true },
  layering: { kind: "text", value: "auto|package", default: "auto", help: "strategy" },
  timeout: { kind: "number", help: "seconds" },
  keyring: { kind: "list", short: "k", help: "keys" },
} as const satisfies OptionTable;

test("a list takes repetitions and commas", () => {
  assert.deepEqual(parseArguments(table, ["--arch", "x86_64,aarch64", "--arch=riscv64"]).options.arch, [
    "x86_64",
    "aarch64",
    "riscv64",
  ]);
});

test("a verbatim list keeps its commas", () => {
  assert.deepEqual(parseArguments(table, ["--annotations", "a:b,c"]).options.annotations, ["a:b,c"]);
});

test("a flag is switched off as melange and as node write it", () => {
  assert.equal(parseArguments(table, []).options["generate-index"], true);
  assert.equal(parseArguments(table, ["--generate-index=false"]).options["generate-index"], false);
  assert.equal(parseArguments(table, ["--no-generate-index"]).options["generate-index"], false);
});

test("short options and positionals mix, and -- ends them", () => {
  const parsed = parseArguments(table, ["one", "-k", "key.pub", "two", "--", "--arch"]);
  assert.deepEqual(parsed.positionals, ["one", "two"]);
  assert.deepEqual(parsed.options.keyring, ["key.pub"]);
  assert.deepEqual(parsed.rest, ["--arch"]);
});

test("an unknown option is refused with the likely meant one", () => {
  assert.throws(() => parseArguments(table, ["--layerng", "x"]), {
    code: "CLI_UNKNOWN_OPTION",
    hint: "did you mean --layering?",
  });
});

test("a value outside a closed choice and a number that is none are refused", () => {
  assert.throws(() => parseArguments(table, ["--layering", "best"]), { code: "CLI_BAD_VALUE" });
  assert.throws(() => parseArguments(table, ["--timeout", "soon"]), { code: "CLI_BAD_VALUE" });
});

test("a PEM text is a value, though it begins with dashes, and no value where no option is before it", () => {
  const pem = "-----BEGIN PUBLIC KEY-----\nAA==\n-----END PUBLIC KEY-----\n";
  assert.deepEqual(parseArguments(table, ["-k", pem, "--keyring", pem, `--keyring=${pem}`]).options.keyring, [
    pem,
    pem,
    pem,
  ]);
  for (const argv of [["one", pem], [pem]]) {
    assert.throws(
      () => parseArguments(table, argv),
      (error: Error & { code?: string }) => {
        assert.equal(error.code, "CLI_USAGE");
        assert.doesNotMatch(error.message, /AA==/);
        return true;
      },
    );
  }
});
