import type { Place } from "./place.ts";
import type { Problems } from "./problems.ts";
import type { ImageConfig, UserAccount } from "./image-config.ts";
import type { ImageFile } from "./image-schema.ts";

/**
 * From what the files say to an image configuration: merging with an include, defaults, and the rules that join several keys.
 * Source: reference apko §1.1 to §1.6.
 */

/**
 * `own` over `base`, the file it includes: lists are joined (base first), maps merged by key (own wins), a scalar or section that
 * `own` leaves out comes from `base`. Other than in apko that holds for `vcs-url` too.
 */
export function mergeImageFiles(base: ImageFile, own: ImageFile): ImageFile {
  const layering = own.layering ?? base.layering;
  const certificates = own.certificates ?? base.certificates;
  return {
    contents: mergeContents(base.contents, own.contents),
    entrypoint: isEmptyEntrypoint(own.entrypoint) ? base.entrypoint : own.entrypoint,
    cmd: own.cmd || base.cmd,
    stopSignal: own.stopSignal || base.stopSignal,
    workDir: own.workDir || base.workDir,
    accounts: {
      runAs: own.accounts.runAs || base.accounts.runAs,
      users: [...base.accounts.users, ...own.accounts.users],
      groups: [...base.accounts.groups, ...own.accounts.groups],
    },
    archs: own.archs.length > 0 ? own.archs : base.archs,
    environment: { ...base.environment, ...own.environment },
    paths: [...base.paths, ...own.paths],
    vcsUrl: own.vcsUrl || base.vcsUrl,
    annotations: { ...base.annotations, ...own.annotations },
    include: "",
    volumes: [...base.volumes, ...own.volumes],
    format: own.format || base.format,
    ...(layering && { layering }),
    ...(certificates && { certificates }),
  };
}

function mergeContents(base: ImageFile["contents"], own: ImageFile["contents"]): ImageFile["contents"] {
  const baseImage = own.baseImage ?? base.baseImage;
  return {
    buildRepositories: [...base.buildRepositories, ...own.buildRepositories],
    runtimeRepositories: [...base.runtimeRepositories, ...own.runtimeRepositories],
    repositories: [...base.repositories, ...own.repositories],
    keyring: [...base.keyring, ...own.keyring],
    runtimeKeyring: [...base.runtimeKeyring, ...own.runtimeKeyring],
    packages: [...base.packages, ...own.packages],
    ...(baseImage && { baseImage }),
  };
}

/** The configuration with its defaults; what contradicts itself is reported at `place`. */
export function assembleImage(file: ImageFile, place: Place, problems: Problems): ImageConfig {
  reportContradictions(file, place, problems);
  const { layering, certificates } = file;
  return {
    contents: file.contents,
    entrypoint: file.entrypoint,
    cmd: file.cmd,
    stopSignal: file.stopSignal,
    workDir: file.workDir,
    accounts: { ...file.accounts, users: file.accounts.users.map(completeUser) },
    archs: file.archs,
    environment: file.environment,
    paths: file.paths,
    vcsUrl: file.vcsUrl,
    annotations: file.annotations,
    volumes: file.volumes,
    // `layering: {}` asks for nothing.
    ...(layering !== undefined && layering.strategy !== "" && { layering }),
    ...(certificates && { certificates }),
  };
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

function reportContradictions(file: ImageFile, place: Place, problems: Problems): void {
  const names = file.contents.runtimeKeyring.map((key) => key.name);
  for (const name of new Set(names.filter((each, index) => names.indexOf(each) !== index))) {
    problems.add(
      "CONFIG_BAD_VALUE",
      place,
      `two entries of \`runtime_keyring\` are named \`${name}\``,
      "give each key its own name",
    );
  }
  if (file.contents.baseImage !== undefined && addsToBase(file)) {
    const message = "an image on a `baseimage` takes its settings from there";
    problems.add("CONFIG_BAD_VALUE", place, message, "keep only contents, archs and include beside `baseimage`");
  }
}

function addsToBase(file: ImageFile): boolean {
  const { accounts } = file;
  return (
    !isEmptyEntrypoint(file.entrypoint) ||
    [file.cmd, file.stopSignal, file.workDir, accounts.runAs].some((value) => value !== "") ||
    [accounts.users, accounts.groups, file.paths].some((values) => values.length > 0) ||
    [file.environment, file.annotations].some((values) => Object.keys(values).length > 0)
  );
}

function isEmptyEntrypoint({ type, command, shellFragment, services }: ImageFile["entrypoint"]): boolean {
  return type === "" && command === "" && shellFragment === "" && Object.keys(services).length === 0;
}
