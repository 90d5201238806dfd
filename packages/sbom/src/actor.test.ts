import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Actor } from "./bill.ts";
import { parseSpdxActor } from "./actor.ts";

const long = 4 << 20;

const cases: readonly [text: string, actor: Actor | undefined][] = [
  ["Person: Ann (ann@example.org)", { type: "Person", name: "Ann", email: "ann@example.org" }],
  ["Person:Ann\n( ann@example.org ) ", { type: "Person", name: "Ann", email: "ann@example.org" }],
  ["Organization: Example (Ltd) ()", { type: "Organization", name: "Example Ltd", email: undefined }],
  ["Organization: Example (no address)", { type: "Organization", name: "Example no address", email: undefined }],
  ["Tool: x", undefined],
  ["NOASSERTION", undefined],
  ["Person: ()", undefined],
];

describe("an actor of an SPDX document", () => {
  for (const [text, actor] of cases)
    test(`${JSON.stringify(text)} is ${actor?.name ?? "nobody"}`, () => {
      assert.deepEqual(parseSpdxActor(text), actor);
    });

  test("is read at once, however long and odd the text is", () => {
    for (const odd of [" ", "(", "( ", "( a", "\n", "\u3000", "(\u3000", "a)", "x@"]) {
      const found = parseSpdxActor(`Organization: a${odd.repeat(long / odd.length)}b`);
      assert.equal(found?.name[0], "a");
      assert.ok(found.name.length <= 201);
    }
  });
});
