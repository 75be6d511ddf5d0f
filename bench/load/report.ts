import { cpus, release, totalmem } from "node:os";
import { FIGURES, type FigureName, type Figures } from "./figures.ts";
import type { Measurement } from "./job.ts";
import { kindOf } from "./kinds/all.ts";
import type { Scenario } from "./scenarios.ts";

/** One scenario on one broker; `error` or `notRun` stand in the place of the figures when there are none. */
export interface Run {
  readonly scenario: Scenario;
  readonly broker: string;
  readonly measured?: Measurement;
  readonly error?: string;
  /** What the broker lacks for it. */
  readonly notRun?: string;
}

/** What a reader needs to repeat the run. */
export interface Setting {
  readonly command: string;
  readonly machine: string;
  readonly node: string;
  /** The version by name, or that there is none; what is known of a target. */
  readonly brokers: Readonly<Record<string, string>>;
  readonly pinning: string;
  readonly generators: number;
  readonly warmupSeconds: number;
  readonly seconds: number;
  /** Whether the figures of the broker's process can be had. */
  readonly hasProcess: boolean;
}

const SCENARIO_WIDTH = 53;
const BROKER_WIDTH = 11;
const RATIO_WIDTH = 9;

const LEGEND = `MQTT 3.1.1. CPU s = user and system time of all threads of the broker; RSS = its memory at the end, peak = over the life of its
process; load gen = CPU of the load generator, 100 % being one core (near 100 % for each of its threads: the figures are its limit, not the broker's;
an open loop is always near 100 %); ratio = the figure by which brokers are compared, to that of the first one.`;

const NO_PROCESS =
  "CPU and memory of the broker are not known: they come from /proc of its process on this machine, which only Linux has.";

function columnsOf(scenario: Scenario, hasProcess: boolean): FigureName[] {
  return kindOf(scenario).columns.filter((name) => hasProcess || FIGURES[name].isOfProcess !== true);
}

function cell(name: FigureName, figures: Figures): string {
  const { text, width } = FIGURES[name];
  const value = figures[name];
  return (value === undefined ? "-" : text(value)).padStart(width);
}

function ratio({ scenario, measured }: Run, peer: Run | undefined): string {
  const { headline } = kindOf(scenario);
  const own = measured?.figures[headline];
  const other = peer?.measured?.figures[headline];
  return own === undefined || other === undefined ? "" : `${(own / other).toFixed(2)} x`;
}

/** The last column, which is there where that by which brokers are compared is. */
function ratioCell(text: string, hasProcess: boolean): string {
  return hasProcess ? text.padStart(RATIO_WIDTH) : "";
}

/** A title that is longer than its column moves the rest of the line. */
function startOf(title: string, broker: string): string {
  return `${title.padEnd(SCENARIO_WIDTH)} ${broker.padEnd(BROKER_WIDTH)}`;
}

/** How to read the rows of the scenario's kind, and their titles. */
export function tableHead(scenario: Scenario, hasProcess: boolean): string {
  const { unit, legend } = kindOf(scenario);
  const titles = columnsOf(scenario, hasProcess).map((name) => FIGURES[name].title(unit).padStart(FIGURES[name].width));
  const start = startOf("scenario", "broker");
  const head = `${start}${titles.join("")}${ratioCell("ratio", hasProcess)}`;
  return `${legend}\n\n${head}\n${"-".repeat(head.length)}`;
}

/** `peer`: the run of the same scenario that this one is compared with. */
export function tableRow(run: Run, peer: Run | undefined, hasProcess: boolean): string {
  const { scenario, broker, measured, error } = run;
  const start = startOf(scenario.title, broker);
  if (measured === undefined) return `${start}  failed: ${error}`;
  const figures = columnsOf(scenario, hasProcess).map((name) => cell(name, measured.figures));
  const faults = measured.faults.length > 0 ? `  FAULT: ${measured.faults.join(", ")}` : "";
  return `${start}${figures.join("")}${ratioCell(ratio(run, peer), hasProcess)}${faults}`;
}

export function failed({ error, measured }: Run): boolean {
  return error !== undefined || (measured?.faults.length ?? 0) > 0;
}

export function machineText(): string {
  const cores = cpus();
  const memory = Math.round(totalmem() / 1e6).toLocaleString("en-US");
  const system = process.platform === "linux" ? "Linux" : process.platform;
  return `${cores.length} x ${cores[0]?.model ?? "unknown CPU"}, ${memory} MB, ${system} ${release()}`;
}

export function settingText(setting: Setting): string {
  const { seconds, warmupSeconds, generators } = setting;
  const versions = Object.entries(setting.brokers).map(([name, version]) => `${name} ${version}`);
  const threads = generators === 1 ? "1 thread" : `up to ${generators} threads`;
  return [
    `command   ${setting.command}`,
    `machine   ${setting.machine}`,
    `versions  ${[...versions, `Node.js ${setting.node}`].join(", ")}`,
    `pinning   ${setting.pinning}`,
    `window    ${seconds} s after ${warmupSeconds} s of warm-up, where a scenario goes on for a time; a load generator of ${threads} for each run`,
    "",
    setting.hasProcess ? LEGEND : `${LEGEND}\n${NO_PROCESS}`,
  ].join("\n");
}

export function toJson(setting: Setting, runs: readonly Run[]): string {
  const results = runs.map(({ measured, ...run }) => ({ ...run, ...measured }));
  return `${JSON.stringify({ ...setting, results }, null, 2)}\n`;
}
