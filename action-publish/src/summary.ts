import { code, codeBlock, formatSize, heading, table } from "@apkmill/action-kit";
import { predicateName, type PublishedAttestation, type PublishedImage } from "@apkmill/publish";

/** The job summary: what the tags point at, what is attested, and how anybody verifies it. */
export function describeSummary(image: PublishedImage, commands: readonly string[], dryRun: boolean): string[] {
  const { digest, tags, platforms, attestations, blobs } = image;
  return [
    heading(dryRun ? "Would publish" : "Published"),
    table(
      ["Tag", "Digest"],
      tags.map((tag) => [code(tag), code(digest)]),
    ),
    table(
      ["Platform", "Digest"],
      platforms.map((one) => [one.platform, code(one.digest)]),
    ),
    ...(attestations.length === 0 ? [] : [heading("Attestations"), attestationTable(attestations)]),
    `${formatSize(blobs.bytesUploaded)} uploaded.\n`,
    ...(commands.length === 0 ? [] : [heading("Verify"), codeBlock(commands)]),
  ];
}

function attestationTable(attestations: readonly PublishedAttestation[]): string {
  return table(
    ["Statement", "About", "Bundle"],
    attestations.map(({ predicateType, subject, digest }) => [
      predicateName(predicateType),
      code(subject),
      code(digest ?? ""),
    ]),
  );
}
