export interface Result {
  readonly contender: string;
  readonly filters: number;
  /** Matches per second of CPU time. */
  readonly perSecond: number;
}

export interface Figures {
  readonly command: string;
  readonly machine: string;
  /** Name and version of what was measured. */
  readonly versions: Readonly<Record<string, string>>;
  readonly results: readonly Result[];
}

const SIGNIFICANT_DIGITS = 3;
const TABLE = /(?<=<!-- figures: made by bench:matcher -->\n).*?(?=<!-- \/figures -->)/s;

function whole(value: number): string {
  return value.toLocaleString("en-US", { maximumSignificantDigits: SIGNIFICANT_DIGITS });
}

/** A Markdown table: one row for each number of filters, one column for each contender; below it how it was made. */
export function markdown({ command, machine, versions, results }: Figures): string {
  const names = [...new Set(results.map(({ contender }) => contender))];
  const counts = [...new Set(results.map(({ filters }) => filters))];
  const cell = (name: string, count: number) => {
    const found = results.find(({ contender, filters }) => contender === name && filters === count);
    return found === undefined ? "–" : whole(found.perSecond);
  };
  const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const lines = [
    row(["filters", ...names]),
    row([...names, ""].map(() => "---:")),
    ...counts.map((count) => row([count.toLocaleString("en-US"), ...names.map((name) => cell(name, count))])),
  ];
  const packages = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return `${lines.join("\n")}\n\nMatches per second of CPU time. ${machine}; ${packages.join(", ")}; \`${command}\`.\n`;
}

/** A page with its table of figures replaced; it has to have a place for one. */
export function withTable(page: string, table: string): string {
  if (!TABLE.test(page)) throw new Error("the page has no place for the figures");
  return page.replace(TABLE, () => `\n${table}\n`);
}
