import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startApkRepository, startRegistry, startSigstore } from "@apkmill/dev-services";
import { defineCommand } from "../command.ts";

/** How often the identity token is written anew; it is valid for five minutes. */
const refreshMs = 120_000;

export const devServices = defineCommand({
  summary: "Runs a registry and sigstore on loopback until it is interrupted, to try everything without accounts.",
  positionals: "",
  arity: [0, 0],
  example: "apkmill dev-services --json",
  options: {
    folder: { kind: "text", value: "DIR", help: "where keys and the log are kept (default: a temporary directory)" },
    port: { kind: "number", value: "PORT", help: "port of the registry (default: a free one)" },
    repository: { kind: "text", value: "DIR", help: "also serve this directory of packages" },
  },
  async run({ signal }, { options }, announce) {
    const folder = options.folder ?? (await mkdtemp(join(tmpdir(), "apkmill-dev-")));
    const registry = await startRegistry({
      directory: join(folder, "registry"),
      ...(options.port === undefined ? {} : { port: options.port }),
    });
    const sigstore = await startSigstore({ folder: join(folder, "sigstore") });
    const repository = options.repository === undefined ? undefined : await startApkRepository(options.repository);
    const places = {
      registry: registry.host,
      fulcio: sigstore.fulcioUrl,
      rekor: sigstore.rekorUrl,
      tsa: sigstore.tsaUrl,
      oidc: sigstore.oidcUrl,
      trustRoot: sigstore.trustRootPath,
      identityToken: sigstore.identityTokenPath,
      ...(repository === undefined ? {} : { repository: repository.url }),
    };
    announce({
      json: places,
      text: Object.entries(places)
        .map(([name, place]) => `${name.padEnd(13)} ${place}`)
        .join("\n"),
    });
    const refresh = setInterval(() => void sigstore.refreshToken(), refreshMs);
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else
        signal.addEventListener(
          "abort",
          () => {
            resolve();
          },
          { once: true },
        );
    });
    clearInterval(refresh);
    await Promise.all([registry.close(), sigstore.close(), repository?.close()]);
    return undefined;
  },
});
