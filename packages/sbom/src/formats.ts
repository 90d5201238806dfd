import type { Bill, DocumentLinks, WrittenBill } from "./bill.ts";
import { writeCycloneDx } from "./cyclonedx-document.ts";
import { writeSpdx } from "./spdx-document.ts";

/** The formats of SBOMs, by the names that users write. */
export const sbomFormats = ["spdx", "cyclonedx"] as const;

export type SbomFormat = (typeof sbomFormats)[number];

/** The bill as a file of that format. */
export function writeBill(format: SbomFormat, bill: Bill, links?: DocumentLinks): WrittenBill {
  return format === "spdx" ? writeSpdx(bill, links) : writeCycloneDx(bill, links);
}

/** The name of an SBOM file, of a platform by apk's name of its architecture, or of the `index` (reference apko §2.4). */
export function sbomFileName(subject: string, format: SbomFormat): string {
  return `sbom-${subject}.${format === "spdx" ? "spdx" : "cdx"}.json`;
}
