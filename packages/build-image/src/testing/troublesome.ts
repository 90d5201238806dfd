import { createHash } from "node:crypto";
import { device, directory, file, hardlink, symlink, type TestPackage, type TestRepository } from "./repository.ts";

/** A file's `security.capability`: CAP_NET_RAW, effective and permitted. */
export const capability = Buffer.from("0100000200200000000000000000000000000000", "hex");
const capable = { mode: 0o755, xattrs: new Map([["security.capability", capability]]) };

/** Packages that make trouble for whoever uses their data as layers, each in its own way. */
export const troublesome: readonly TestPackage[] = [
  {
    name: "layout",
    items: [
      directory("usr/lib"),
      symlink("lib", "usr/lib"),
      file("etc/passwd", "root:x:0:0:root:/root:/bin/sh\nkeeper:x:77:77:keeper:/srv/keeper:/bin/sh\n"),
      file("etc/group", "root:x:0:\nkeeper:x:77:\n"),
      directory("srv", { mode: 0o755 }),
      // Docker makes it where it is missing.
      directory("sys", { mode: 0o555 }),
    ],
  },
  {
    name: "crossing",
    control: { depends: ["layout"] },
    items: [
      file("lib/libcross.so", incompressible("crossing", 40_000)),
      file("lib/cross-ping", "ping", capable),
      hardlink("lib/cross-pong", "lib/cross-ping"),
    ],
  },
  {
    name: "owned",
    control: { depends: ["layout"] },
    items: [file("srv/owned", "x", { uname: "keeper", gname: "keeper", uid: 5, gid: 5 })],
  },
  {
    name: "before",
    items: [file("etc/shared.conf", "before"), file("etc/before", incompressible("before", 50_000))],
  },
  { name: "later", control: { replaces: ["before"], depends: ["before"] }, items: [file("etc/shared.conf", "later")] },
  {
    name: "linked",
    items: [
      file("usr/z-tool", incompressible("linked", 60_000), { mode: 0o4755 }),
      hardlink("usr/a-tool", "usr/z-tool"),
    ],
  },
  { name: "narrow", items: [directory("srv/both", { mode: 0o700, uid: 3, uname: "" }), file("srv/both/narrow")] },
  { name: "wide", items: [directory("srv/both", { mode: 0o777 }), file("srv/both/wide")] },
  { name: "deep", items: [file(`${"a-rather-long-name-of-a-directory/".repeat(12)}file`)] },
  { name: "capable", items: [file("usr/ping", "ping", capable)] },
  {
    name: "large-capable",
    // The link's own header says other than its file, as some packers write it; runtimes would apply it.
    items: [
      file("usr/large-ping", incompressible("ping", 30_000), capable),
      hardlink("usr/large-pong", "usr/large-ping"),
    ],
  },
  {
    name: "sticky",
    items: [
      directory("srv/sticky", { mode: 0o1777 }),
      directory("srv/group", { mode: 0o2775, gid: 77, gname: "" }),
      file("srv/group/suid", "s", { mode: 0o6711 }),
    ],
  },
  { name: "nodes", items: [device("srv/nodes/null", 1, 3), device("srv/nodes/high", 4, 300)] },
  { name: "unlisted", items: [file("usr/ü mlaut/naïve file"), symlink("usr/日本", "ü mlaut/naïve file")] },
  { name: "empty-directory", items: [directory("srv/empty", { mtime: 5 })] },
  ...Array.from({ length: 300 }, (_, index): TestPackage => ({
    name: `tiny-${String(index)}`,
    items: [file(`usr/tiny/${String(index)}`)],
  })),
];

/** An image of all of them, changed afterwards by its configuration. */
export function troublesomeImage({ path, key }: TestRepository): string {
  return `
contents:
  repositories: [${path}]
  keyring: [${key}]
  packages: [${troublesome.map(({ name }) => name).join(", ")}]
accounts: {users: [{username: app, uid: 1000}]}
paths:
  - {path: /usr/a-first, type: hardlink, source: /usr/z-tool}
  - {path: /usr/ping, type: permissions, permissions: 0o700}
  - {path: /etc/before, type: empty-file}
`;
}

/** Bytes that stay as long as they are when compressed; the same for the same seed. */
export function incompressible(seed: string, sizeBytes: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(sizeBytes / 64) }, (_, index) =>
    createHash("sha512")
      .update(`${seed} ${String(index)}`)
      .digest(),
  );
  return Buffer.concat(blocks).subarray(0, sizeBytes);
}
