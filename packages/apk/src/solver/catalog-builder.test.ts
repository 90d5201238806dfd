import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { defaultLimits } from "@apkmill/core";
import fc from "fast-check";
import { encodeCatalog } from "./catalog-columns.ts";
import { CatalogBuilder, openCatalog } from "./catalog-builder.ts";
import { packageCount, type Catalog } from "./catalog.ts";
import { listOf } from "./lists.ts";

/** Records as short as they can be: a twentieth of what the kernel expects, so that all that it fills has to grow. */
const count = 3000;
const short = Array.from({ length: count }, (_, index) => `P:n${index}\nV:1\nD:n${(index * 7) % count} x${index}\n\n`);

function catalogOf(text: string, limits = defaultLimits): Catalog {
  return openCatalog([{ text: Buffer.from(text), what: "an index" }], limits);
}

function namesAt({ names }: Catalog, column: Int32Array, from: number, to: number): string[] {
  return Array.from(column.subarray(from, to), (id) => names.textOf(id));
}

describe("a catalog", () => {
  test("of far more names than its text lets expect has all of them, and what they depend on", () => {
    const catalog = catalogOf(short.join(""));
    const { names, providers, entries, depends } = catalog;
    assert.equal(names.size, 2 * count);
    for (let index = 0; index < count; index += 1) {
      const id = names.find(`n${index}`);
      assert.deepEqual(
        [...listOf(providers, id)].map((entry) => entries.package[entry]),
        [index],
      );
      const [from = 0, to = 0] = [depends.first[index], depends.first[index + 1]];
      assert.deepEqual(namesAt(catalog, depends.name, from, to), [`n${(index * 7) % count}`, `x${index}`]);
    }
    assert.equal(names.find("n"), -1);
  });

  test("is the same however its text arrives", () => {
    const text = Buffer.from(short.slice(0, 40).join(""));
    const whole = Buffer.concat(encodeCatalog(catalogOf(text.toString())));
    fc.assert(
      fc.property(fc.array(fc.nat(text.length), { maxLength: 12 }), (cuts) => {
        const builder = new CatalogBuilder({ sizeBytes: text.length, count: 1, limits: defaultLimits });
        builder.begin("an index");
        const places = [0, ...cuts.sort((a, b) => a - b), text.length];
        places.slice(1).forEach((to, index) => {
          builder.append(text.subarray(places[index], to));
        });
        builder.end();
        assert.deepEqual(Buffer.concat(encodeCatalog(builder.catalog())), whole);
      }),
    );
  });

  test("is refused at the record that is one too many, and at the dependency", () => {
    const text = short.slice(0, 10).join("");
    assert.throws(
      () => catalogOf(text, { ...defaultLimits, records: 9 }),
      /an index: records: 10 is over the limit of 9/,
    );
    assert.throws(
      () => catalogOf(text, { ...defaultLimits, items: 29 }),
      /an index: dependencies and provided names: 30 is over the limit of 29/,
    );
    assert.equal(packageCount(catalogOf(text, { ...defaultLimits, records: 10, items: 30 })), 10);
  });

  test("of one endless list ends at the limit, without room for all of it", () => {
    const list = Array.from({ length: 200_000 }, (_, index) => `n${index}`).join(" ");
    assert.throws(
      () => catalogOf(`P:a\nV:1\nD:${list}\n\n`, { ...defaultLimits, items: 1000 }),
      /dependencies and provided names: 1002 is over the limit of 1000/,
    );
  });
});
