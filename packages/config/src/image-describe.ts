import { printableLocation } from "@apkmill/apk";
import { compareBytes, redactUrl } from "@apkmill/core";
import type { ImageConfig, PathMutation } from "./image-config.ts";

type Json = Readonly<Record<string, unknown>>;

/**
 * An image configuration as a file that says the same: apko's key names in apko's order (reference apko Appendix C), names of maps
 * sorted, what is empty left out. Credentials in locations are left out, too; otherwise reading it gives the configuration back.
 */
export function describeImageConfig(image: ImageConfig): Json {
  const { layering, certificates } = image;
  return present({
    contents: describeContents(image.contents),
    entrypoint: describeEntrypoint(image.entrypoint),
    cmd: image.cmd,
    "stop-signal": image.stopSignal,
    "work-dir": image.workDir,
    accounts: describeAccounts(image.accounts),
    archs: image.archs,
    environment: sorted(image.environment),
    paths: image.paths.map(describePath),
    "vcs-url": redactUrl(image.vcsUrl),
    annotations: sorted(image.annotations),
    volumes: image.volumes,
    layering: layering && { strategy: layering.strategy, budget: layering.budget },
    certificates: certificates && present({ additional: certificates.additional, providers: certificates.providers }),
  });
}

function describeContents(contents: ImageConfig["contents"]): Json {
  const { baseImage } = contents;
  return present({
    build_repositories: contents.buildRepositories.map(printableLocation),
    runtime_repositories: contents.runtimeRepositories.map(printableLocation),
    repositories: contents.repositories.map(printableLocation),
    keyring: contents.keyring.map(redactUrl),
    runtime_keyring: contents.runtimeKeyring.map(({ name, content }) => ({ name, content })),
    packages: contents.packages,
    baseimage: baseImage && { image: baseImage.image, apkindex: baseImage.apkIndex },
  });
}

function describeEntrypoint({ type, command, shellFragment, services }: ImageConfig["entrypoint"]): Json {
  const isEmpty = type === "" && command === "" && shellFragment === "" && Object.keys(services).length === 0;
  return isEmpty ? {} : { type, command, "shell-fragment": shellFragment, services: sorted(services) };
}

function describeAccounts({ runAs, users, groups }: ImageConfig["accounts"]): Json {
  if (runAs === "" && users.length === 0 && groups.length === 0) return {};
  return {
    "run-as": runAs,
    users: users.map(({ userName, uid, gid, shell, homeDir }) => ({
      username: userName,
      uid,
      gid,
      shell,
      homedir: homeDir,
    })),
    groups: groups.map(({ groupName, gid, members }) => ({ groupname: groupName, gid, members })),
  };
}

function describePath({ path, type, uid, gid, permissions, source, recursive }: PathMutation): Json {
  return {
    path,
    type,
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
    ...(permissions === undefined ? {} : { permissions }),
    source,
    recursive,
  };
}

function sorted(record: Readonly<Record<string, string>>): Json {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => compareBytes(a, b)));
}

/** Without what is undefined, empty text or an empty collection. */
function present(fields: Json): Json {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => !isEmpty(value)));
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === "") return true;
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}
