import { createHttpClient, defaultLimits, openStore, silentLogger } from "@apkmill/core";
import { fetchPackages } from "../fetch-package.ts";
import { loadKeyring } from "../keyring.ts";
import { openRepositories } from "../repositories.ts";

/** A process that fetches everything which a repository lists. Usage: fetch-all.ts URL STORE PUBLIC-KEY; says how many there are. */
const [url = "", storeFolder = "", keyFile = ""] = process.argv.slice(2);
const http = createHttpClient();
const ports = {
  http,
  store: await openStore(storeFolder),
  log: silentLogger,
  limits: defaultLimits,
  env: {},
  signal: new AbortController().signal,
};
const keyring = await loadKeyring(ports, [keyFile]);
const [repository] = await openRepositories(ports, { locations: [url], keyring, arch: "x86_64" });
if (repository === undefined) throw new Error("no repository");
const stored = await fetchPackages(
  ports,
  repository.records.map((record) => ({ record, repository })),
);
http.close();
console.log(String(stored.length));
