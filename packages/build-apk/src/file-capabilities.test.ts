import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeCapabilities, withCapabilities } from "./file-capabilities.ts";
import { fileEntry } from "./testing/entries.ts";

test("capabilities are encoded as the kernel reads them", () => {
  const hex = (add: Record<string, string>): string => encodeCapabilities(add).toString("hex");
  assert.equal(hex({ cap_net_raw: "+ep" }), "010000030020000000000000000000000000000000000000");
  assert.equal(hex({ cap_net_raw: "=p" }), "000000030020000000000000000000000000000000000000");
  assert.equal(hex({ "cap_net_raw,cap_net_admin": "+eip" }), "010000030030000000300000000000000000000000000000");
  assert.throws(() => hex({ cap_sys_ptrace: "+ep" }), { code: "BUILD_BAD_OUTPUT" });
});

test("a file gets its capabilities, and a path without a file is named", () => {
  const tree = { packageName: "ping", entries: [fileEntry("usr/bin/ping")] };
  const wanted = { path: "/usr/bin/ping", add: { cap_net_raw: "+ep" }, reason: "raw sockets" };
  assert.deepEqual([...(withCapabilities(tree, [wanted]).entries[0]?.xattrs.keys() ?? [])], ["security.capability"]);
  assert.throws(() => withCapabilities(tree, [{ ...wanted, path: "/bin/ping" }]), {
    code: "BUILD_BAD_OUTPUT",
    message: /bin\/ping/,
  });
});
