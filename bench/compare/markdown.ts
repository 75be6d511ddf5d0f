import { FIGURES, type FigureName } from "../load/figures.ts";
import { kindOf } from "../load/kinds/all.ts";
import type { Result, Spread } from "./comparison.ts";
import { methodText, type Setting, versionsText } from "./setting.ts";

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [row(head), row(head.map(() => "---")), ...rows.map(row)].join("\n");
}

function rangeText({ min, max }: Spread, text: (value: number) => string): string {
  return min === max ? "" : ` (${text(min)}–${text(max)})`;
}

export function spreadText(spread: Spread, text: (value: number) => string): string {
  return `${text(spread.median)}${rangeText(spread, text)}`;
}

export function ratioText(ratio: number): string {
  return ratio.toFixed(ratio < 10 ? 2 : 1);
}

/** The results of each scenario, one for each broker. */
function byScenario(results: readonly Result[]): Result[][] {
  const scenarios = [...new Set(results.map(({ scenario }) => scenario))];
  return scenarios.map((scenario) => results.filter((result) => result.scenario === scenario));
}

/** By what a scenario compares brokers, in the words of its table. */
function headlineText({ scenario }: Result): string {
  const { headline, unit } = kindOf(scenario);
  return `${FIGURES[headline].title(unit)}${FIGURES[headline].better === "less" ? ", less is better" : ""}`;
}

/** @param result undefined: the rounds ended before it */
function headlineCell(result: Result | undefined, all: number): string {
  if (result === undefined || result.notRun !== undefined) return "not run";
  const { scenario, figures, ratios, rounds } = result;
  const { headline } = kindOf(scenario);
  const figure = figures[headline];
  const ratio = ratios[headline];
  if (figure === undefined) return rounds === 0 ? "failed" : "too short to tell";
  const lines = [spreadText(figure, FIGURES[headline].text)];
  if (ratio !== undefined) lines.push(`**${ratioText(ratio.median)} ×**${rangeText(ratio, ratioText)}`);
  if (rounds < all) lines.push(`${rounds} of ${all} rounds`);
  return lines.join("<br>");
}

function summary({ brokers, rounds }: Setting, results: readonly Result[]): string {
  return table(
    ["scenario", "compared by", ...brokers.map(({ name }) => name)],
    byScenario(results).map((group) => [
      ...group.slice(0, 1).flatMap((result) => [result.scenario.title, headlineText(result)]),
      ...brokers.map(({ name }) =>
        headlineCell(
          group.find(({ broker }) => broker === name),
          rounds,
        ),
      ),
    ]),
  );
}

function figureCell({ figures, ratios }: Result, name: FigureName): string {
  const figure = figures[name];
  const ratio = ratios[name];
  if (figure === undefined) return "";
  const times = ratio === undefined || FIGURES[name].better === undefined ? "" : `<br>${ratioText(ratio.median)} ×`;
  return `${spreadText(figure, FIGURES[name].text)}${times}`;
}

/** All figures of a kind of scenarios, which have the same. */
function details(results: readonly Result[]): string[] {
  const kinds = [...new Set(results.map(({ scenario }) => scenario.kind))];
  return kinds.flatMap((kind) => {
    const rows = results.filter(({ scenario, rounds }) => scenario.kind === kind && rounds > 0);
    const [first] = rows;
    if (first === undefined) return [];
    const { columns, unit, legend } = kindOf(first.scenario);
    const head = ["scenario", "broker", ...columns.map((name) => FIGURES[name].title(unit))];
    const cells = (result: Result) => columns.map((name) => figureCell(result, name));
    return [
      "",
      legend,
      "",
      table(
        head,
        rows.map((result) => [result.scenario.title, result.broker, ...cells(result)]),
      ),
    ];
  });
}

/** A list under a title, of what is to be said of some of the results. */
function remarks(title: string, results: readonly Result[], of: (result: Result) => readonly string[]): string[] {
  const lines = results.flatMap((result) =>
    of(result).map((remark) => `- ${result.broker}, ${result.scenario.title}: ${remark.replaceAll("\n", " ")}`),
  );
  return lines.length === 0 ? [] : ["", `## ${title}`, "", ...lines];
}

/** Items of a list: who repeats the run needs them. */
export function settingLines(setting: Setting): string[] {
  const { command, date, machine, pinning, missing, interrupted } = setting;
  return [
    ...(interrupted === undefined ? [] : [`- **Interrupted**: ${interrupted}`]),
    `- Command: \`${command}\`, ${date}`,
    `- Machine: ${machine}; ${pinning}`,
    `- Versions: ${versionsText(setting)}${missing.length > 0 ? `; not on the machine: ${missing.join(", ")}` : ""}`,
  ];
}

export function conditionLines({ brokers }: Setting): string[] {
  return ["What each is run with:", "", ...brokers.map(({ name, conditions }) => `- ${name}: ${conditions}.`)];
}

/** @param chart file name of the chart, as seen from the document; undefined: there is none */
export function toMarkdown(setting: Setting, results: readonly Result[], chart: string | undefined): string {
  const { brokers, peer } = setting;
  const hasPeer = brokers.some(({ name }) => name === peer);
  return `${[
    "# ternmq beside other brokers",
    "",
    ...(chart === undefined ? [] : [`![Deliveries per second of broker CPU, by scenario and broker](${chart})`, ""]),
    ...settingLines(setting),
    `- ${methodText(setting)}. In each round a scenario runs on one broker after the other, each round another one is the first; each run`,
    "  has a broker and a load generator of its own.",
    "",
    ...conditionLines(setting),
    "",
    "## By what they are compared",
    "",
    "The median of the rounds, and their range.",
    ...(hasPeer ? [`In bold the ratio to ${peer}: the median of the ratios within each round, and their range.`] : []),
    "CPU s is user and system time of all processes and threads of the broker, msg are deliveries to subscribers.",
    "",
    summary(setting, results),
    "",
    "## All figures",
    "",
    `Medians and ranges${hasPeer ? `; below them the median of the ratios to ${peer}` : ""}.`,
    ...details(results),
    ...remarks("What was not run", results, ({ notRun }) => (notRun === undefined ? [] : [notRun])),
    ...remarks("What failed", results, ({ errors }) => errors),
  ].join("\n")}\n`;
}
