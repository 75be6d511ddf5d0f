import type { Scenario } from "../load/scenarios.ts";
import { isDrawn, toSvg } from "./chart.ts";
import type { Result, Round } from "./comparison.ts";
import { toMarkdown } from "./markdown.ts";
import type { Setting } from "./setting.ts";

function named<T extends { readonly scenario: Scenario }>({ scenario, ...rest }: T) {
  return { scenario: scenario.id, ...rest };
}

/** Everything, with every run of every round. */
export function contentOf(setting: Setting, results: readonly Result[], rounds: readonly Round[]): object {
  const scenarios = [...new Set(results.map(({ scenario }) => scenario))];
  const runs = rounds.map((round) => round.map(({ measured, ...run }) => named({ ...run, ...measured })));
  return { ...setting, scenarios, results: results.map(named), runs };
}

/** The texts of the files, by their ending. The chart is there if there is something to draw. */
export interface Documents {
  readonly md: string;
  readonly json: string;
  readonly svg?: string;
}

/** @param name of the files, without folder and ending */
export async function documents(
  name: string,
  setting: Setting,
  results: readonly Result[],
  rounds: readonly Round[],
): Promise<Documents> {
  const json = `${JSON.stringify(contentOf(setting, results, rounds), null, 2)}\n`;
  if (!results.some(isDrawn)) return { md: toMarkdown(setting, results, undefined), json };
  return { md: toMarkdown(setting, results, `${name}.svg`), json, svg: await toSvg(setting, results.filter(isDrawn)) };
}
