import { imageFile } from "./image-schema.ts";
import type { JsonSchema } from "./json-schema.ts";

/**
 * The JSON Schema of an image configuration, for editors: made from the tables that read one, so both say the same. What only YAML
 * has (merge keys, anchors) an editor resolves before it looks here.
 */
export function imageJsonSchema(): JsonSchema {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "apko image configuration",
    description: "What an image is made of, as apko and apkmill read it.",
    ...imageFile.schema?.(),
  };
}
