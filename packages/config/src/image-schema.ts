import { archNames, parseArch } from "./architecture.ts";
import { key, list, mapOf, mapping, requiredKey } from "./collections.ts";
import type { DecodedBy, Decoder } from "./decoder.ts";
import { boolean, checked, mapped, natural, oneOf, optional, text, textBy, type Complaint } from "./scalars.ts";

/**
 * The keys of an image configuration (apko's dialect), one table for each mapping. `packages` is strict about variables where
 * the dialect has any (a melange environment). Source: reference apko §1 to §1.7.
 */

const maximumId = 0xffff_ffff;
const id = natural(maximumId);
/** Names that become file names. */
const fileName = /^[a-zA-Z0-9_-]+[a-zA-Z0-9_.-]*$/;

/** A list that apko takes as the locations of repositories: a slash at the end carries no meaning. */
const repositories = mapped(list(text), (locations) => locations.map((location) => location.replace(/\/+$/, "")));

const namedContent = (what: string): Decoder<{ readonly name: string; readonly content: string }> =>
  mapping(what, {
    name: requiredKey("name", checked(text, complainAboutFileName)),
    content: requiredKey("content", text),
  });

const contents = mapping("`contents`", {
  buildRepositories: key("build_repositories", repositories),
  runtimeRepositories: key("runtime_repositories", repositories),
  repositories: key("repositories", repositories),
  keyring: key("keyring", list(text)),
  runtimeKeyring: key("runtime_keyring", list(namedContent("a runtime key"))),
  packages: key("packages", list(textBy("expandStrictly"))),
  baseImage: key(
    "baseimage",
    optional(mapping("`baseimage`", { image: requiredKey("image", text), apkIndex: requiredKey("apkindex", text) })),
  ),
});

const entrypoint = mapping("`entrypoint`", {
  type: key("type", text),
  command: key("command", text),
  shellFragment: key("shell-fragment", text),
  services: key("services", mapOf(text)),
});

const user = mapping("a user", {
  userName: requiredKey("username", text),
  uid: requiredKey("uid", checked(id, complainAboutRoot)),
  gid: key("gid", optional(id)),
  shell: key("shell", text),
  homeDir: key("homedir", text),
});

const group = mapping("a group", {
  groupName: requiredKey("groupname", text),
  gid: key("gid", id),
  members: key("members", list(text)),
});

const accounts = mapping("`accounts`", {
  runAs: key("run-as", text),
  users: key("users", list(user)),
  groups: key("groups", list(group)),
});

const pathMutation = mapping("a path", {
  path: requiredKey("path", text),
  type: requiredKey("type", oneOf(["directory", "empty-file", "hardlink", "symlink", "permissions"])),
  uid: key("uid", optional(id)),
  gid: key("gid", optional(id)),
  permissions: key("permissions", optional(mapped(id, (mode) => mode & 0o7777))),
  source: key("source", text),
  recursive: key("recursive", boolean),
});

const certificates = mapping("`certificates`", {
  additional: key("additional", list(namedContent("a certificate"))),
  providers: key("providers", list(text)),
});

/** An image configuration as one file says it, before includes, defaults and the rules that join several keys. */
export const imageFile = mapping("the image configuration", {
  contents: key("contents", contents),
  entrypoint: key("entrypoint", entrypoint),
  cmd: key("cmd", text),
  stopSignal: key("stop-signal", text),
  workDir: key("work-dir", text),
  accounts: key("accounts", accounts),
  archs: key("archs", list(mapped(checked(text, complainAboutArch), (arch) => parseArch(arch) ?? arch))),
  environment: key("environment", mapOf(text)),
  paths: key("paths", list(pathMutation)),
  vcsUrl: key("vcs-url", text),
  annotations: key("annotations", mapOf(text)),
  include: key("include", text),
  volumes: key("volumes", list(text)),
  layering: key(
    "layering",
    optional(
      mapping("`layering`", { strategy: key("strategy", oneOf(["", "origin"])), budget: key("budget", natural()) }),
    ),
  ),
  format: key("format", checked(text, complainAboutFormat)),
  certificates: key("certificates", optional(certificates)),
});

/** What {@link imageFile} reads. */
export type ImageFile = DecodedBy<typeof imageFile>;

function complainAboutFileName(name: string): Complaint | undefined {
  if (fileName.test(name)) return undefined;
  return {
    message: `the name \`${name}\` cannot be a file name`,
    hint: "use letters, digits, `_`, `-` and, not first, `.`",
  };
}

function complainAboutRoot(uid: number): Complaint | undefined {
  return uid === 0
    ? { message: "a user has UID 0", hint: "to run as root write `run-as: 0` instead of a user" }
    : undefined;
}

function complainAboutArch(arch: string): Complaint | undefined {
  if (parseArch(arch) !== undefined) return undefined;
  return { message: `unknown architecture \`${arch}\``, hint: `use one of ${archNames.join(", ")}` };
}

function complainAboutFormat(format: string): Complaint | undefined {
  if (format === "" || format === "tar") return undefined;
  return { message: `layers of format \`${format}\` are not made`, hint: "remove `format`, or write `format: tar`" };
}
