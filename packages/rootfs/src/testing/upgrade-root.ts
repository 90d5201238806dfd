import { join } from "node:path";
import { defaultLimits, openStore, silentLogger } from "@apkmill/core";
import { openRoot } from "../change/open-root.ts";
import { planChange } from "../change/plan-change.ts";
import { writeChange } from "../change/write-change.ts";
import { storeSecond } from "./upgrade-case.ts";
import { lays } from "./view-of.ts";

/** A process of its own that upgrades a root, for tests that kill it: `upgrade-root.ts ROOT FOLDER`. It says when it begins. */
const [root = "", folder = ""] = process.argv.slice(2);
const store = await openStore(join(folder, "store"));
const packages = [await storeSecond(store)];
const owners = process.getuid?.() === 0 ? "apply" : "skip";
const env = { PATH: process.env["PATH"] };
const ports = { store, signal: new AbortController().signal, env, limits: defaultLimits, log: silentLogger };
const opened = await openRoot(ports, root, { owners });
if (opened === undefined) throw new Error(`${root} is empty`);
process.stdout.write("begins\n");
const plan = planChange({
  ...opened,
  owners,
  changes: [lays(0)],
  packages,
  accountFiles: new Map(),
  world: ["foo"],
  arch: "x86_64",
});
await writeChange(ports, plan, packages, opened);
await opened.close();
