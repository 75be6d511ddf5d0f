import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { schemaText } from "../../../src/config-command/schema.ts";
import { renderPage } from "../../../tools/configuration/page.ts";

const REMEDY = "run `npm run configuration`";

it("docs/configuration.md has every option, flag and directive of Mosquitto", () => {
  const page = readFileSync("docs/configuration.md", "utf8");
  expect(page, REMEDY).toBe(renderPage(page));
});

it("ternmq.schema.json is the schema", () => {
  expect(readFileSync("ternmq.schema.json", "utf8"), REMEDY).toBe(schemaText());
});
