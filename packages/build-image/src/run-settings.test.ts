import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { readRunSettings, type RunSettingsOptions } from "./run-settings.ts";
import { withCode } from "./testing/bench.ts";

describe("exposed ports and health check", () => {
  test("are left out when nothing is said of them", () => {
    assert.deepEqual(readRunSettings({}), {});
    assert.deepEqual(readRunSettings({ exposedPorts: [], healthCheck: { command: "", interval: "" } }), {});
  });

  test("have docker's ports: tcp unless said, ranges one by one, sorted, each once", () => {
    const { ExposedPorts } = readRunSettings({ exposedPorts: ["8080", "53/udp", "5000-5002/TCP", "8080/tcp"] });
    assert.deepEqual(Object.keys(ExposedPorts ?? {}), ["5000/tcp", "5001/tcp", "5002/tcp", "53/udp", "8080/tcp"]);
  });

  const checks: readonly [RunSettingsOptions["healthCheck"] & object, unknown][] = [
    [{ command: "wget -q localhost || exit 1" }, { Test: ["CMD-SHELL", "wget -q localhost || exit 1"] }],
    [{ command: '["/bin/app", "--ready"]' }, { Test: ["CMD", "/bin/app", "--ready"] }],
    [{ command: "[ -f /ready ]" }, { Test: ["CMD-SHELL", "[ -f /ready ]"] }],
    [{ command: '["app", 1]' }, { Test: ["CMD-SHELL", '["app", 1]'] }],
    [{ command: "NONE" }, { Test: ["NONE"] }],
    [
      { command: "x", interval: "1m30s", timeout: "500ms", startPeriod: "1.5s", retries: 4 },
      { Test: ["CMD-SHELL", "x"], Interval: 90e9, Timeout: 5e8, StartPeriod: 15e8, Retries: 4 },
    ],
    [{ command: "x", retries: 0 }, { Test: ["CMD-SHELL", "x"] }],
  ];
  for (const [healthCheck, expected] of checks) {
    test(`of ${JSON.stringify(healthCheck)} become ${JSON.stringify(expected)}`, () => {
      assert.deepEqual(readRunSettings({ healthCheck }), { Healthcheck: expected });
    });
  }

  const wrong: readonly RunSettingsOptions[] = [
    ...["0", "65536", "http", "80/icmp", "90-80", "1-70000", "-1", "80/", "8080:80"].map((port) => {
      return { exposedPorts: [port] };
    }),
    ...["30", "1d", "-1s", "0s", "1us", "25h", "s", "1s 2s", "1e3s"].map((interval) => {
      return { healthCheck: { command: "x", interval } };
    }),
    { healthCheck: { timeout: "1s" } },
    { healthCheck: { retries: 2 } },
    { healthCheck: { command: "NONE", interval: "1s" } },
  ];
  for (const options of wrong) {
    test(`of ${JSON.stringify(options)} are refused`, () => {
      assert.throws(() => readRunSettings(options), withCode("IMAGE_SYNTAX"));
    });
  }
});
