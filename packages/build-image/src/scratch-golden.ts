import { mkdirSync, linkSync, copyFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { generateKey, loadSigningKey, indexPackages, encodeIndex } from "@apkmill/apk";
import { createHttpClient, defaultLimits, openStore, silentLogger, type Ports } from "@apkmill/core";
import { buildImage, inspectImage } from "./index.ts";
const corpora = "/work/shared/corpora";
const work = "/tmp/apkmill-bi/golden";
const repo = join(work, "repo/x86_64");
mkdirSync(repo, { recursive: true });
try {
  readFileSync(join(repo, "APKINDEX.tar.gz"));
} catch {
  const put = (from: string, to: string) => {
    try {
      copyFileSync(from, join(repo, to));
    } catch (e) {
      console.log(e);
    }
  };
  for (const f of readdirSync(join(corpora, "alpine-3.19-x86_64/apks/x86_64")))
    if (f.endsWith(".apk")) put(join(corpora, "alpine-3.19-x86_64/apks/x86_64", f), f);
  for (const f of readdirSync(join(corpora, "alpine-3.19-x86_64/cache")))
    if (f.endsWith(".apk")) put(join(corpora, "alpine-3.19-x86_64/cache", f), f.replace(/\.[0-9a-f]{8}\.apk$/, ".apk"));
  const key = await generateKey(2048);
  writeFileSync(join(work, "k.rsa"), key.privatePem);
  writeFileSync(join(work, "k.rsa.pub"), key.publicPem);
  const records = await indexPackages(
    readdirSync(repo)
      .filter((f) => f.endsWith(".apk"))
      .map((f) => join(repo, f)),
    { arch: "x86_64" },
  );
  writeFileSync(
    join(repo, "APKINDEX.tar.gz"),
    await encodeIndex(records, { description: "x", keys: [await loadSigningKey(join(work, "k.rsa"))] }),
  );
}
const store = await openStore(join(work, "store"));
const ports: Ports = {
  http: createHttpClient({}),
  store,
  log: silentLogger,
  limits: defaultLimits,
  now: () => 0,
  env: { SOURCE_DATE_EPOCH: "1704067200" },
  signal: new AbortController().signal,
};
const golden = join(corpora, "golden/image");
for (const name of (process.argv[2] ?? "base,accounts,paths,include,repositories,certificates,layering").split(",")) {
  console.log("##", name);
  const cfgdir = join(work, "cfg");
  mkdirSync(cfgdir, { recursive: true });
  for (const f of readdirSync(golden))
    if (f.endsWith(".yaml"))
      writeFileSync(
        join(cfgdir, f),
        readFileSync(join(golden, f), "utf8")
          .replaceAll("@REPO@", join(work, "repo"))
          .replaceAll("@KEY@", join(work, "k.rsa.pub")),
      );
  process.chdir(cfgdir);
  try {
    await buildImage(ports, { configPath: `${name}.yaml`, output: join(work, "out", name), archs: ["x86_64"] });
    const seen = await inspectImage(join(work, "out", name), defaultLimits, { tree: true });
    const ours = new Map(
      (seen.platforms[0]?.tree ?? []).map((l) => {
        const [t, m, u, g, s, , sha, p, link] = l.split("\t");
        return [
          p!.slice(2),
          [
            t,
            m!.padStart(4, "0"),
            u,
            g,
            t === "f" ? s : t === "c" ? s : "0",
            (sha ?? "-").slice(0, 64),
            link || "-",
          ].join(" "),
        ];
      }),
    );
    const theirs = new Map<string, string>();
    for (const l of readFileSync(join(golden, `${name}.tree.tsv`), "utf8")
      .trim()
      .split("\n")) {
      const [, t, m, u, g, s, sha, p, link] = l.split("\t");
      theirs.set(p!, [t, m, u, g, s === "-" ? "0" : s, sha, link].join(" "));
    }
    for (const p of [...new Set([...ours.keys(), ...theirs.keys()])].sort()) {
      const a = ours.get(p),
        b = theirs.get(p);
      if (a !== b) console.log(p, "\n   ours  ", a, "\n   theirs", b);
    }
    const want = JSON.parse(readFileSync(join(golden, `${name}.json`), "utf8")).config_json;
    console.log("config ours  ", JSON.stringify(seen.platforms[0]!.config));
    console.log("config theirs", JSON.stringify(want.config));
  } catch (e) {
    console.log("ERR", e);
  }
}
