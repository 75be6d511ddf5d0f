import type { Result } from "../compare/comparison.ts";
import { conditionLines, ratioText, settingLines, spreadText, table } from "../compare/markdown.ts";
import { methodText, PEER, type Setting } from "../compare/setting.ts";
import { FIGURES, type FigureName } from "../load/figures.ts";
import { type Curve, type Point, valueText } from "./curves.ts";

const SHOWN = ["perCpuSecond", "p50Micros", "p99Micros"] as const satisfies readonly FigureName[];
const UNIT = "msg";

function cell({ figures }: Result, name: FigureName): string {
  const spread = figures[name];
  return spread === undefined ? "" : spreadText(spread, FIGURES[name].text);
}

function figureCells(result: Result | undefined): string[] {
  if (result === undefined) return ["not run", "", ""];
  if (result.notRun !== undefined) return [`not run: ${result.notRun}`, "", ""];
  if (result.rounds === 0) return [`failed: ${result.errors.join("; ").replaceAll("\n", " ")}`, "", ""];
  return SHOWN.map((name) => cell(result, name));
}

function ratioCell(result: Result | undefined): string {
  const ratio = result?.ratios.perCpuSecond;
  return ratio === undefined ? "" : `${ratioText(ratio.median)} ×`;
}

function curveLines({ title, axis, points }: Curve, names: readonly string[], results: readonly Result[]): string[] {
  const others = names.includes(PEER) ? names.filter((name) => name !== PEER) : [];
  const resultOf = (point: Point, name: string) =>
    results.find(({ scenario, broker }) => scenario.id === point.scenario.id && broker === name);
  const head = [
    axis,
    ...names.flatMap((name) => SHOWN.map((figure) => `${name} ${FIGURES[figure].title(UNIT)}`)),
    ...others.map((name) => `${name} : ${PEER}`),
  ];
  const rows = points.map((point) => [
    valueText(point.x),
    ...names.flatMap((name) => figureCells(resultOf(point, name))),
    ...others.map((name) => ratioCell(resultOf(point, name))),
  ]);
  return ["", `## ${axis[0]?.toUpperCase()}${axis.slice(1)}: ${title}`, "", table(head, rows)];
}

/** A table for each curve. @param chart file name of the chart, as seen from the document; undefined: there is none */
export function toMarkdown(
  setting: Setting,
  curves: readonly Curve[],
  results: readonly Result[],
  chart: string | undefined,
): string {
  const names = setting.brokers.map(({ name }) => name);
  return `${[
    "# What a message costs, by what grows",
    "",
    ...(chart === undefined ? [] : [`![Deliveries per second of broker CPU, a panel for each curve](${chart})`, ""]),
    ...settingLines(setting),
    `- ${methodText(setting)}, each on a broker and with a load generator of its own`,
    "",
    ...conditionLines(setting),
    "",
    "msg/CPU s: deliveries to subscribers per second of broker CPU (user and system, all threads). Payloads are of 64 bytes where nothing else is told;",
    "of payloads above 4,096 bytes fewer than 64 are under way, 256 KiB of each publisher. With many under way latencies tell how long the queue is.",
    ...curves.flatMap((curve) => curveLines(curve, names, results)),
  ].join("\n")}\n`;
}
