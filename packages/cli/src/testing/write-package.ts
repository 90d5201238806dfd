import { join } from "node:path";
import {
  writePackage,
  type PackageControl,
  type PackageItem,
  type SigningKey,
  type WrittenPackage,
} from "@apkmill/apk";

const plain = {
  uid: 0,
  gid: 0,
  uname: "root",
  gname: "root",
  mtime: 1_700_000_000,
  xattrs: new Map<string, Uint8Array>(),
  pax: new Map<string, string>(),
};

function fileItem(path: string, content: Buffer, mode: number): PackageItem {
  return { entry: { ...plain, path, type: "file", mode, sizeBytes: content.length, linkPath: "" }, content };
}

const payload: readonly PackageItem[] = [
  { entry: { ...plain, path: "usr", type: "directory", mode: 0o755, sizeBytes: 0, linkPath: "" } },
  fileItem("usr/hello", Buffer.from("hello\n"), 0o4755),
  { entry: { ...plain, path: "usr/hi", type: "symlink", mode: 0o777, sizeBytes: 0, linkPath: "hello" } },
];

const control: PackageControl = {
  name: "hello",
  version: "1.0-r0",
  arch: "x86_64",
  description: "greets",
  url: "https://example.org",
  license: "MIT",
  origin: "hello",
  maintainer: "us",
  commit: "c0ffee",
  buildTime: 1_700_000_000,
  installedSizeBytes: 6,
  providerPriority: 3,
  depends: ["musl", "cmd:sh"],
  provides: ["cmd:hello=1.0-r0"],
  installIf: ["a", "b=1"],
  replaces: ["old"],
  replacesPriority: 2,
  triggers: ["/usr/share/*"],
  dataHash: "",
};

/** Writes a small package under the name that clients look for. */
export function writeHello(
  folder: string,
  changes: Partial<PackageControl> = {},
  { key, script = "#!/bin/sh -e\ntrue\n" }: { readonly key?: SigningKey; readonly script?: string } = {},
): Promise<WrittenPackage> {
  const said = { ...control, ...changes };
  return writePackage(join(folder, `${said.name}-${said.version}.apk`), {
    control: said,
    scripts: new Map([["post-install", Buffer.from(script)]]),
    extraControlFiles: new Map(),
    entries: payload,
    key,
    mtime: 1_700_000_000,
  });
}
