import type { ImageConfig, UserAccount } from "./image-config.ts";
import { isEmptyEntrypoint } from "./image-merge.ts";
import type { ImageFile } from "./image-schema.ts";
import type { Problems } from "./problems.ts";

/**
 * From what the files say together to an image configuration: defaults, and the rules that join several keys.
 * Source: reference apko §1.1 to §1.3.
 */

/** The package that supervises services, and the command that starts it. */
const supervisor = { package: "s6", command: "/bin/s6-svscan /sv" } as const;

/** The configuration with its defaults; what rules say against its values is reported where they stand. */
export function assembleImage(file: ImageFile, problems: Problems): ImageConfig {
  const { contents, layering, certificates, entrypoint, accounts } = file;
  for (const { complaints } of [file.archs, file.format, layering, certificates, contents.baseImage])
    problems.addAll(complaints);
  reportTwinKeys(contents.runtimeKeyring, problems);
  if (contents.baseImage.value !== undefined) reportBesideBase(file, problems);
  return {
    contents: assembleContents(contents),
    entrypoint: { ...entrypoint, services: entrypoint.services ?? {} },
    cmd: file.cmd,
    stopSignal: file.stopSignal,
    workDir: file.workDir,
    accounts: { ...accounts, users: accounts.users.map(completeUser) },
    archs: file.archs.value,
    environment: file.environment,
    paths: file.paths,
    vcsUrl: file.vcsUrl,
    annotations: file.annotations,
    volumes: file.volumes,
    // `layering: {}` and `certificates: {}` ask for nothing.
    ...(layering.value !== undefined && layering.value.strategy !== "" && { layering: layering.value }),
    ...(certificates.value && asksFor(certificates.value) && { certificates: certificates.value }),
  };
}

/** An image whose entrypoint runs services has what runs them; any other is as it was. */
export function withSupervisor(image: ImageConfig): ImageConfig {
  const { contents, entrypoint } = image;
  if (entrypoint.type !== "service-bundle") return image;
  const packages = [...new Set([...contents.packages, supervisor.package])];
  return {
    ...image,
    contents: { ...contents, packages },
    entrypoint: { ...entrypoint, command: supervisor.command },
  };
}

function assembleContents(contents: ImageFile["contents"]): ImageConfig["contents"] {
  const { runtimeKeyring, baseImage, ...rest } = contents;
  return {
    ...rest,
    runtimeKeyring: runtimeKeyring.map(({ value }) => value),
    ...(baseImage.value && { baseImage: baseImage.value }),
  };
}

function asksFor({ additional, providers }: NonNullable<ImageConfig["certificates"]>): boolean {
  return additional.length > 0 || providers.length > 0;
}

function completeUser(user: ImageFile["accounts"]["users"][number]): UserAccount {
  return {
    userName: user.userName,
    uid: user.uid,
    gid: user.gid ?? user.uid,
    shell: user.shell || "/bin/sh",
    homeDir: user.homeDir || `/home/${user.userName}`,
  };
}

function reportTwinKeys(keyring: ImageFile["contents"]["runtimeKeyring"], problems: Problems): void {
  const names = new Set<string>();
  for (const { value, place } of keyring) {
    const message = `two entries of \`runtime_keyring\` are named \`${value.name}\``;
    if (names.has(value.name) && place !== undefined)
      problems.add("CONFIG_BAD_VALUE", place, message, "give each key its own name");
    names.add(value.name);
  }
}

/** What would change an image that comes from elsewhere; apko takes none of it. */
function reportBesideBase(file: ImageFile, problems: Problems): void {
  const { accounts } = file;
  const said = {
    entrypoint: !isEmptyEntrypoint(file.entrypoint),
    cmd: file.cmd !== "",
    "stop-signal": file.stopSignal !== "",
    "work-dir": file.workDir !== "",
    accounts: accounts.runAs !== "" || accounts.users.length > 0 || accounts.groups.length > 0,
    environment: Object.keys(file.environment).length > 0,
    paths: file.paths.length > 0,
    annotations: Object.keys(file.annotations).length > 0,
  };
  for (const [name, isSaid] of Object.entries(said)) {
    const place = file.places[name];
    const message = `\`${name}\` cannot stand beside \`baseimage\`: the image on it takes its settings from there`;
    const hint = "remove it, or build this image without `baseimage`";
    if (isSaid && place !== undefined) problems.add("CONFIG_BAD_VALUE", place, message, hint);
  }
}
