import { archSpellings, parseArch } from "./architecture.ts";
import { key, list, mapOf, mapping, requiredKey } from "./collections.ts";
import type { DecodedBy, Decoder } from "./decoder.ts";
import {
  complainAboutArch,
  complainAboutFileName,
  complainAboutFormat,
  complainAboutLayering,
  complainAboutNothing,
  complainAboutRoot,
  fileName,
} from "./image-rules.ts";
import { withKeyPlaces } from "./key-places.ts";
import { boolean, checked, mapped, natural, oneOf, optional, placed, text, textBy } from "./scalars.ts";
import { section } from "./section.ts";

/**
 * The keys of an image configuration (apko's dialect), one table for each mapping. `packages` is strict about variables where
 * the dialect has any (a melange environment). Source: reference apko §1 to §1.7.
 */

const id = natural(0xffff_ffff);
const someText = checked(text, complainAboutNothing, { minLength: 1 });

/** A list that apko takes as the locations of repositories: a slash at the end carries no meaning. */
const repositories = mapped(list(text), (locations) => locations.map((location) => location.replace(/\/+$/, "")));

const namedContent = (
  what: string,
  name: string,
  content: string,
): Decoder<{ readonly name: string; readonly content: string }> =>
  mapping(what, {
    name: requiredKey("name", checked(text, complainAboutFileName, { pattern: fileName.source }), name),
    content: requiredKey("content", someText, content),
  });

const runtimeKey = namedContent(
  "a runtime key",
  "The key's file name in /etc/apk/keys, as the signature of the repository's index has it.",
  "The RSA public key in PEM.",
);

const baseImage = mapping("`baseimage`", {
  image: requiredKey("image", text, "The directory of an OCI layout."),
  apkIndex: key(
    "apkindex",
    text,
    "A directory that holds ARCH/APKINDEX: what the base image has installed, beside what its own database says.",
  ),
});

const contents = mapping("`contents`", {
  buildRepositories: key(
    "build_repositories",
    repositories,
    "Repositories that packages come from while the image is built; the image does not keep them.",
  ),
  runtimeRepositories: key(
    "runtime_repositories",
    repositories,
    "Repositories written to the image's /etc/apk/repositories; the build does not use them.",
  ),
  repositories: key(
    "repositories",
    repositories,
    "Repositories that packages come from, which the image keeps: a URL or a directory, after an optional `@tag`.",
  ),
  keyring: key(
    "keyring",
    list(text),
    "Public keys of the repositories, as URLs or files; the image has them in /etc/apk/keys.",
  ),
  runtimeKeyring: key(
    "runtime_keyring",
    list(placed(runtimeKey)),
    "Public keys for `apk` inside the image; the build does not trust them.",
  ),
  packages: key(
    "packages",
    list(textBy("expandStrictly")),
    "What to install, as apk's world has it: `name`, `name=1.2-r0`, `name>1.2`, `name~1.2`, `name@tag`, `!name`.",
  ),
  baseImage: key(
    "baseimage",
    section(optional(baseImage)),
    "An image to build upon (experimental). It says how the image runs: entrypoint, cmd, stop-signal, work-dir, accounts, environment, paths and annotations cannot stand beside it.",
  ),
});

const entrypoint = mapping("`entrypoint`", {
  type: key("type", text, "`service-bundle` runs the services under s6; anything else means nothing."),
  command: key("command", text, "The program and its arguments, in a shell's words."),
  shellFragment: key("shell-fragment", text, "A piece of shell for `/bin/sh -c`; it goes before the command."),
  services: key(
    "services",
    optional(mapOf(text)),
    "Commands of services by name, each written to /sv/NAME/run as an execline script.",
  ),
});

const user = mapping("a user", {
  userName: requiredKey("username", someText, "The user's name."),
  uid: requiredKey("uid", checked(id, complainAboutRoot, { minimum: 1 }), "The user's number, never 0."),
  gid: key("gid", optional(id), "The number of the user's group; left out, that of the user."),
  shell: key("shell", text, "The login shell; left out, /bin/sh."),
  homeDir: key("homedir", text, "The home directory, which is made; left out, /home/USERNAME."),
});

const group = mapping("a group", {
  groupName: requiredKey("groupname", someText, "The group's name."),
  gid: key("gid", id, "The group's number."),
  members: key("members", list(text), "Names of users."),
});

const accounts = mapping("`accounts`", {
  runAs: key("run-as", text, "The user that the image runs as: a name, a number or NUMBER:NUMBER."),
  users: key("users", list(user), "Users to add to /etc/passwd."),
  groups: key("groups", list(group), "Groups to add to /etc/group."),
});

const pathMutation = mapping("an entry of `paths`", {
  path: requiredKey("path", text, "The path in the image."),
  type: requiredKey(
    "type",
    oneOf(["directory", "empty-file", "hardlink", "symlink", "permissions"]),
    "What to make there; `permissions` changes what is there.",
  ),
  uid: key("uid", optional(id), "The owner's number."),
  gid: key("gid", optional(id), "The group's number."),
  permissions: key(
    "permissions",
    optional(id),
    "The mode, best written in octal (0o755), with the bits for setuid, setgid and sticky.",
  ),
  source: key("source", text, "What a link points at."),
  recursive: key("recursive", boolean, "Whether mode and owner are for everything below the path, too."),
});

const certificate = namedContent(
  "a certificate",
  "The start of the certificate's file name in /usr/local/share/ca-certificates.",
  "One certificate in PEM.",
);

const certificates = mapping("`certificates`", {
  additional: key("additional", list(certificate), "Authorities that programs in the image are to trust, too."),
  providers: key(
    "providers",
    list(text),
    "Names that packages with certificates of authorities provide; these certificates join the image's bundle.",
  ),
});

const layering = mapping("`layering`", {
  strategy: key("strategy", oneOf(["", "origin"]), "`origin` makes a layer of the packages built from one source."),
  budget: key("budget", natural(), "The largest number of layers of packages; one more holds the rest."),
});

const arch = mapped(checked(text, complainAboutArch, { enum: archSpellings }), (name) => parseArch(name) ?? name);

const fields = mapping("the image configuration", {
  contents: key("contents", contents, "What the image holds: packages, their repositories and keys."),
  entrypoint: key("entrypoint", entrypoint, "What the image runs."),
  cmd: key("cmd", text, "Arguments behind the entrypoint, in a shell's words."),
  stopSignal: key("stop-signal", text, "The signal that stops a container, such as SIGTERM."),
  workDir: key("work-dir", text, "The working directory of the image's program."),
  accounts: key("accounts", accounts, "Users, groups and the one to run as."),
  archs: key("archs", section(list(arch)), "Architectures to build for, in OCI's or apk's names; left out, all."),
  environment: key("environment", mapOf(text), "Environment variables of the image's program."),
  paths: key("paths", list(pathMutation), "Changes to the file tree, made in order once the packages are installed."),
  vcsUrl: key("vcs-url", text, "Where the configuration comes from, as URL@REVISION."),
  annotations: key("annotations", mapOf(text), "Annotations of manifests and index, and labels of the image."),
  include: key(
    "include",
    placed(text),
    "A configuration that this one adds to: its lists come first, its values hold where this one says nothing.",
  ),
  volumes: key("volumes", list(text), "Paths that a container runtime is to make volumes of."),
  layering: key("layering", section(optional(checked(layering, complainAboutLayering))), "How packages become layers."),
  format: key(
    "format",
    section(checked(text, complainAboutFormat, { enum: ["", "tar"] })),
    "The format of layers; tar is the one there is.",
  ),
  certificates: key("certificates", section(optional(certificates)), "Certificates of authorities to trust."),
});

/** An image configuration as one file says it, before includes, defaults and the rules that join several keys. */
export const imageFile = withKeyPlaces(fields);

/** What {@link imageFile} reads. */
export type ImageFile = DecodedBy<typeof imageFile>;
