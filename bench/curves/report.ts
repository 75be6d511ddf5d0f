import type { Result, Round } from "../compare/comparison.ts";
import { contentOf, type Documents } from "../compare/report.ts";
import type { Setting } from "../compare/setting.ts";
import { toSvg } from "./chart.ts";
import type { Curve } from "./curves.ts";
import { toMarkdown } from "./markdown.ts";

/** Everything, with every run; the points name their scenarios. */
function toJson(setting: Setting, curves: readonly Curve[], results: readonly Result[], rounds: readonly Round[]) {
  const named = curves.map(({ points, ...curve }) => ({
    ...curve,
    points: points.map(({ x, scenario }) => ({ x, scenario: scenario.id })),
  }));
  return `${JSON.stringify({ ...contentOf(setting, results, rounds), curves: named }, null, 2)}\n`;
}

/** @param name of the files, without folder and ending */
export async function documents(
  name: string,
  setting: Setting,
  curves: readonly Curve[],
  results: readonly Result[],
  rounds: readonly Round[],
): Promise<Documents> {
  const json = toJson(setting, curves, results, rounds);
  const isDrawn = results.some(({ figures }) => figures.perCpuSecond !== undefined);
  if (!isDrawn) return { md: toMarkdown(setting, curves, results, undefined), json };
  return {
    md: toMarkdown(setting, curves, results, `${name}.svg`),
    json,
    svg: await toSvg(setting, curves, results),
  };
}
