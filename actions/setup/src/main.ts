import { listInput, notice, runAsRoot, runnerLogger, runStages, setOutput } from "@apkmill/action-kit";
import { toApkArch } from "@apkmill/apk";
import { setUpSandbox, shellText, thisHost } from "@apkmill/sandbox";

/** Makes the runner able to build and run for the architectures of the input. */
await runStages({
  main: async () => {
    const log = runnerLogger();
    const host = thisHost();
    const wanted = listInput("archs").map(toApkArch);
    const archs = [...new Set(wanted.length === 0 ? [host.arch] : wanted)];
    const done = await setUpSandbox({
      archs,
      host,
      runAsRoot,
      onStep: ({ reason, command }) => log.info(`${reason}: ${shellText(command)}`),
    });
    log.info(`ready for ${archs.join(", ")}`);
    if (done.length > 0) notice(`Set up for ${archs.join(", ")}: ${done.map(({ reason }) => reason).join(", ")}`);
    setOutput("archs", archs);
  },
});
