import { probeSandbox, requireUsable, setUpSandbox, thisHost } from "@apkmill/sandbox";
import type { BaseArch } from "./demo/base-repository.ts";

/**
 * The architectures that this machine can build for, its own first. As root, what is missing is set up before; what cannot be is printed
 * with the command that would.
 * @throws SandboxError where not even its own programs can be run in a sandbox
 */
export async function prepareSandbox(print: (line: string) => void): Promise<BaseArch[]> {
  const own = thisHost().arch as BaseArch;
  const wanted = [own, ...(["x86_64", "aarch64"] as const).filter((arch) => arch !== own)];
  const usable: BaseArch[] = [];
  for (const arch of wanted) {
    if (process.getuid?.() === 0) {
      const onStep = ({ reason }: { readonly reason: string }): void => {
        print(reason);
      };
      // What did not help is told by the probe.
      await setUpSandbox({ archs: [arch], onStep }).catch(() => []);
    }
    const probe = await probeSandbox({ arch });
    if (probe.usable) usable.push(arch);
    else if (arch === own) requireUsable(probe);
    else print(`going on without ${arch}: ${probe.problem}\n${probe.hint}`);
  }
  return usable;
}
