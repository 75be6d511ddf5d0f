import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { chart } from "../../bench/matcher/chart.ts";
import { type Figures, markdown, withTable } from "../../bench/matcher/figures.ts";

const DOCS = new URL("../../docs/", import.meta.url);

function read(path: string): string {
  return readFileSync(new URL(path, DOCS), "utf8");
}

const FIGURES: Figures = JSON.parse(read("figures/matcher.json"));

describe("the figures of docs/matcher.md", () => {
  it("are those of docs/figures/matcher.json", () => {
    const page = read("matcher.md");
    expect(withTable(page, markdown(FIGURES))).toBe(page);
  });

  it("are drawn in docs/figures/matcher.svg", async () => {
    expect(await chart(FIGURES.results)).toBe(read("figures/matcher.svg"));
  });

  it("have no place in a page without the marks for it", () => {
    expect(() => withTable("# A page", "| |")).toThrow("no place");
  });
});
