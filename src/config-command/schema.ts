import { configJsonSchema } from "../config/schema/config.ts";

export function printSchema(): void {
  process.stdout.write(`${JSON.stringify(configJsonSchema(), null, 2)}\n`);
}
