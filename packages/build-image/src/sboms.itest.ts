import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { defaultLimits, digestOf, type Store } from "@apkmill/core";
import { describePackageSpdx, formatSpdx } from "@apkmill/sbom";
import { inspectImage } from "./inspect-image.ts";
import { signedAlpine } from "./testing/alpine.ts";
import { missing, openBench, type Bench } from "./testing/bench.ts";
import { file, makeRepository, symlink, type TestPackage, type TestRepository } from "./testing/repository.ts";
import { apksOf, readElements, type SbomElements } from "./testing/sbom-elements.ts";
import { noValidators, requireValidCycloneDx, requireValidSpdx } from "./testing/validators.ts";

const formats = ["spdx", "cyclonedx"] as const;

async function sbomFiles(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => name.startsWith("sbom-"));
  return names.sort().map((name) => join(folder, name));
}

/** The public validators find nothing in any SBOM of the layout. */
async function requireValid(layout: string): Promise<void> {
  const paths = await sbomFiles(layout);
  for (const path of paths.filter((one) => one.endsWith(".spdx.json"))) await requireValidSpdx(path);
  await requireValidCycloneDx(paths.filter((one) => one.endsWith(".cdx.json")));
}

/** What the image's own database lists, as `name version`. */
async function installedIn(layout: string): Promise<string[]> {
  const [platform] = (await inspectImage(layout, defaultLimits)).platforms;
  return (platform?.packages ?? []).map(({ name, version }) => `${name} ${version}`).sort();
}

describe("the SBOMs of an Alpine image", { skip: missing("alpine-3.19-x86_64") }, () => {
  let bench: Awaited<ReturnType<typeof openBench>>;
  let layout: string;
  let text: string;

  before(async () => {
    bench = await openBench();
    const { path, key } = await signedAlpine(bench.ports, bench.folder);
    text = `contents: {repositories: [${path}], keyring: [${key}], packages: [alpine-base]}\n`;
    ({ layout } = await bench.build(text, { tag: "alpine:3.19", sbomFormats: formats }));
  });
  after(() => bench.close());

  test("are written in both formats, for the platform and for the index", async () => {
    const names = (await sbomFiles(layout)).map((path) => path.slice(layout.length + 1));
    assert.deepEqual(names, [
      "sbom-index.cdx.json",
      "sbom-index.spdx.json",
      "sbom-x86_64.cdx.json",
      "sbom-x86_64.spdx.json",
    ]);
  });

  test("are named by the build's answer, by their formats", async () => {
    const { platforms, layout: other } = await bench.build(text, { sbomFormats: ["cyclonedx"] });
    const path = join(other, "sbom-x86_64.cdx.json");
    assert.deepEqual([platforms[0]?.sbom, platforms[0]?.sboms], [path, { cyclonedx: path }]);
    assert.deepEqual(await sbomFiles(other), [join(other, "sbom-index.cdx.json"), path]);
  });

  test("are left out where no format is asked for", async () => {
    const { platforms, layout: other } = await bench.build(text, { sbomFormats: [] });
    assert.deepEqual([platforms[0]?.sbom, await sbomFiles(other)], [undefined, []]);
  });

  test("list what the image's database lists, and nothing else", async () => {
    const installed = await installedIn(layout);
    assert.ok(installed.length > 20);
    for (const ending of ["spdx", "cdx"])
      assert.deepEqual(apksOf(await readElements(join(layout, `sbom-x86_64.${ending}.json`))), installed);
  });

  for (const ending of ["spdx", "cdx"]) {
    const read = (): Promise<SbomElements> => readElements(join(layout, `sbom-x86_64.${ending}.json`));
    const each = async (has: (one: SbomElements["components"][number]) => boolean): Promise<void> => {
      const { components } = await read();
      assert.ok(components.length > 20);
      assert.deepEqual(
        components.filter((one) => !has(one)).map(({ id }) => id),
        [],
      );
    };

    describe(`as ${ending} have NTIA's minimum elements:`, () => {
      test("the supplier of each component", () => each(({ supplier }) => supplier !== ""));
      test("the name of each component", () => each(({ name }) => name !== ""));
      test("the version of each component", () => each(({ version }) => version !== ""));
      test("another unique identifier of each component", async () => {
        await each(({ uniqueId }) => uniqueId !== "");
        const { components } = await read();
        assert.equal(new Set(components.map(({ uniqueId }) => uniqueId)).size, components.length);
      });
      test("the relationships of each component", () => each(({ related }) => related.length > 0));
      test("the author of the SBOM", async () => {
        assert.match((await read()).author[0] ?? "", /apkmill$/);
      });
      test("the time of the SBOM, which is that of the image", async () => {
        const { timestamp } = await read();
        assert.match(timestamp, /^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
        const [platform] = (await inspectImage(layout, defaultLimits)).platforms;
        assert.ok(JSON.stringify(platform).includes(timestamp));
      });
    });
  }

  test("of the index have those elements, too, and its time", async () => {
    for (const ending of ["spdx", "cdx"]) {
      const { components, author, timestamp } = await readElements(join(layout, `sbom-index.${ending}.json`));
      assert.equal(components.length, 2);
      for (const { supplier, name, version, uniqueId, related } of components) {
        assert.match(supplier, /^(?:Organization: )?Alpine Linux$/);
        for (const said of [name, version, uniqueId, related[0] ?? ""]) assert.notEqual(said, "");
      }
      assert.match(author[0] ?? "", /apkmill$/);
      assert.equal(timestamp, (await readElements(join(layout, `sbom-x86_64.${ending}.json`))).timestamp);
    }
  });

  test("say what the packages depend on", async () => {
    for (const ending of ["spdx", "cdx"]) {
      const { components } = await readElements(join(layout, `sbom-x86_64.${ending}.json`));
      const named = (name: string): SbomElements["components"][number] | undefined =>
        components.find((one) => one.name === name);
      assert.ok(named("busybox")?.related.includes(named("musl")?.id ?? "?"));
    }
  });

  test("satisfy the public validators", { skip: noValidators }, () => requireValid(layout));
});

const embedded = formatSpdx(
  describePackageSpdx({
    name: "libstdc++",
    version: "1-r0",
    arch: "x86_64",
    origin: "gcc",
    description: "",
    url: "",
    license: "LicenseRef-ours",
    namespace: "wolfi",
    createdEpoch: 0,
    sources: [{ name: "gcc", version: "13", location: "git+https://example.org/gcc@13", sha256: "a".repeat(64) }],
  }),
);
const place = (name: string): string => `var/lib/db/sbom/${name}.spdx.json`;

const hostile: readonly TestPackage[] = [
  { name: "libstdc++", control: { license: "", commit: "c0ffee" }, items: [file(place("libstdc++-1-r0"), embedded)] },
  { name: "stem", version: "1.2-r3", items: [file(place("stem-1.2"), embedded.replaceAll("libstdc++", "stem"))] },
  { name: "broken", items: [file(place("broken"), "{")] },
  { name: "empty", items: [file(place("empty"), '{"spdxVersion":"SPDX-2.3","packages":[]}')] },
  {
    name: "dangling",
    items: [
      file(
        place("dangling"),
        embedded.replace('"relatedSpdxElement": "SPDXRef-Source', '"relatedSpdxElement": "SPDXRef-X'),
      ),
    ],
  },
  { name: "thief", items: [file(place("none-1-r0"), embedded)] },
  {
    name: "linked",
    items: [
      symlink(place("linked"), "../../../../usr/share/linked.json"),
      file("usr/share/linked.json", embedded.replaceAll("libstdc++", "linked").replaceAll("gcc", "tool")),
    ],
  },
  { name: "none", control: { license: 'Our \u001b[31mown\u0007 <terms> & "more" (see' } },
  { name: "expression", control: { license: "gpl-2.0-only WITH nothing OR (mit AND BSD)" } },
  { name: "huge", control: { description: "x".repeat(300_000), url: "https://EXAMPLE.org/a b|c#d#e" } },
  {
    name: "odd",
    control: { maintainer: "A (B) <c@d.example>", url: "javascript:alert(1)", origin: "o d/d", depends: ["huge"] },
  },
];

describe("the SBOMs of an image of packages that carry their own and say odd things", () => {
  let bench: Bench & { close(): Promise<void> };
  let repository: TestRepository;
  let layout: string;
  let text: string;
  const build = async (more = {}): Promise<string> =>
    (await bench.build(text, { sbomFormats: formats, tag: "odd:1", ...more })).layout;

  before(async () => {
    bench = await openBench();
    repository = await makeRepository(join(bench.folder, "packages"), hostile, ["x86_64", "aarch64"]);
    text = contents(hostile.map(({ name }) => name).join(", "));
    layout = await build({ archs: ["x86_64", "aarch64"] });
  });
  after(() => bench.close());

  function contents(packages: string, more = ""): string {
    return `contents: {repositories: [${repository.path}], keyring: [${repository.key}], packages: [${packages}]${more}}\n`;
  }

  test("satisfy the public validators", { skip: noValidators }, () => requireValid(layout));

  test("list what the image's database lists, whatever the packages' documents name", async () => {
    for (const ending of ["spdx", "cdx"])
      assert.deepEqual(
        apksOf(await readElements(join(layout, `sbom-x86_64.${ending}.json`))),
        await installedIn(layout),
      );
  });

  test("take over sources and licences, and report each document that cannot be used", async () => {
    const document = await readFile(join(layout, "sbom-x86_64.spdx.json"), "utf8");
    assert.equal(document.split("git+https://example.org/gcc@13").length - 1, 2);
    assert.ok(document.includes("LicenseRef-ours"));
    const warnings = bench.lines.filter((line) => line.includes("the SBOM "));
    for (const [name, says] of [
      ["broken-1-r0", "is no SPDX 2 document"],
      ["empty-1-r0", "describes nothing"],
      ["dangling-1-r0", "does not have 1 of the elements that it mentions"],
    ] as const)
      assert.equal(warnings.filter((line) => line.includes(name) && line.includes(says)).length, 2, name);
    assert.equal(warnings.length, 6);
  });

  test("are the same in a warm build, which reads no package's data again", async () => {
    const one = await build();
    const { store } = bench.ports;
    const asked: string[] = [];
    const remember: Store["remember"] = (kind, key, value) => {
      asked.push(kind);
      return store.remember(kind, key, value);
    };
    const { layout: two } = await bench.build(
      text,
      { sbomFormats: formats, tag: "odd:1" },
      { store: { ...store, remember } },
    );
    assert.deepEqual(
      asked.filter((kind) => kind === "sbom" || kind === "file"),
      [],
    );
    await requireSame(one, two);
  });

  test("are the same when what was remembered is damaged, or is something else", async () => {
    const one = await build();
    const facts = join(bench.ports.store.root, "facts", "sbom");
    const names = await readdir(facts);
    assert.ok(names.length > 4);
    for (const name of names) await writeFile(join(facts, name), "damaged");
    await requireSame(one, await build());
    for (const name of names) await writeFile(join(facts, name), `${digestOf('{"packages":5}')}\n{"packages":5}`);
    await requireSame(one, await build());
  });

  test("of an image on a base list the packages of both, with what those of the base carry", async () => {
    const below = contents("libstdc++, broken");
    const { layout: base } = await bench.build(below);
    const on = contents("stem", `, baseimage: {image: "${base}"}`);
    const { layout: whole } = await bench.build(on, { sbomFormats: formats });
    const installed = await installedIn(whole);
    assert.deepEqual(installed, ["broken 1-r0", "libstdc++ 1-r0", "stem 1.2-r3"]);
    for (const ending of ["spdx", "cdx"])
      assert.deepEqual(apksOf(await readElements(join(whole, `sbom-x86_64.${ending}.json`))), installed);
    const [written, alone] = await Promise.all(
      [whole, base].map((folder) => readFile(join(folder, "sbom-x86_64.spdx.json"), "utf8")),
    );
    assert.equal((written ?? "").split("git+https://example.org/gcc@13").length - 1, 2);
    const sha1 = /"checksumValue": "[0-9a-f]{40}"/.exec(alone ?? "")?.[0] ?? "none";
    assert.ok(written?.includes(sha1));
  });

  test("of an image on a base take no package's word for another, and from its own a link's", async () => {
    const { layout: base } = await bench.build(contents("thief, none, linked"));
    const { layout: whole } = await bench.build(contents("huge", `, baseimage: {image: "${base}"}`));
    const written = await readFile(join(whole, "sbom-x86_64.spdx.json"), "utf8");
    assert.equal(written.split("git+https://example.org/tool@13").length - 1, 1);
    assert.ok(!written.includes("git+https://example.org/gcc@13"));
  });

  test("have the time that was asked for, before 1970 as after it, in every document", async () => {
    const folder = await build({ buildDate: -31_536_000 });
    for (const path of await sbomFiles(folder))
      assert.equal((await readElements(path)).timestamp, "1969-01-01T00:00:00Z", path);
  });

  test("refer from the index to the platforms' documents by their hashes", async () => {
    const index = JSON.parse(await readFile(join(layout, "sbom-index.spdx.json"), "utf8")) as {
      externalDocumentRefs: { spdxDocument: string }[];
    };
    for (const [at, arch] of ["x86_64", "aarch64"].entries()) {
      const { documentNamespace } = JSON.parse(await readFile(join(layout, `sbom-${arch}.spdx.json`), "utf8")) as {
        documentNamespace: string;
      };
      assert.equal(index.externalDocumentRefs[at]?.spdxDocument, documentNamespace);
    }
  });
});

async function requireSame(one: string, other: string): Promise<void> {
  for (const path of await sbomFiles(one))
    assert.deepEqual(await readFile(path.replace(one, other)), await readFile(path), path);
}
