import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { reasonOf } from "@apkmill/core";
import { probeSandbox } from "@apkmill/sandbox";
import { makeBaseRepository, type BaseArch } from "../../scripts/demo/base-repository.ts";
import { demoKey, openDemoPorts } from "../../scripts/demo/demo-ports.ts";
import type { Job } from "./run-action.ts";

/** The architectures that tests ask for; the second is emulated on most machines. */
const wanted: readonly BaseArch[] = ["x86_64", "aarch64"];

export interface Example {
  /** The architectures that this machine can build for. */
  readonly archs: readonly BaseArch[];
  /** Puts `hello/` (the example) and `base/` (its base repository) into a job's workspace, as a checkout would. */
  checkOut(job: Job): Promise<void>;
  dispose(): Promise<void>;
}

/** The example with its base repository, or the reason why it cannot be built here. */
export async function prepareExample(): Promise<Example | string> {
  const probes = await Promise.all(wanted.map((arch) => probeSandbox({ arch })));
  const archs = wanted.filter((_, index) => probes[index]?.usable);
  const [first] = probes;
  if (archs.length === 0) return `needs bubblewrap: ${first?.usable === false ? first.problem : "not usable"}`;
  const base = await mkdtemp(join(tmpdir(), "example-base-"));
  try {
    await makeBase(base, archs);
  } catch (error) {
    await rm(base, { recursive: true, force: true });
    return `needs Debian's busybox-static through apt: ${reasonOf(error).split("\n")[0] ?? ""}`;
  }
  const hello = fileURLToPath(new URL("../../examples/hello", import.meta.url));
  return {
    archs,
    checkOut: async ({ workspace }) => {
      await cp(hello, join(workspace, "hello"), { recursive: true });
      await cp(base, join(workspace, "base"), { recursive: true });
    },
    dispose: () => rm(base, { recursive: true, force: true }),
  };
}

/** Name of the public key in the base repository. */
export const baseKeyPath = "base/demo-protects-nothing.rsa.pub";

async function makeBase(folder: string, archs: readonly BaseArch[]): Promise<void> {
  const ports = await openDemoPorts();
  try {
    const { signing } = await demoKey(folder);
    for (const arch of archs) await makeBaseRepository(ports, arch, folder, signing);
  } finally {
    ports.http.close();
  }
}
