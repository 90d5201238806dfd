import { rm } from "node:fs/promises";
import { join, relative } from "node:path";
import { toApkArch } from "@apkmill/apk";
import { buildPackages } from "@apkmill/build-apk";
import { buildImage, prepareRun, type BuiltImage } from "@apkmill/build-image";
import { formatError, type Ports } from "@apkmill/core";
import { startRegistry, startSigstore } from "@apkmill/dev-services";
import { openLayout } from "@apkmill/oci";
import { gatherProvenance, publishImage, verifyImage } from "@apkmill/publish";
import { openBubblewrap, type Sandbox } from "@apkmill/sandbox";
import { checkout } from "./checkout.ts";
import { makeBaseRepository, type BaseArch } from "./demo/base-repository.ts";
import { demoKey, openDemoPorts } from "./demo/demo-ports.ts";
import { formatSize, Steps } from "./demo/steps.ts";
import { prepareSandbox } from "./host-sandbox.ts";

/**
 * `npm start`: the whole factory on examples/hello, for real and without an account anywhere. A base repository made with our own
 * packer, packages built in a sandbox, an image for both architectures, published to a registry on loopback with signed SBOM
 * and provenance, verified from there, and run.
 */

const out = join(checkout, "out");
const example = join(checkout, "examples", "hello");
const identity = "https://github.com/example/factory/.github/workflows/build.yml@refs/heads/main";

async function main(): Promise<void> {
  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const)
    process.once(name, () => {
      stop.abort(new Error(name));
    });
  const ports = await openDemoPorts(stop.signal);
  const steps = new Steps();
  const sandbox = openBubblewrap();

  const archs = await steps.run(
    "prepare the sandbox",
    () =>
      prepareSandbox((line) => {
        console.log(line.replace(/^/gm, "  "));
      }),
    (found) => found.join(", "),
  );
  const { signing, publicPath } = await demoKey(join(out, "base"));
  const base = join(out, "base");
  await steps.run(
    "make the base repository",
    () => makeBase(ports, archs, base, signing),
    (made) => made,
  );
  const packages = join(out, "packages");
  const built = await steps.run(
    "build the packages",
    () =>
      buildPackages(
        { ...ports, sandbox },
        {
          configs: ["hello", "greeting"].map((name) => join(example, `${name}.melange.yaml`)),
          archs,
          outDir: packages,
          repositories: [base],
          keyring: [publicPath],
          signingKey: signing,
          namespace: "example",
          network: false,
        },
      ),
    (result) =>
      result.packages
        .map(
          ({ name, version, arch, sizeBytes, cached }) =>
            `${name}-${version} ${arch}  ${formatSize(sizeBytes)}${cached ? "  unchanged" : ""}`,
        )
        .join("\n"),
  );
  for (const warning of built.warnings) ports.log.debug(warning);
  const layout = join(out, "image");
  const image = await steps.run(
    "assemble the image",
    () => assemble(ports, archs, layout, base, packages, publicPath),
    describeImage,
  );
  const answers = await steps.run(
    "run it",
    () => runAll(ports, sandbox, archs, layout),
    (lines) => lines.join("\n"),
  );
  const reference = await publishAndVerify(ports, steps, image, layout, archs);
  report(steps, image, reference, answers);
  ports.http.close();
}

async function makeBase(
  ports: Ports,
  archs: readonly BaseArch[],
  folder: string,
  key: Parameters<typeof makeBaseRepository>[3],
): Promise<string> {
  const made = [];
  for (const arch of archs) if (await makeBaseRepository(ports, arch, folder, key)) made.push(arch);
  return made.length === 0 ? "was there" : `base-layout and busybox for ${made.join(", ")}`;
}

function assemble(
  ports: Ports,
  archs: readonly string[],
  layout: string,
  base: string,
  packages: string,
  key: string,
): Promise<BuiltImage> {
  return buildImage(ports, {
    configPath: join(example, "hello.apko.yaml"),
    tag: "hello:latest",
    output: layout,
    archs,
    buildRepositories: [base, packages],
    keyring: [key],
  });
}

function describeImage(image: BuiltImage): string {
  const rows = image.platforms.map(({ platform, layers, packages }) => {
    const sizeBytes = layers.reduce((sum, layer) => sum + (layer.sizeBytes ?? 0), 0);
    return `${platform}  ${packages.length} packages in ${layers.length} layers, ${formatSize(sizeBytes)}`;
  });
  return [image.digest ?? "", ...rows].join("\n");
}

async function runAll(ports: Ports, sandbox: Sandbox, archs: readonly string[], layout: string): Promise<string[]> {
  const answers: string[] = [];
  for (const arch of archs) {
    const prepared = await prepareRun(await openLayout(layout, ports.limits), { arch: toApkArch(arch) }, ports.limits);
    const lines: string[] = [];
    try {
      const { root, argv, env, workingDirectory, user } = prepared;
      const { exitCode } = await sandbox.run({
        root,
        argv,
        env,
        workingDirectory,
        user,
        ownersCount: true,
        onLine: (line) => lines.push(line),
        signal: ports.signal,
      });
      if (exitCode !== 0) throw new Error(`the image for ${arch} ended with ${exitCode}: ${lines.join(" ")}`);
      answers.push(...lines);
    } finally {
      await prepared.dispose();
    }
  }
  return answers;
}

async function publishAndVerify(
  ports: Ports,
  steps: Steps,
  image: BuiltImage,
  layout: string,
  archs: readonly string[],
): Promise<string> {
  // A fresh folder each time: every run shows a whole publication. `apkmill dev-services --folder DIR` keeps one.
  await rm(join(out, "services"), { recursive: true, force: true });
  const registry = await startRegistry({ directory: join(out, "services", "registry") });
  const services = await startSigstore({ folder: join(out, "services", "sigstore") });
  const reference = `${registry.host}/example/hello:latest`;
  try {
    const { fulcioUrl, rekorUrl, tsaUrl, trustRootPath: trustRoot, identityTokenPath: identityToken } = services;
    const signing = { fulcioUrl, rekorUrl, tsaUrl, trustRoot, identityToken };
    const provenance = await gatherProvenance(ports, {
      layout,
      parameters: { config: "examples/hello/hello.apko.yaml", archs },
      configPaths: [join(example, "hello.apko.yaml")],
      engineVersion: "demo",
    });
    const published = await steps.run(
      "publish, attest, verify, tag",
      () =>
        publishImage(ports, {
          layout,
          references: [reference],
          attest: ["sbom", "provenance"],
          sign: "auto",
          services: signing,
          provenance,
          bundleDir: join(out, "bundles"),
        }),
      ({ attestations, blobs, tags }) =>
        `${attestations.length} attestations, ${formatSize(blobs.bytesUploaded)} uploaded, ${tags.length} tag`,
    );
    const verified = await steps.run(
      "verify what the registry serves",
      () =>
        verifyImage(ports, {
          reference,
          policy: {
            certificateIdentity: identity,
            certificateOidcIssuer: services.oidcUrl,
            require: ["spdx", "provenance"],
          },
          trustRoot,
        }),
      ({ statements }) => `verified: ${statements.length} statements by ${identity}`,
    );
    if (verified.digest !== published.digest || verified.digest !== image.digest)
      throw new Error("the registry serves another image");
    return reference;
  } finally {
    await Promise.all([registry.close(), services.close()]);
  }
}

function report(steps: Steps, image: BuiltImage, reference: string, answers: readonly string[]): void {
  const path = (absolute: string): string => relative(process.cwd(), absolute) || ".";
  console.log(`\n${steps.format()}\n`);
  console.log(`the image says: ${answers.join(" / ")}`);
  console.log(`image ${image.digest ?? ""}`);
  console.log(`verified: published as ${reference}, attested, read back and checked\n`);
  console.log("to look further:");
  for (const command of [
    `npx apkmill image inspect ${path(join(out, "image"))}`,
    `npx apkmill image run ${path(join(out, "image"))} -- de`,
    `npx apkmill apk verify -k ${path(join(out, "base", "demo-protects-nothing.rsa.pub"))} ${path(join(out, "packages"))}/*/*.apk`,
    `npx apkmill dev-services  # a registry and sigstore that stay; then publish ${path(join(out, "image"))} to it`,
  ])
    console.log(`  ${command}`);
}

try {
  await main();
} catch (error) {
  console.error(formatError(error));
  process.exitCode = 1;
}
