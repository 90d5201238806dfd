import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { runInThisContext } from "node:vm";
import { asParts } from "./bundle-parts.ts";

type Exports = Record<string, unknown>;
type Part = (
  load: (name: string) => Exports,
  later: (name: string) => Promise<Exports>,
  url: string,
  require: (name: string) => unknown,
) => Exports;

/** Runs `main.mjs` among the files as the start of the command line does. */
function run(files: Record<string, string>): Exports {
  const parts = asParts(new Map(Object.entries(files)));
  const load = (name: string): Exports => {
    const script = parts.get(name);
    assert.ok(script !== undefined, `no ${name}`);
    const part = runInThisContext(script) as Part;
    return part(
      load,
      (later) => Promise.resolve(load(later)),
      `file:///dist/${name}`,
      (name) => process.getBuiltinModule(name),
    );
  };
  return load("main.part.js");
}

/** The script of `main.mjs` beside one other file. */
function mainOf(code: string, other: string): string {
  return asParts(new Map(Object.entries({ "main.mjs": code, "other.mjs": other }))).get("main.part.js") ?? "";
}

describe("a part", () => {
  test("exports under the names that it says, and imports under its own", () => {
    const { sum, twice } = run({
      "main.mjs":
        'import{one,two as deux}from"./numbers.mjs";import"./numbers.mjs";var total=one+deux;export{total as sum,deux as twice};',
      "numbers.mjs": "var one=1,second=2;export{one,second as two};",
    });
    assert.deepEqual([sum, twice], [3, 2]);
  });

  test("imports Node's modules in every form", () => {
    const { joined } = run({
      "main.mjs":
        'import path from"path";import*as all from"node:path";import{join as put}from"path";' +
        'var joined=[path.join("a","b"),all.join("a","b"),put("a","b")];export{joined};',
    });
    assert.deepEqual(joined, ["a/b", "a/b", "a/b"]);
  });

  test("loads others when it asks for them, and says where it is", async () => {
    const { later, url } = run({
      "main.mjs":
        'var later=async()=>[(await import("./other.mjs")).value,(await import("node:path")).sep],url=import.meta.url;export{later,url};',
      "other.mjs": "var value=7;export{value};",
    }) as { later: () => Promise<unknown>; url: unknown };
    assert.deepEqual(await later(), [7, "/"]);
    assert.equal(url, "file:///dist/main.part.js");
  });

  test("answers for an optional dependency that is not bundled", async () => {
    const { later } = run({ "main.mjs": 'var later=()=>import("kerberos");export{later};' }) as {
      later: () => Promise<unknown>;
    };
    await assert.rejects(later(), /kerberos is not in this bundle/);
  });

  test("is strict code, whose exports are what they are when somebody asks", () => {
    const part = run({
      "main.mjs":
        "var count=0;function next(){return count+=1}var self=(function(){return this})();export{count,next,self};",
    });
    assert.equal(part["self"], undefined);
    (part["next"] as () => void)();
    assert.equal(part["count"], 1);
  });

  for (const sets of ["value=1", "value++", "--value", "[value]=[1]", "({a:value}={a:1})", "for(value of[1]);"]) {
    test(`cannot import what another sets later: ${sets}`, () => {
      const other = `var value;function set(){${sets}}export{value,set};`;
      assert.throws(() => mainOf('import{value}from"./other.mjs";', other), /sets value after it declared it/);
      assert.match(mainOf('import{set}from"./other.mjs";', other), /\{set:set\}=__load\("other\.part\.js"\)/);
    });
  }

  for (const [code, message] of [
    ["await 0;", /awaits while it is loaded/],
    ['import{missing}from"./other.mjs";', /other\.mjs does not export missing/],
    ['import{a}from"./nowhere.mjs";', /no nowhere\.mjs/],
    ['export*from"./other.mjs";', /a form that no part can have/],
    ["import(name);", /named by a string/],
    ["import.meta.dirname;", /import\.meta\.dirname/],
  ] as const) {
    test(`cannot be: ${code}`, () => {
      assert.throws(() => mainOf(code, "export{};"), message);
    });
  }
});
