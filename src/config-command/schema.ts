import { publishedJsonSchema } from "../config/schema/config.ts";

/** As in the package's `ternmq.schema.json`. */
export function schemaText(): string {
  return `${JSON.stringify(publishedJsonSchema(), null, 2)}\n`;
}
