import assert from "node:assert/strict";
import { test } from "node:test";
import type { PackageControl } from "@apkmill/apk";
import { decideFile, takesDirectory } from "./precedence.ts";
import { buildPackage } from "./testing/build-package.ts";

const control = (name: string, more: Partial<PackageControl> = {}): PackageControl =>
  buildPackage({ name, control: more }).control;

const files: readonly {
  readonly rule: string;
  readonly newcomer: Partial<PackageControl>;
  readonly owner: Partial<PackageControl>;
  readonly winner: "newcomer" | "owner" | "neither";
}[] = [
  { rule: "strangers may not overwrite each other", newcomer: {}, owner: {}, winner: "neither" },
  { rule: "who replaces the owner takes its file", newcomer: { replaces: ["old"] }, owner: {}, winner: "newcomer" },
  {
    rule: "a version that does not match replaces nothing",
    newcomer: { replaces: ["old<1"] },
    owner: {},
    winner: "neither",
  },
  {
    rule: "what is no dependency replaces nothing",
    newcomer: { replaces: ["old!=1", "old=1_"] },
    owner: {},
    winner: "neither",
  },
  { rule: "a version that matches replaces", newcomer: { replaces: ["old<2"] }, owner: {}, winner: "newcomer" },
  {
    rule: "an owner that replaces the newcomer keeps its file",
    newcomer: {},
    owner: { replaces: ["new"] },
    winner: "owner",
  },
  {
    rule: "of two that replace each other with equal priority the newcomer wins",
    newcomer: { replaces: ["old"] },
    owner: { replaces: ["new"] },
    winner: "newcomer",
  },
  {
    rule: "of two that replace each other the higher priority wins",
    newcomer: { replaces: ["old"], replacesPriority: 1 },
    owner: { replaces: ["new"], replacesPriority: 2 },
    winner: "owner",
  },
  {
    rule: "a priority without replacing counts for nothing",
    newcomer: { replacesPriority: 100 },
    owner: {},
    winner: "neither",
  },
  {
    rule: "packages of one origin may overwrite each other",
    newcomer: { origin: "src" },
    owner: { origin: "src" },
    winner: "newcomer",
  },
  {
    rule: "an owner that replaces goes before a common origin",
    newcomer: { origin: "src" },
    owner: { origin: "src", replaces: ["new"] },
    winner: "owner",
  },
  { rule: "an empty origin is no common origin", newcomer: { origin: "" }, owner: { origin: "" }, winner: "neither" },
  {
    rule: "what the owner provides is not its name",
    newcomer: { replaces: ["alias"] },
    owner: { provides: ["alias"] },
    winner: "neither",
  },
  { rule: "a conflict is no replacement", newcomer: { replaces: ["!old"] }, owner: {}, winner: "neither" },
];

for (const { rule, newcomer, owner, winner } of files) {
  test(`files: ${rule}`, () => {
    assert.equal(decideFile(control("new", newcomer), control("old", owner)).winner, winner);
  });
}

const directories: readonly (readonly [
  rule: string,
  newcomer: PackageControl,
  owner: PackageControl,
  takes: boolean,
])[] = [
  ["the smaller name goes before", control("a"), control("b"), true],
  ["the larger name does not", control("b"), control("a"), false],
  ["a higher replaces_priority goes before a smaller name", control("b", { replacesPriority: 1 }), control("a"), true],
  ["a lower replaces_priority does not", control("a"), control("b", { replacesPriority: 1 }), false],
  ["the package named like the origin goes before", control("b", { origin: "b" }), control("a", { origin: "b" }), true],
  ["and keeps its place", control("a", { origin: "b" }), control("b", { origin: "b" }), false],
  [
    "without such a package the smaller name of an origin",
    control("a", { origin: "s" }),
    control("b", { origin: "s" }),
    true,
  ],
];

for (const [rule, newcomer, owner, takes] of directories) {
  test(`directories: ${rule}`, () => {
    assert.equal(takesDirectory(newcomer, owner), takes);
  });
}
