import assert from "node:assert/strict";
import { cpSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { checkout } from "../../scripts/checkout.ts";
import { apkmillJson, type RunOptions } from "./apkmill.ts";
import { baseRepository } from "./hello.ts";
import { needs, program, temporaryDirectory } from "./surroundings.ts";

test(
  "packages and indexes are the same, byte for byte, whatever the umask, time zone, language, number of cores and directory",
  { skip: needs(program("bwrap")) },
  async () => {
    const folder = temporaryDirectory();
    const base = await baseRepository(folder);
    const key = join(folder, "test.rsa");
    await apkmillJson(["apk", "keygen", "--key-size", "2048", key]);

    async function build(name: string, options: RunOptions): Promise<Map<string, string>> {
      const source = join(folder, name, "deeper", "source");
      cpSync(join(checkout, "examples", "hello"), source, { recursive: true });
      const out = join(folder, name, "packages");
      const configs = ["hello", "greeting"].map((config) => join(source, `${config}.melange.yaml`));
      const sources = ["-r", base.path, "-k", base.key, "--signing-key", key];
      const env = { ...options.env, XDG_CACHE_HOME: join(folder, name, "cache") };
      await apkmillJson(["apk", "build", "--arch", "x86_64", ...sources, "--out-dir", out, ...configs], {
        ...options,
        env,
      });
      return new Map(
        readdirSync(join(out, "x86_64")).map((file) => [
          file,
          readFileSync(join(out, "x86_64", file)).toString("base64"),
        ]),
      );
    }

    const first = await build("first", { env: { TZ: "Asia/Tokyo", LANG: "tr_TR.UTF-8" } });
    const wrapper = ["sh", "-c", 'umask 077; exec taskset -c 0 "$@"', "sh"];
    const second = await build("second", { env: { TZ: "America/Lima", LANG: "C" }, cwd: folder, wrapper });
    assert.equal(first.size, 4);
    assert.deepEqual([...first].sort(), [...second].sort());
  },
);
