// For an older Node than the command line needs: hands over to the one that the repository brings.
// A file of its own, so that a start without this need does not pay for it.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

export function restartWithOwnNode(oldestMajor) {
  const own = fileURLToPath(new URL("../../../node_modules/.bin/node", import.meta.url));
  if (!existsSync(own)) {
    console.error(
      `apkmill needs Node ${oldestMajor}; this is ${process.version}. Run npm start or npm test once: they install it.`,
    );
    process.exit(1);
  }
  const { status } = spawnSync(own, process.argv.slice(1), { stdio: "inherit" });
  process.exitCode = status ?? 1;
}
