import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { CONTENDERS, type Contender } from "../../bench/matcher/contenders.ts";

const PAGE = readFileSync(new URL("../../docs/matcher.md", import.meta.url), "utf8");
const TITLES = "| filter | topic name | ";

function cellsOf(line: string): string[] {
  return line
    .split("|")
    .slice(1, -1)
    .map((cell) => cell.trim());
}

/** The table of docs/matcher.md: its titles, then its rows. */
function table(): string[][] {
  const text = PAGE.slice(PAGE.indexOf(TITLES)).split("\n\n", 1)[0] ?? "";
  return text
    .split("\n")
    .filter((line) => !line.startsWith("| ---"))
    .map(cellsOf);
}

function answer({ build }: Contender, filter: string, topic: string): string {
  try {
    return build([filter]).indexes(topic).length > 0 ? "yes" : "no";
  } catch {
    return "refused";
  }
}

describe("what docs/matcher.md says of other matchers", () => {
  const [titles = [], ...rows] = table();

  it("is a table of all that are measured", () => {
    expect(titles.slice(2)).toEqual(CONTENDERS.map(({ name }) => name));
    expect(rows.length).toBeGreaterThan(5);
  });

  it.each(rows)("is what they do: %s, %s", (filter = "", topic = "", ...said) => {
    const found = CONTENDERS.map((contender) => answer(contender, filter.slice(1, -1), topic.slice(1, -1)));
    const marked = found.map((each) => (each === found[0] ? each : `**${each}**`));
    expect(said).toEqual(marked);
  });
});
