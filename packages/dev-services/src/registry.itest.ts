import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { hasDistributionRegistry, startDistributionRegistry } from "./registry-distribution.ts";
import { startRegistry } from "./registry.ts";
import { registryCases, type Capability } from "./testing/registry-cases.ts";

interface Candidate {
  readonly name: string;
  readonly lacks: readonly Capability[];
  readonly skip: string | false;
  readonly start: (directory: string) => Promise<{ readonly url: string; close(): Promise<void> }>;
}

const candidates: readonly Candidate[] = [
  { name: "our registry in memory", lacks: [], skip: false, start: () => startRegistry() },
  { name: "our registry in a folder", lacks: [], skip: false, start: (directory) => startRegistry({ directory }) },
  {
    name: "our registry without the referrers API",
    lacks: ["referrers", "oci-subject"],
    skip: false,
    start: () => startRegistry({ referrersApi: false }),
  },
  {
    name: "Debian's docker-registry",
    // distribution 2.8.2, as measured: see each case's name for what it does not do.
    lacks: [
      "referrers",
      "oci-subject",
      "post-with-digest",
      "ordered-chunks",
      "if-match",
      "tag-pages",
      "tag-parameter",
      "tag-delete",
    ],
    skip: (await hasDistributionRegistry()) ? false : "needs the Debian package docker-registry",
    start: startDistributionRegistry,
  },
];

for (const { name, lacks, skip, start } of candidates) {
  describe(name, { skip }, () => {
    let directory = "";
    let registry: { readonly url: string; close(): Promise<void> } | undefined;
    before(async () => {
      directory = await mkdtemp(join(tmpdir(), "apkmill-registry-"));
      registry = await start(directory);
    });
    after(async () => {
      await registry?.close();
      await rm(directory, { recursive: true, force: true });
    });
    registryCases.forEach(({ name: sentence, needs, run }, index) => {
      const missing = needs !== undefined && lacks.includes(needs) ? `this registry has no ${needs}` : false;
      test(sentence, { skip: missing }, () =>
        run({ url: registry?.url ?? "", repository: `conformance/case-${String(index)}` }),
      );
    });
  });
}
