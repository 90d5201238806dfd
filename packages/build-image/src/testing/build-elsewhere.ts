import { join } from "node:path";
import { createHttpClient, defaultLimits, openStore, silentLogger } from "@apkmill/core";
import { buildImage } from "../build-image.ts";

/** Run by a test in a process of its own, in another environment: builds the image that its argument describes. */
const [, , argument = "{}"] = process.argv;
const { folder, config, tag } = JSON.parse(argument) as { folder: string; config: string; tag: string };
process.umask(0o077);
const ports = {
  http: createHttpClient({}),
  store: await openStore(join(folder, "store")),
  log: silentLogger,
  limits: defaultLimits,
  now: () => 1,
  env: {},
  signal: new AbortController().signal,
};
await buildImage(ports, { configPath: config, output: join(folder, "layout"), archs: ["x86_64"], tag });
