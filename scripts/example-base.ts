import { join } from "node:path";
import { checkout } from "./checkout.ts";
import { makeBaseRepository } from "./demo/base-repository.ts";
import { demoKey, openDemoPorts } from "./demo/demo-ports.ts";

/** Makes the base repository of examples/hello below `out/base`, with its public key, as the example workflow's first step. */
const ports = await openDemoPorts();
const folder = join(checkout, "out", "base");
const { signing } = await demoKey(folder);
for (const arch of ["x86_64", "aarch64"] as const) await makeBaseRepository(ports, arch, folder, signing);
ports.http.close();
