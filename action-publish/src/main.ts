import {
  flagInput,
  outputFolder,
  removeStepFolder,
  removeStore,
  runStages,
  stepFolder,
  withRunnerPorts,
  writeSummary,
} from "@apkmill/action-kit";
import { publishImage } from "@apkmill/publish";
import { readCredentials } from "./credentials.ts";
import { fetchLayout } from "./layout.ts";
import { describeBuild } from "./provenance.ts";
import { readRequest } from "./read-request.ts";
import { setOutputs } from "./set-outputs.ts";
import { describeSummary } from "./summary.ts";
import { describeVerification } from "./verify-commands.ts";

/** An OCI layout → a registry: pushed by digest, attested, read back and verified; the tags move last. */
await runStages({
  main: async () => {
    const credentials = readCredentials();
    const scratch = await stepFolder();
    const request = await readRequest(scratch);
    const layout = await fetchLayout(scratch);
    const bundleDir = await outputFolder("bundles");
    const { published, commands } = await withRunnerPorts(
      async (ports) => {
        const provenance = await describeBuild(ports, layout, request);
        const image = await publishImage(ports, { ...request, layout, provenance, credentials, bundleDir });
        for (const tag of image.tags)
          ports.log.info(`${request.dryRun ? "would tag" : "tagged"} ${tag} ${image.digest}`);
        return { published: image, commands: await describeVerification(ports, image, request) };
      },
      { mayIdentify: true },
    );
    setOutputs(published, commands, request.dryRun);
    if (flagInput("summary")) await writeSummary(describeSummary(published, commands, request.dryRun));
  },
  post: [removeStore, removeStepFolder],
});
