import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { redactUrl } from "@apkmill/core";
import { ApkError } from "./apk-error.ts";
import { Credentials, type FindAuthorization, noAuthorization } from "./credentials.ts";

/** Where a repository is: what the user wrote, taken apart. */
export interface Location {
  /** The first address, to print and to store: no tag, no credentials. */
  readonly text: string;
  readonly tag: string;
  readonly layout: RepositoryLayout;
  /** Where it can be had; the first is preferred, the others are mirrors of it. */
  readonly places: readonly Place[];
}

/**
 * What an address is (reference apk-formats A9). `v2`, `v3`: the folder above the architectures, each with its index
 * (`APKINDEX.tar.gz`, `Packages.adb`) and packages. `ndx`: the index itself, with the packages beside it.
 */
export type RepositoryLayout = "v2" | "v3" | "ndx";

/** A folder or URL without a trailing slash; the index file where the layout is `ndx`. */
export type Place =
  | { readonly kind: "folder"; readonly path: string }
  | { readonly kind: "http"; readonly url: string; readonly credentials: Credentials };

interface LocationParts {
  readonly keyword: RepositoryLayout | undefined;
  readonly tag: string;
  readonly addresses: readonly string[];
}

/**
 * A repository as options and an apko YAML name it: `[v2|v3|ndx ][@tag ]ADDRESS[|ADDRESS…]`, where an address is a path, a file:// or
 * an http(s):// URL, and those after a bar are mirrors of the first. An address that ends in `.adb` or `.tar.gz` is an index.
 * @throws ApkError REPOSITORY_LOCATION
 */
export function parseLocation(line: string, find: FindAuthorization = noAuthorization): Location {
  const { keyword, tag, addresses } = splitLocation(line);
  const parsed = addresses.map((address) => parseAddress(address, find));
  const [first] = parsed;
  if (first === undefined || parsed.some((address) => address === undefined)) throw notARepository(line);
  const isIndex = /\.(adb|tar\.gz)$/.test(first.text);
  return {
    text: first.text,
    tag,
    layout: keyword ?? (isIndex ? "ndx" : "v2"),
    places: parsed.flatMap((address) => address?.place ?? []),
  };
}

/**
 * The line of `etc/apk/repositories` for a location: its keyword, tag and first address, without what a build logs in with.
 * What cannot be parsed as a location stays as it is: runtime repositories are for apk to judge.
 */
export function repositoryLine(line: string): string {
  const { addresses, ...parts } = splitLocation(line);
  return formatLine(parts, addresses.slice(0, 1));
}

/** The line with all its addresses, without what they are read with: for printing, and for files that others get. */
export function printableLocation(line: string): string {
  const { addresses, ...parts } = splitLocation(line);
  return formatLine(parts, addresses);
}

function formatLine({ keyword, tag }: Omit<LocationParts, "addresses">, addresses: readonly string[]): string {
  const shown = addresses.map((address) => (/^[a-z][a-z0-9+.-]*:\/\//i.test(address) ? redactUrl(address) : address));
  return [keyword ?? "", tag === "" ? "" : `@${tag}`, shown.join("|")].filter((word) => word !== "").join(" ");
}

function splitLocation(line: string): LocationParts {
  const [, keyword, tag = "", target = ""] = /^(?:(v2|v3|ndx)\s+)?(?:@(\S+)\s+)?(\S.*)$/s.exec(line.trim()) ?? [];
  // A bar divides only before what looks like an address: a folder's name may hold one.
  const addresses = target.split(/\|(?=\s*(?:[a-z][a-z0-9+.-]*:\/\/|[./]))/i).map((address) => address.trim());
  return { keyword: toLayout(keyword), tag, addresses };
}

function toLayout(keyword: string | undefined): RepositoryLayout | undefined {
  return keyword === "v2" || keyword === "v3" || keyword === "ndx" ? keyword : undefined;
}

function parseAddress(
  address: string,
  find: FindAuthorization,
): { readonly text: string; readonly place: Place } | undefined {
  if (/^https?:\/\//i.test(address)) return parseUrl(address, find);
  const isFile = /^file:\/\//i.test(address);
  if (address === "" || address.startsWith("@") || (!isFile && /^[a-z][a-z0-9+.-]*:\/\//i.test(address)))
    return undefined;
  return { text: address, place: { kind: "folder", path: isFile ? pathOfUrl(address) : resolve(address) } };
}

function pathOfUrl(address: string): string {
  try {
    return resolve(fileURLToPath(address));
  } catch (cause) {
    throw new ApkError("REPOSITORY_LOCATION", `not the URL of a file here: ${address.slice(0, 200)}`, {
      cause,
      hint: "write file:///PATH",
    });
  }
}

function parseUrl(address: string, find: FindAuthorization): { readonly text: string; readonly place: Place } {
  const parsed = URL.parse(address);
  if (parsed === null) {
    // The text itself may hold a password in a place where no redaction finds it.
    throw new ApkError("REPOSITORY_LOCATION", "a repository URL cannot be read", { hint: "check its spelling" });
  }
  const url = `${parsed.origin}${parsed.pathname.replace(/\/+$/, "")}`;
  return { text: url, place: { kind: "http", url, credentials: new Credentials(parsed, find) } };
}

function notARepository(line: string): ApkError {
  return new ApkError("REPOSITORY_LOCATION", `not a repository: ${JSON.stringify(redactUrl(line).slice(0, 200))}`, {
    hint: "give a folder, a file:// URL or an http(s) URL, after an optional @tag",
  });
}
