import assert from "node:assert/strict";
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { fetchPackage } from "./fetch-package.ts";
import { encodeIndex } from "./index-file.ts";
import { indexPackages } from "./index-packages.ts";
import { readPackageFile } from "./package-data.ts";
import { packageHeadReader } from "./package-file.ts";
import { openRepositories } from "./repositories.ts";
import { signPackage } from "./sign-files.ts";
import { brokenData } from "./testing/broken-data.ts";
import { brokenMembers } from "./testing/broken-members.ts";
import { isOrderly, outcomeOf } from "./testing/broken-row.ts";
import { temporaryFolder, testKey, testPorts } from "./testing/packages.ts";
import { shapePackage } from "./testing/raw-package.ts";
import { verifyPackageFile } from "./verify-package.ts";

const { key, keyring } = testKey();
const rows = [...brokenMembers(key), ...brokenData(key)];

test("the package that all rows start from is good", async (t) => {
  const path = join(await temporaryFolder(t), "good.apk");
  await writeFile(path, shapePackage(key));
  const { control, entries } = await verifyPackageFile(path, keyring);
  assert.deepEqual([control.name, entries.map((entry) => entry.path)], ["hello", ["usr", "usr/hello"]]);
});

/** What comes of fetching a package from a repository whose signed index vouches for it by its identity. */
async function fetchOutcome(t: TestContext, path: string, folder: string): Promise<string> {
  const records = await indexPackages([path]);
  await mkdir(join(folder, "x86_64"), { recursive: true });
  await copyFile(path, join(folder, "x86_64/hello-1.0-r0.apk"));
  await writeFile(join(folder, "x86_64/APKINDEX.tar.gz"), await encodeIndex(records, { keys: [key] }));
  const ports = await testPorts(t, folder);
  const [repository] = await openRepositories(ports, { locations: [folder], keyring, arch: "x86_64" });
  const [record] = records;
  if (repository === undefined || record === undefined) return "nothing to fetch";
  return outcomeOf(() => fetchPackage(ports, { record, repository }));
}

for (const { name, bytes, outcome } of rows) {
  test(`${name}: ${outcome}`, async (t) => {
    const folder = await temporaryFolder(t);
    const path = join(folder, "broken.apk");
    await writeFile(path, bytes());
    await copyFile(path, join(folder, "signed.apk"));
    const ports = await testPorts(t, folder);
    const began = performance.now();
    const outcomes = {
      verify: await outcomeOf(() => verifyPackageFile(path, keyring)),
      read: await outcomeOf(() => readPackageFile(ports, path, { keyring })),
      trust: await outcomeOf(() => readPackageFile(ports, path)),
      head: await outcomeOf(() => packageHeadReader()(path)),
      index: await outcomeOf(() => indexPackages([path], { keyring })),
      sign: await outcomeOf(() => signPackage(join(folder, "signed.apk"), key)),
    };
    assert.equal(outcomes.verify, outcome);
    assert.equal(outcomes.read, outcome);
    // What only signatures tell is not asked where the caller vouches for the file; what is cut or forged in it still is.
    const isAboutTrust = /_UNSIGNED|_SIGNER|_SIGNATURE/.test(outcome);
    if (!isAboutTrust) assert.equal(outcomes.trust, outcome);
    assert.equal(outcomes.sign, outcomes.trust);
    if (outcomes.head === "accepted") assert.equal(await fetchOutcome(t, path, join(folder, "fetch")), outcomes.trust);
    assert.ok(Object.values(outcomes).every(isOrderly), JSON.stringify(outcomes));
    assert.ok(performance.now() - began < 5000, "it takes less than five seconds");
    assert.deepEqual((await ports.store.verify()).damaged, []);
  });
}
