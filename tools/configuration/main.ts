import { readFileSync, writeFileSync } from "node:fs";
import { schemaText } from "../../src/config-command/schema.ts";
import { renderPage } from "./page.ts";

/** Writes what is made of the schema: the tables of docs/configuration.md, and ternmq.schema.json. */

const PAGE = "docs/configuration.md";

writeFileSync(PAGE, renderPage(readFileSync(PAGE, "utf8")));
writeFileSync("ternmq.schema.json", schemaText());
