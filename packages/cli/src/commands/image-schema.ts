import { imageJsonSchema } from "@apkmill/config";
import { defineCommand } from "../command.ts";

export const imageSchema = defineCommand({
  summary: "Prints the JSON Schema of image configurations, for editors that complete and check them.",
  positionals: "",
  arity: [0, 0],
  example: "apkmill image schema > apko.schema.json",
  options: {},
  run() {
    const schema = imageJsonSchema();
    return Promise.resolve({ json: schema, text: JSON.stringify(schema, undefined, 2) });
  },
});
