import { median } from "../durability/table.ts";
import { FIGURES, type FigureName, type Figures } from "../load/figures.ts";
import { failed, type Run } from "../load/report.ts";
import type { Scenario } from "../load/scenarios.ts";

/** One round's runs: every scenario on every broker, once. */
export type Round = readonly Run[];

/** What the rounds gave for one figure. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

type Spreads = Readonly<Partial<Record<FigureName, Spread>>>;

/** What all rounds together say of one broker in one scenario. */
export interface Result {
  readonly scenario: Scenario;
  readonly broker: string;
  /** Rounds that gave figures. */
  readonly rounds: number;
  readonly figures: Spreads;
  /** Each figure divided by that of the peer in the same round; absent where the two have no round in common. */
  readonly ratios: Spreads;
  /** Why rounds gave no figures, each reason once. */
  readonly errors: readonly string[];
  /** What the broker lacks for the scenario, which was not run. */
  readonly notRun?: string;
}

const NAMES = Object.keys(FIGURES) as FigureName[];

/** Why a run has no figures that count. */
export function errorOf({ error, measured }: Run): string {
  return error ?? measured?.faults.join(", ") ?? "";
}

function spreadOf(values: readonly number[]): Spread {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}

/** The spread of each figure that any of the rounds has. */
function spreads(rounds: readonly Figures[]): Spreads {
  const valuesOf = (name: FigureName) => rounds.map((figures) => figures[name]).filter((value) => value !== undefined);
  const found = NAMES.map((name) => [name, valuesOf(name)] as const).filter(([, values]) => values.length > 0);
  return Object.fromEntries(found.map(([name, values]) => [name, spreadOf(values)]));
}

function quotients(figures: Figures, peer: Figures): Figures {
  const pairs = NAMES.map((name) => [name, (figures[name] ?? Number.NaN) / (peer[name] ?? Number.NaN)] as const);
  return Object.fromEntries(pairs.filter(([, value]) => Number.isFinite(value)));
}

/** The run's figures; none of a broker that failed, or that lost or repeated messages: it did not do the work. */
function figuresOf(run: Run | undefined): Figures {
  return run === undefined || failed(run) ? {} : (run.measured?.figures ?? {});
}

function compareIn(scenario: Scenario, broker: string, peer: string, rounds: readonly Round[]): Result {
  const runsOf = (name: string) =>
    rounds.map((round) => round.find((run) => run.scenario.id === scenario.id && run.broker === name));
  const runs = runsOf(broker).filter((run) => run !== undefined);
  const notRun = runs.find((run) => run.notRun !== undefined)?.notRun;
  const own = runsOf(broker).map(figuresOf);
  const peers = broker === peer ? [] : runsOf(peer).map(figuresOf);
  return {
    scenario,
    broker,
    rounds: runs.filter((run) => run.measured !== undefined && !failed(run)).length,
    figures: spreads(own),
    ratios: spreads(peers.map((figures, round) => quotients(own[round] ?? {}, figures))),
    errors: [...new Set(runs.filter(failed).map(errorOf))],
    ...(notRun === undefined ? {} : { notRun }),
  };
}

/**
 * What the rounds say of each scenario and broker, in the order of the first round.
 * @param peer the broker that the others are compared with
 */
export function compare(rounds: readonly Round[], peer: string): Result[] {
  return (rounds[0] ?? []).map(({ scenario, broker }) => compareIn(scenario, broker, peer, rounds));
}
