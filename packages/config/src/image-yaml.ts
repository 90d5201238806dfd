import { Document, isScalar, visit } from "yaml";
import type { ImageConfig } from "./image-config.ts";
import { describeImageConfig } from "./image-describe.ts";

/** {@link describeImageConfig} as YAML, in apko's layout but for `permissions`, which are octal. */
export function imageConfigToYaml(image: ImageConfig): string {
  const document = new Document(describeImageConfig(image), {
    aliasDuplicateObjects: false,
    compat: "yaml-1.1",
  });
  visit(document, {
    Pair: (_index, { key, value }) => {
      if (isScalar(key) && key.value === "permissions" && isScalar(value) && typeof value.value === "number")
        value.format = "OCT";
      // Unquoted it would merge what follows.
      if (isScalar(key) && key.value === "<<") key.type = "QUOTE_DOUBLE";
    },
    Scalar: (_index, scalar) => {
      // As a block its indentation would have to be told, which the library tells for another indentation than this one.
      if (typeof scalar.value === "string" && /^\s[^]*\n/.test(scalar.value)) scalar.type = "QUOTE_DOUBLE";
    },
  });
  return document.toString({ indent: 4, lineWidth: 0, singleQuote: null });
}
