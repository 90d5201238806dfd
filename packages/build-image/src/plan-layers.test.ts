import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { StoredPackage } from "@apkmill/apk";
import fc from "fast-check";
import { stackedTree } from "@apkmill/rootfs";
import { layerKey } from "./layer-key.ts";
import { placePackages } from "./place-packages.ts";
import { layeringStrategies, planLayers, type LayerRequest, type LayeringStrategy } from "./plan-layers.ts";
import { device, directory, file, symlink } from "./testing/repository.ts";
import { installOf, stored, type TestStored } from "./testing/stored.ts";

const day = 86_400;
const large = 100_000;

/** A package with a file of its own in a directory that all have. */
function plain(name: string, more: Partial<TestStored> & { readonly built?: number } = {}): TestStored {
  const { built = 1_700_000_000, control, ...rest } = more;
  const content = `${name} ${more.version ?? "1"} ${String(built)}`;
  return {
    name,
    control: { buildTime: built, ...control },
    items: [directory("usr/bin", { mtime: built }), file(`usr/bin/${name}`, content, { mtime: built })],
    ...rest,
  };
}

function requestFor(packages: readonly StoredPackage[], more: Partial<LayerRequest> = {}): LayerRequest {
  const { entries, packages: planned } = installOf(packages);
  return { entries, packages, planned, strategy: "auto", budget: 10, world: [], ...more };
}

/** For each layer what it is, what it holds, and a name for its bytes. */
function layersOf(tests: readonly TestStored[], more: Partial<LayerRequest> = {}): string[] {
  const packages = tests.map(stored);
  return planLayers(requestFor(packages, more)).map(({ kind, packages: held, entries }) => {
    const names = held.map((index) => packages[index]?.control.name).join(" ");
    const digest = kind === "verbatim" ? packages[held[0] ?? -1]?.data.digest : layerKey(entries, packages, "");
    return `${kind}: ${names}${kind === "generated" ? "" : ` ${digest ?? ""}`}`;
  });
}

const summary = (lines: readonly string[]): string[] =>
  lines.map((line) => line.replace(/ (sha256:)?[0-9a-f]{64}$/, ""));

describe("layers by themselves", () => {
  test("go by build time, dependencies first and what the world names last", () => {
    const packages = [
      plain("app", { sizeBytes: large, built: 10 * day }),
      plain("libc", { sizeBytes: large, built: 50 * day }),
      plain("old", { sizeBytes: large, built: 2 * day }),
      plain("made-here", { sizeBytes: large, built: 0 }),
      plain("tool", { sizeBytes: large, built: 9 * day, control: { buildTime: 9 * day, provides: ["cmd:tool=1"] } }),
    ];
    assert.deepEqual(summary(layersOf(packages, { world: ["app>1", "cmd:tool"] })), [
      "verbatim: old",
      "verbatim: libc",
      "verbatim: made-here",
      "verbatim: tool",
      "verbatim: app",
      "generated: ",
    ]);
  });

  test("join small packages, those that the world names apart", () => {
    const packages = ["a", "b", "c", "d"].map((name) => plain(name, { sizeBytes: 500 }));
    assert.deepEqual(
      summary(layersOf([...packages, plain("big", { sizeBytes: large, built: 9 })], { world: ["b", "d"] })),
      ["verbatim: big", "joined: a c", "joined: b d", "generated: "],
    );
  });

  test("leave a small package alone that would be joined with none", () => {
    assert.deepEqual(summary(layersOf([plain("a"), plain("b")], { world: ["b"] })), [
      "verbatim: a",
      "verbatim: b",
      "generated: ",
    ]);
  });

  test("cut what is joined into parts of about a megabyte, eight of each half at most", () => {
    const many = Array.from({ length: 300 }, (_, index) => plain(`p${String(index)}`, { sizeBytes: 15_000 }));
    const layers = summary(layersOf(many));
    assert.equal(layers.length, 8 + 1);
    assert.ok(layers.every((layer) => layer.startsWith("joined") || layer.startsWith("generated")));
    const few = many.slice(0, 100);
    assert.equal(layersOf(few).length, 2 + 1);
  });

  test("give the largest packages layers of their own when there are many", () => {
    const many = Array.from({ length: 300 }, (_, index) =>
      plain(`p${String(index)}`, { sizeBytes: 20_000 + index * 100 }),
    );
    const layers = summary(layersOf(many));
    const own = layers.filter((layer) => layer.startsWith("verbatim"));
    assert.equal(own.length, 80);
    assert.ok(layers.length <= 80 + 16 + 1);
    assert.ok(layersOf(many, { strategy: "package" }).length <= 111);
    assert.ok(layersOf(many, { strategy: "package", baseLayers: 80 }).length <= 31);
    assert.deepEqual(summary(layersOf(many.slice(0, 3), { baseLayers: 100 })), ["generated: p0 p1 p2"]);
  });
});

describe("a change of one package", () => {
  const changed = (before: readonly string[], after: readonly string[]): [string[], string[]] => [
    summary(before.filter((line) => !after.includes(line))),
    summary(after.filter((line) => !before.includes(line))),
  ];
  const sizes = fc.oneof(fc.integer({ min: 100, max: 15_000 }), fc.integer({ min: 17_000, max: 900_000 }));
  const sets = fc.uniqueArray(
    fc.record({ name: fc.stringMatching(/^[a-z]{1,6}$/), sizeBytes: sizes, built: fc.integer({ min: 0, max: 400 }) }),
    { selector: ({ name }) => name, minLength: 2, maxLength: 55 },
  );

  test("changes its layer and the last one, and moves no other", () => {
    fc.assert(
      fc.property(sets, fc.nat(), fc.constantFrom("auto", "package"), (set, pick, strategy) => {
        const packages = set.map(({ name, sizeBytes, built }) => plain(name, { sizeBytes, built: built * day }));
        const world = set.filter((_, index) => index % 3 === 0).map(({ name }) => name);
        const index = pick % set.length;
        const { name = "", sizeBytes = 0 } = set[index] ?? {};
        const newer = packages.map((one, at) =>
          at === index ? plain(name, { sizeBytes: sizeBytes + 50, built: 401 * day, version: "2-r0" }) : one,
        );
        const [before, after] = [layersOf(packages, { strategy, world }), layersOf(newer, { strategy, world })];
        const holds = (line: string): boolean => line.split(" ").includes(name);
        const [gone, come] = changed(before, after);
        assert.ok(
          [...gone, ...come].every((line) => holds(line) || line.startsWith("generated")),
          [...gone, ...come].join("\n"),
        );
        const rest = (lines: readonly string[]): string[] => lines.filter((line) => !holds(line));
        assert.deepEqual(rest(after), rest(before));
      }),
      { numRuns: 60 },
    );
  });

  test("that is added or removed does as well", () => {
    fc.assert(
      fc.property(sets, fc.nat(), fc.constantFrom("auto", "package"), (set, pick, strategy) => {
        const packages = set.map(({ name, sizeBytes, built }) => plain(name, { sizeBytes, built: built * day }));
        const fewer = packages.filter((_, index) => index !== pick % set.length);
        const joinedWith = (lines: readonly string[]): string[] =>
          lines.filter((line) => !line.startsWith("generated"));
        const [gone, come] = changed(
          joinedWith(layersOf(packages, { strategy })),
          joinedWith(layersOf(fewer, { strategy })),
        );
        // One layer goes or comes, or a joined one is another; a part that was over its size is one again.
        assert.ok(gone.length <= 2 && come.length <= 1, `${gone.join("\n")}\n->\n${come.join("\n")}`);
      }),
      { numRuns: 60 },
    );
  });

  test("means nothing to how the others are packed, in whatever order they are installed", () => {
    const packages = ["c", "a", "b"].map((name, index) => plain(name, { sizeBytes: 300, built: index + 1 }));
    assert.deepEqual(layersOf(packages).slice(0, -1), layersOf(packages.toReversed()).slice(0, -1));
  });
});

describe("a package that cannot be a layer as it is", () => {
  const packages: TestStored[] = [
    { name: "layout", sizeBytes: large, items: [directory("usr/lib"), symlink("lib", "usr/lib")] },
    { name: "crossing", sizeBytes: large, items: [file("lib/libcross.so")] },
    { name: "tiny-crossing", items: [file("lib/libtiny.so")] },
    plain("tiny"),
    { name: "meta", control: { installedSizeBytes: 0 } },
  ];

  test("is written anew as one when it is large, joined when it is small, and the answer says why", () => {
    const all = packages.map(stored);
    const request = requestFor(all);
    const layers = planLayers(request);
    assert.deepEqual(
      layers.map(({ kind }) => kind),
      ["rewritten", "verbatim", "joined", "generated"],
    );
    const placed = placePackages(layers, request.planned);
    assert.deepEqual(
      placed.map(({ how, layer }) => `${how} ${String(layer)}`),
      ["verbatim 1", "rewritten 0", "rewritten 2", "joined 2", "none undefined"],
    );
    assert.match(placed[1]?.why ?? "", /link to usr\/lib/);
    assert.match(placed[2]?.why ?? "", /link to usr\/lib/);
    assert.match(placed[3]?.why ?? "", /too small/);
    assert.match(placed[4]?.why ?? "", /installed size is 0/);
  });

  test("is in the one layer of single", () => {
    const request = requestFor(packages.map(stored), { strategy: "single" });
    const placed = placePackages(planLayers(request), request.planned);
    assert.deepEqual(
      placed.map(({ how }) => how),
      ["joined", "rewritten", "rewritten", "joined", "none"],
    );
  });
});

describe("an entry that runtimes read as a deletion", () => {
  const opaque = { xattrs: new Map([["trusted.overlay.opaque", Buffer.from("y")]]) };
  for (const [what, item, names] of [
    ["a name", file("etc/.wh.passwd"), /etc\/\.wh\.passwd of p-1-r0 .*\.wh\./],
    ["a device", device("etc/passwd", 0, 0), /etc\/passwd of p-1-r0 .*0:0/],
    ["an attribute of a directory", directory("etc", opaque), /etc of p-1-r0 .*trusted\.overlay\.opaque/],
    ["an attribute of a file", file("etc/x", "", opaque), /etc\/x of p-1-r0 .*trusted\.overlay\.opaque/],
  ] as const) {
    test(`is refused: ${what}`, () => {
      const request = requestFor([stored({ name: "p", items: [item] })]);
      assert.throws(() => planLayers(request), { code: "IMAGE_UNSUPPORTED", message: names });
    });
  }

  test("is refused also where another package has its way about the directory", () => {
    const first = stored({ name: "a", items: [directory("etc")] });
    const second = stored({ name: "b", items: [directory("etc", opaque), file("etc/x")] });
    const request = requestFor([first, second]);
    assert.equal(request.entries.find(({ path }) => path === "etc")?.xattrs.size, 0);
    assert.throws(() => planLayers(request), { code: "IMAGE_UNSUPPORTED", message: /etc of b-1-r0 .*overlay\.opaque/ });
  });
});

test("the layers unpack to the planned tree under every strategy, whatever the packages", () => {
  const items = fc.record({
    directory: fc.constantFrom("usr", "usr/lib", "lib", "etc", "srv/a/b"),
    mode: fc.constantFrom(0o755, 0o1777, 0o2775, 0o700),
    mtime: fc.integer({ min: 1, max: 5 }),
  });
  const sets = fc.array(
    fc.record({
      sizeBytes: fc.constantFrom(100, large),
      built: fc.nat(9),
      items: fc.uniqueArray(items, { selector: (one) => one.directory, maxLength: 4 }),
    }),
    { minLength: 1, maxLength: 8 },
  );
  fc.assert(
    fc.property(sets, fc.constantFrom<LayeringStrategy>(...layeringStrategies), (set, strategy) => {
      const packages = [
        stored({ name: "layout", items: [directory("usr/lib"), symlink("lib", "usr/lib")] }),
        ...set.map(({ sizeBytes, built, items: wanted }, index) => {
          const made = wanted.flatMap((one) => [
            directory(one.directory, { mode: one.mode, mtime: one.mtime }),
            file(`${one.directory}/f${String(index)}-${one.directory.replaceAll("/", "-")}`),
          ]);
          return stored({ name: `p${String(index)}`, sizeBytes, control: { buildTime: built }, items: made });
        }),
      ];
      const request = requestFor(packages, { strategy });
      const layers = planLayers(request).map(({ kind, packages: held, entries }) =>
        kind === "verbatim" ? (packages[held[0] ?? -1]?.contents.entries ?? []) : entries,
      );
      const stack = stackedTree(layers);
      assert.deepEqual([...stack.keys()].sort(), request.entries.map(({ path }) => path).sort());
      for (const { path, type, mode, uid, mtime, sha256 } of request.entries) {
        const { entry, certain } = stack.get(path) ?? assert.fail(path);
        assert.deepEqual(
          [entry.type, entry.mode, entry.uid, entry.mtime, certain],
          [type, mode, uid, mtime, true],
          path,
        );
        if (type === "file") assert.equal(entry.sha256, sha256);
      }
    }),
    { numRuns: 100 },
  );
});
