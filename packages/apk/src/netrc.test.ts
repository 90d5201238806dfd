import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { findEntry, parseNetrc } from "./netrc.ts";

const entry = (machine: string | undefined, login: string, password: string): object => ({ machine, login, password });

test("entries stand on one line or on many, with quotes, comments and macros between them", () => {
  const text = `# mine
machine a.test login me password "two words \\"and\\" \\\\ a\\ttab"
machine B.Test
  login you
  account ignored
  password #no-comment
macdef init
cd /pub machine evil.test login x password y

default login anonymous password guest`;
  assert.deepEqual(parseNetrc(text), {
    entries: [
      entry("a.test", "me", 'two words "and" \\ a\ttab'),
      entry("b.test", "you", "#no-comment"),
      entry(undefined, "anonymous", "guest"),
    ],
    badLine: undefined,
  });
});

test("the first word that cannot be read is told by its line", () => {
  const rows: [string, number][] = [
    ["machine a.test\nlogin me\npasswort x", 3],
    ["login me", 1],
    ["machine a.test\npassword", 2],
    ['machine a.test password "open', 1],
  ];
  for (const [text, line] of rows) assert.equal(parseNetrc(text).badLine, line, text);
});

test("a host finds the first entry that names it, with or without port, and default where that is allowed", () => {
  const netrc = parseNetrc(
    "machine a.test login 1\nmachine a.test login 2\nmachine a.test:81 login 3\ndefault login 4",
  );
  const at = (url: string, allowDefault = true): string | undefined =>
    findEntry(netrc, new URL(url), { allowDefault })?.login;
  assert.equal(at("https://a.test/x"), "1");
  assert.equal(at("https://a.test:8443/x"), "1");
  assert.equal(at("https://sub.a.test/x"), "4");
  assert.equal(at("https://b.test/x", false), undefined);
});

test("what a file can hold comes back, whatever the words are", () => {
  const quoted = (word: string): string => `"${word.replace(/[\\"]/g, "\\$&")}"`;
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), fc.string(), (login, password) => {
      const { entries, badLine } = parseNetrc(`machine h login ${quoted(login)} password ${quoted(password)}`);
      assert.deepEqual([entries, badLine], [[entry("h", login, password)], undefined]);
    }),
  );
});

test("any text ends in entries or a line, never in an error", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom("machine", " ", "\n", '"', "\\", "#", "macdef", "login") }), parses),
  );
});

function parses(text: string): void {
  const { badLine = 1 } = parseNetrc(text);
  assert.ok(badLine >= 1 && badLine <= text.split("\n").length);
}
