import {
  flagInput,
  removeStore,
  restoreStore,
  runStages,
  saveStore,
  secretInput,
  setOutput,
  storeKey,
  textInput,
  uploadFolder,
  withRunnerPorts,
  writeSummary,
} from "@apkmill/action-kit";
import { buildPackages } from "@apkmill/build-apk";
import { openBubblewrap } from "@apkmill/sandbox";
import { readRequest } from "./read-request.ts";
import { setOutputs } from "./set-outputs.ts";
import { chooseKey, writePublicKey } from "./signing.ts";
import { describeBuilt, describeSummary } from "./summary.ts";

/** melange YAML → packages and a signed index. The key is read first, so that nothing afterwards can find it in the environment. */
await runStages({
  main: async () => {
    const pem = secretInput("signing-key");
    const { options, cache, keyInput } = await readRequest();
    const key = await chooseKey(pem);
    const cacheHit = await restoreStore(cache, storeKey("apk", keyInput));
    const result = await withRunnerPorts(async (ports) => {
      const sandbox = openBubblewrap();
      const built = await buildPackages(
        { ...ports, sandbox },
        key === undefined ? options : { ...options, signingKey: key },
      );
      for (const warning of built.warnings) ports.log.warn(warning);
      for (const line of describeBuilt(built)) ports.log.info(line);
      return built;
    });
    setOutput("cache-hit", cacheHit);
    setOutput("public-key-path", key === undefined ? "" : await writePublicKey(key, options.outDir));
    setOutputs(options.outDir, result);
    const name = textInput("artifact-name");
    const artifact = name === "" ? undefined : await uploadFolder(name, options.outDir);
    setOutput("artifact-id", artifact?.id ?? "");
    setOutput("artifact-digest", artifact?.digest ?? "");
    if (flagInput("summary")) await writeSummary(describeSummary(result));
  },
  post: [saveStore, removeStore],
});
