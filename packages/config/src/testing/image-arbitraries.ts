import fc from "fast-check";
import { archNames } from "../architecture.ts";
import type { ImageConfig } from "../image-config.ts";

const text = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 30 }),
  fc.constantFrom(
    "",
    "~",
    "null",
    "<<",
    "0755",
    "1e3",
    "yes",
    "a: b",
    "- a",
    "# a",
    " a ",
    "a\nb\n",
    "  a\n b\n",
    " \n\n\na",
    "a\n\n\n",
    "\n",
    "__proto__",
  ),
);
const someText = text.filter((value) => value !== "");
const texts = fc.array(text, { maxLength: 3 });
const record = fc.array(fc.tuple(text, text), { maxLength: 3 }).map((pairs) => Object.fromEntries(pairs));
const id = fc.nat(0xffff_ffff);
const fileName = fc.stringMatching(/^[a-zA-Z0-9_-][a-zA-Z0-9_.-]{0,9}$/);
const location = fc.stringMatching(/^(?:@[a-z]{1,5} )?(?:https:\/\/|\.\/)[a-z]{1,9}(?:\/[a-z0-9.]{0,3}[a-z])?$/);
const locations = fc.array(location, { maxLength: 3 });
const named = fc.record({ name: fileName, content: someText });
const given = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });

/** Any image configuration that a file can say; its locations hold no credentials. */
export const anyImage: fc.Arbitrary<ImageConfig> = fc
  .record({
    contents: fc.record({
      buildRepositories: locations,
      runtimeRepositories: locations,
      repositories: locations,
      keyring: locations,
      runtimeKeyring: fc.uniqueArray(named, { selector: ({ name }) => name, maxLength: 2 }),
      packages: texts,
    }),
    entrypoint: fc.record({ type: text, command: text, shellFragment: text, services: record }),
    cmd: text,
    stopSignal: text,
    workDir: text,
    accounts: fc.record({
      runAs: text,
      users: fc.array(
        fc.record({
          userName: someText,
          uid: id.map((uid) => Math.max(1, uid)),
          gid: id,
          shell: someText,
          homeDir: someText,
        }),
        { maxLength: 2 },
      ),
      groups: fc.array(fc.record({ groupName: someText, gid: id, members: texts }), { maxLength: 2 }),
    }),
    archs: fc.array(fc.constantFrom(...archNames), { maxLength: 3 }),
    environment: record,
    paths: fc.array(
      fc.record(
        {
          path: text,
          type: fc.constantFrom("directory", "empty-file", "hardlink", "symlink", "permissions"),
          uid: id,
          gid: id,
          permissions: fc.nat(0o7777),
          source: text,
          recursive: fc.boolean(),
        },
        { requiredKeys: ["path", "type", "source", "recursive"] },
      ),
      { maxLength: 2 },
    ),
    vcsUrl: location,
    annotations: record,
    volumes: texts,
    layering: given(fc.record({ strategy: fc.constant("origin"), budget: fc.nat() })),
    certificates: given(fc.record({ additional: fc.array(named, { minLength: 1, maxLength: 2 }), providers: texts })),
  })
  .map(({ layering, certificates, ...image }) =>
    // A copy has the prototype that a parser gives.
    structuredClone({ ...image, ...(layering && { layering }), ...(certificates && { certificates }) }),
  );
