import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { maskedForms } from "./secrets.ts";

const pem =
  "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\nq83vEjRWeJCrze8S\nNFZ4\n-----END RSA PRIVATE KEY-----\n";

test("a key is masked line by line and as one body, without its frame and its last few characters", () => {
  assert.deepEqual(maskedForms(pem), ["MIIEpAIBAAKCAQEA", "q83vEjRWeJCrze8S", "MIIEpAIBAAKCAQEAq83vEjRWeJCrze8SNFZ4"]);
  assert.deepEqual(maskedForms(pem.replaceAll("\n", "\r\n")), maskedForms(pem));
});

test("a text that is no key is masked line by line; nothing is masked of nothing", () => {
  assert.deepEqual(maskedForms("hunter2-hunter2\nx\n"), ["hunter2-hunter2"]);
  assert.deepEqual(maskedForms(""), []);
});

test("reading a secret takes it out of the environment that children inherit", () => {
  const script = `
    import { execFileSync } from "node:child_process";
    const { secretInput } = await import(${JSON.stringify(new URL("secrets.ts", import.meta.url).href)});
    const read = secretInput("signing-key");
    const child = execFileSync(process.execPath, ["-p", "JSON.stringify(process.env)"], { encoding: "utf8" });
    console.log(JSON.stringify({ read, leaked: child.includes(read) }));
  `;
  const output = execFileSync(process.execPath, ["--input-type=module", "-e", script], {
    encoding: "utf8",
    env: { PATH: process.env["PATH"], "INPUT_SIGNING-KEY": "a secret value" },
  });
  assert.match(output, /^::add-mask::a secret value$/m);
  assert.match(output, /^\{"read":"a secret value","leaked":false\}$/m);
});
