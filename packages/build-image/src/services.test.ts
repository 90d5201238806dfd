import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseImageConfig } from "@apkmill/config";
import { defaultLimits } from "@apkmill/core";
import { addServices } from "./services.ts";
import { lineOf, textOf, treeOf } from "./testing/tree.ts";

describe("services of a configuration", () => {
  test("get a run script each, whatever the type of the entrypoint", () => {
    const tree = treeOf("bin/");
    const config = parseImageConfig('entrypoint: {services: {web: "httpd -f", db: "line one\\n  line two\\n"}}');
    addServices(tree, config, defaultLimits);
    assert.equal(lineOf(tree, "sv/web"), "directory 755 0:0");
    assert.equal(lineOf(tree, "sv/web/run"), "file 755 0:0");
    assert.equal(textOf(tree, "sv/web/run"), "#!/bin/execlineb\nhttpd -f\n");
    assert.equal(textOf(tree, "sv/db/run"), "#!/bin/execlineb\nline one\n  line two\n\n");
  });
});
