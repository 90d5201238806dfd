import assert from "node:assert/strict";
import { test } from "node:test";
import { formatCpe } from "./cpe.ts";

const cases: readonly [fields: Readonly<Record<string, string>>, version: string, cpe: string | undefined][] = [
  [{ vendor: "gnu", product: "bash" }, "5.2", "cpe:2.3:a:gnu:bash:5.2:*:*:*:*:*:*:*"],
  [
    {
      part: "o",
      vendor: "v",
      product: "p",
      edition: "e",
      language: "en-us",
      sw_edition: "s",
      target_sw: "t",
      target_hw: "h",
      other: "x",
    },
    "1",
    "cpe:2.3:o:v:p:1:*:e:en-us:s:t:h:x",
  ],
  [
    { vendor: "gnu", product: "libstdc++" },
    "1.0_git~1",
    String.raw`cpe:2.3:a:gnu:libstdc\+\+:1.0_git\~1:*:*:*:*:*:*:*`,
  ],
  [{ vendor: "gnu", product: "bash", language: "english" }, "5.2", undefined],
  [{ part: "a" }, "5.2", undefined],
  [{}, "5.2", undefined],
];

for (const [fields, version, cpe] of cases)
  test(`the CPE of version ${version} of ${JSON.stringify(fields)} is ${cpe ?? "none"}`, () => {
    assert.equal(formatCpe(fields, version), cpe);
  });
