import { access } from "node:fs/promises";
import { constants } from "node:fs";
import { delimiter, join } from "node:path";
import { runCommand } from "./checkout.ts";
import { installPythonTools } from "./python-tools.ts";

/**
 * Programs of the host that the tests call, and the Debian packages that bring them. As root on a machine with apt they are
 * installed; otherwise the missing ones are named with the command that does it. What the product itself needs is the sandbox,
 * which `setUpSandbox` brings.
 */

const packageOf: Readonly<Record<string, string>> = {
  busybox: "busybox-static",
  bwrap: "bubblewrap",
  git: "git",
  patch: "patch",
  wget: "wget",
  "qemu-aarch64-static": "qemu-user-static",
  "update-binfmts": "binfmt-support",
  openssl: "openssl",
  skopeo: "skopeo",
  umoci: "umoci",
  dockerd: "docker.io",
  ctr: "containerd",
  "docker-registry": "docker-registry",
};

const testTools = Object.keys(packageOf);

/** True when `program` can be started. Also looks where Debian keeps what only root calls. */
async function isInstalled(program: string): Promise<boolean> {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  const found = await Promise.all(
    folders.map((folder) =>
      access(join(folder, program), constants.X_OK).then(
        () => true,
        () => false,
      ),
    ),
  );
  return found.includes(true);
}

/**
 * Installs what is missing, as root, with apt-get. Returns the programs that are still missing and the command that would bring
 * them: the caller decides whether it can go on without.
 */
async function installTools(
  programs: readonly string[],
  print: (line: string) => void,
): Promise<{ readonly missing: readonly string[]; readonly command: string }> {
  const missing = await filterMissing(programs);
  const command = `apt-get install --no-install-recommends ${[...new Set(missing.map((program) => packageOf[program] ?? program))].join(" ")}`;
  if (missing.length === 0 || process.getuid?.() !== 0 || !(await isInstalled("apt-get")))
    return { missing, command: `sudo ${command}` };
  print(`installing ${missing.join(", ")} …`);
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  // A machine that is set up without a policy would start the daemons that it installs; the tests start their own.
  await runCommand("apt-get", ["update", "-q"], env);
  const outcome = await runCommand("apt-get", [...command.split(" ").slice(1), "-y", "-q"], env);
  if (outcome.status !== 0) print(outcome.output.trimEnd());
  return { missing: await filterMissing(programs), command };
}

async function filterMissing(programs: readonly string[]): Promise<string[]> {
  const present = await Promise.all(programs.map(isInstalled));
  return programs.filter((_, index) => present[index] !== true);
}

/** Brings what the tests call. What cannot be brought is said here; the tests that need it are then skipped with that reason. */
export async function installTestTools({ full }: { readonly full: boolean }): Promise<void> {
  const { missing, command } = await installTools(testTools, (line) => {
    console.log(line);
  });
  if (missing.length > 0)
    console.log(`missing: ${missing.join(", ")}; tests that need them are skipped. To install: ${command}`);
  await installPythonTools(join(goToolFolder, "python"), (line) => {
    console.log(line);
  });
  if (full) await installGoTools();
}

/** Peers that no Debian package has, at pinned versions; `test:full` compares with them. */
const goTools: Readonly<Record<string, string>> = {
  act: "github.com/nektos/act@v0.2.89",
  cosign: "github.com/sigstore/cosign/v3/cmd/cosign@v3.1.3",
  crane: "github.com/google/go-containerregistry/cmd/crane@v0.22.1",
  syft: "github.com/anchore/syft/cmd/syft@v1.52.0",
};

/** Where `go install` puts the pinned peers. */
export const goToolFolder = join(
  process.env["XDG_CACHE_HOME"] ?? join(process.env["HOME"] ?? ".", ".cache"),
  "apkmill-peers",
);

async function installGoTools(): Promise<void> {
  if (!(await isInstalled("go"))) {
    console.log("missing: go; tests against act, cosign, crane and syft are skipped");
    return;
  }
  for (const [name, module] of Object.entries(goTools)) {
    if (
      await access(join(goToolFolder, name)).then(
        () => true,
        () => false,
      )
    )
      continue;
    console.log(`go install ${module} …`);
    const outcome = await runCommand("go", ["install", module], { GOBIN: goToolFolder });
    if (outcome.status !== 0) console.log(`${name} is not there: ${outcome.output.trimEnd().split("\n").at(-1) ?? ""}`);
  }
}
