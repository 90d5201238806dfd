import { compareBytes, hexOf, type Digest } from "@apkmill/core";
import { organization } from "./actor.ts";
import { describeApk, type ApkFacts } from "./apk-part.ts";
import type { Actor, Bill, Part, Relation } from "./bill.ts";
import { describeContainer, type ContainerSubject } from "./container.ts";
import { dependencyPlaces } from "./dependencies.ts";
import { openIds, type TakeId } from "./element-ids.ts";
import { describeEmbedded, type EmbeddedParts, type InstalledParts } from "./embedded-parts.ts";
import { openLicenseRefs, type LicenseRefs } from "./license-refs.ts";
import type { OperatingSystem } from "./package-url.ts";
import { plainLine, plainName } from "./plain-text.ts";
import { downloadLocation } from "./web-address.ts";

export interface ImageBillRequest extends ContainerSubject {
  readonly createdEpoch: number;
  /** Who supplies the image; the distribution where nobody is named. */
  readonly vendor?: string | undefined;
  readonly system: OperatingSystem | undefined;
  readonly layers: readonly { readonly digest: Digest }[];
  readonly packages: readonly ApkFacts[];
  /** Where the image's own sources are. */
  readonly vcs?: { readonly url: string; readonly revision: string };
}

/** What the checksums of an installed package are of: it is in the image without the file that it came in. */
const comment =
  "Checksums of installed packages: SHA1 is that of the control section, by which an apk index names the package; " +
  "SHA256 is that of the data section, the datahash of its signed metadata. A package in apk's v3 format has neither; " +
  "SHA256 is then that of the data section that was written for it from its verified files.";

/** The bill of one platform's image: every package, whether or not it carries an SBOM of its own. Deterministic. */
export function describeImage(request: ImageBillRequest): Bill {
  const { system, createdEpoch, digest } = request;
  const context: Context = { takeId: openIds(), refs: openLicenseRefs(), system };
  const supplier = organization(request.vendor) ?? organization(system?.name);
  const root = describeContainer(request, supplier);
  context.takeId(root.id);
  const surroundings = describeSurroundings(request, supplier, context);
  const packages = describePackages(request.packages, root, context);
  return {
    name: `sbom-${digest}`,
    path: `image/${hexOf(digest)}`,
    createdEpoch,
    author: organization(request.vendor),
    comment,
    root,
    parts: [root, ...surroundings, ...packages.parts],
    relations: [...surroundings.map((part) => relateToImage(root, part)), ...packages.relations],
    licenses: context.refs.extracted(),
  };
}

interface Context {
  readonly takeId: TakeId;
  readonly refs: LicenseRefs;
  readonly system: OperatingSystem | undefined;
}

/** What an image has beside packages. */
function describeSurroundings(request: ImageBillRequest, supplier: Actor | undefined, { takeId }: Context): Part[] {
  const { layers, system, vcs } = request;
  return [
    ...layers.map((layer) => describeLayer(layer, request, supplier, takeId)),
    ...(system === undefined ? [] : [describeSystem(system, takeId)]),
    ...(vcs === undefined ? [] : [describeVcs(vcs, takeId)]),
  ];
}

/** It contains what is in it, and was made from its sources. */
function relateToImage(root: Part, { id, kind }: Part): Relation {
  return { from: root.id, type: kind === "source" ? "GENERATED_FROM" : "CONTAINS", to: id };
}

/** The packages by name, then what their own documents add. */
function describePackages(packages: readonly ApkFacts[], root: Part, context: Context): EmbeddedParts {
  const sorted = [...packages].sort(
    (a, b) => compareBytes(a.control.name, b.control.name) || compareBytes(a.control.version, b.control.version),
  );
  const apks = sorted.map((one) => describeApk(one, context));
  const installed = installedParts(apks);
  const added = sorted.flatMap(({ embedded }, at) => {
    const own = apks[at];
    return embedded === undefined || own === undefined
      ? []
      : [describeEmbedded(own, embedded, { ...context, installed })];
  });
  return {
    parts: [...apks, ...added.flatMap(({ parts }) => parts)],
    relations: [
      ...apks.map((apk) => relateToImage(root, apk)),
      ...relateDependencies(sorted, apks),
      ...added.flatMap(({ relations }) => relations),
    ],
  };
}

function describeLayer(
  { digest }: { readonly digest: Digest },
  { name, architecture }: ContainerSubject,
  supplier: Actor | undefined,
  takeId: TakeId,
): Part {
  return {
    id: takeId("Layer", hexOf(digest)),
    kind: "layer",
    name: digest,
    version: digest,
    supplier,
    description: `Layer of ${plainLine(name)} for ${architecture ?? "every platform"}`,
    checksums: [{ algorithm: "SHA256", value: hexOf(digest), of: "the layer as it is stored" }],
  };
}

/** The beginning of its id is what trivy finds it by. */
function describeSystem({ id, versionId, name }: OperatingSystem, takeId: TakeId): Part {
  return {
    id: takeId("OperatingSystem", id),
    kind: "system",
    name: plainName(id),
    version: plainLine(versionId),
    supplier: organization(name),
    description: plainLine(name),
  };
}

function describeVcs({ url, revision }: { readonly url: string; readonly revision: string }, takeId: TakeId): Part {
  const place = `git+${url.replace(/^git\+/, "")}@${revision}`;
  return {
    id: takeId("Source", url, revision),
    kind: "source",
    name: plainName(url),
    version: plainLine(revision),
    location: downloadLocation(place),
    sourceInfo: plainLine(place),
  };
}

/** Packages by what their package URLs say before the qualifiers. */
function installedParts(apks: readonly Part[]): InstalledParts {
  return new Map(apks.map(({ id, purl = "" }) => [purl.replace(/\?.*$/s, ""), id]));
}

function relateDependencies(packages: readonly ApkFacts[], apks: readonly Part[]): Relation[] {
  const ids = apks.map(({ id }) => id);
  return dependencyPlaces(packages.map(({ control }) => control)).flatMap((places, at) =>
    places.map((place): Relation => ({ from: ids[at] ?? "", type: "DEPENDS_ON", to: ids[place] ?? "" })),
  );
}
