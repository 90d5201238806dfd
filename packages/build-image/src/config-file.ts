import type { ImageConfig } from "@apkmill/config";
import type { ImageConfigFile, Platform } from "@apkmill/oci";
import { compareBytes } from "@apkmill/core";
import type { WrittenLayer } from "./write-layer.ts";
import type { RunSettings } from "./run-settings.ts";
import { splitWords } from "./words.ts";

/** The image's configuration file (image-spec, config.md), in apko's form: reference apko §6.4. */
export function describeConfigFile(
  config: ImageConfig,
  {
    platform,
    user,
    layers,
    labels,
    created,
    runSettings,
  }: {
    readonly platform: Platform;
    readonly user: string;
    readonly layers: readonly (WrittenLayer & { readonly comment: string })[];
    readonly labels: Readonly<Record<string, string>>;
    /** RFC 3339. */
    readonly created: string;
    /** What options add. */
    readonly runSettings: RunSettings;
  },
): ImageConfigFile {
  const entrypoint = entrypointOf(config);
  const cmd = splitWords(config.cmd, "cmd");
  return {
    architecture: platform.architecture,
    author: "apkmill",
    created,
    history: layers.map(({ comment }) => ({ author: "apkmill", created, created_by: "apkmill", comment })),
    os: platform.os,
    rootfs: { type: "layers", diff_ids: layers.map(({ diffId }) => diffId) },
    config: {
      ...(cmd.length === 0 ? {} : { Cmd: cmd }),
      ...(entrypoint.length === 0 ? {} : { Entrypoint: entrypoint }),
      Env: environmentOf(config),
      ...(Object.keys(labels).length === 0 ? {} : { Labels: labels }),
      ...(user === "" ? {} : { User: user }),
      ...(config.volumes.length === 0
        ? {}
        : { Volumes: Object.fromEntries([...config.volumes].sort(compareBytes).map((path) => [path, {}])) }),
      ...(config.workDir === "" ? {} : { WorkingDir: config.workDir }),
      ...(config.stopSignal === "" ? {} : { StopSignal: config.stopSignal }),
      ...runSettings,
    },
    ...(platform.variant === undefined ? {} : { variant: platform.variant }),
  };
}

/** A shell fragment goes before a command. */
function entrypointOf(config: ImageConfig): string[] {
  const { shellFragment, command } = config.entrypoint;
  if (shellFragment !== "") return ["/bin/sh", "-c", shellFragment];
  return splitWords(command, "entrypoint.command");
}

function environmentOf({ environment }: ImageConfig): string[] {
  const defaults = {
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/bin:/usr/sbin:/sbin:/bin",
    SSL_CERT_FILE: "/etc/ssl/certs/ca-certificates.crt",
  };
  return Object.entries({ ...defaults, ...environment })
    .map(([name, value]) => `${name}=${value}`)
    .sort(compareBytes);
}
