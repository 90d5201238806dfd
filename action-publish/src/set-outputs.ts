import { setOutput } from "@apkmill/action-kit";
import type { PublishedImage } from "@apkmill/publish";

/** Tells later steps what was published; a dry run moved no tag. */
export function setOutputs(image: PublishedImage, verifyCommands: readonly string[], dryRun: boolean): void {
  const { digest, platforms, attestations, tags, blobs } = image;
  setOutput("digest", digest);
  setOutput("digests", Object.fromEntries(platforms.map(({ platform, digest: found }) => [platform, found])));
  setOutput(
    "bundle-paths",
    attestations.flatMap(({ bundle }) => (bundle === undefined ? [] : [bundle])),
  );
  setOutput("attestations", attestations);
  setOutput("pushed-tags", dryRun ? [] : tags);
  setOutput("verify-commands", verifyCommands.join("\n"));
  setOutput("bytes-uploaded", blobs.bytesUploaded);
}
