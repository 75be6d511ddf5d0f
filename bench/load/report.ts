import { cpus, release, totalmem } from "node:os";
import type { Measurement } from "./driver.ts";
import type { Scenario } from "./scenarios.ts";

/** One scenario on one broker; `error` stands in the place of the figures when there are none. */
export interface Run {
  readonly scenario: Scenario;
  readonly broker: string;
  readonly measured?: Measurement & { readonly peakResidentBytes: number };
  readonly error?: string;
}

type Measured = NonNullable<Run["measured"]>;

interface Column {
  readonly title: string;
  readonly width: number;
  readonly text: (measured: Measured) => string;
}

const SCENARIO_WIDTH = 42;
const BROKER_WIDTH = 10;
const RATIO_WIDTH = 9;

function whole(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

function perSecond({ delivered, seconds }: Measured): number {
  return delivered / seconds;
}

/** Infinite when the broker used less than the 10 ms that the kernel counts in. */
function perCpuSecond({ delivered, brokerCpuSeconds }: Measured): number {
  return delivered / brokerCpuSeconds;
}

const COLUMNS: readonly Column[] = [
  { title: "msg/s", width: 11, text: (measured) => whole(perSecond(measured)) },
  { title: "CPU s", width: 7, text: (measured) => measured.brokerCpuSeconds.toFixed(2) },
  { title: "msg/CPU s", width: 11, text: (measured) => whole(perCpuSecond(measured)) },
  { title: "p50 µs", width: 9, text: (measured) => whole(measured.p50Micros) },
  { title: "p99 µs", width: 9, text: (measured) => whole(measured.p99Micros) },
  { title: "RSS MB", width: 8, text: (measured) => (measured.peakResidentBytes / 1e6).toFixed(1) },
  { title: "load gen", width: 10, text: (measured) => percent(measured.generatorCpuSeconds / measured.seconds) },
];

const LEGEND = `Closed loop, MQTT 3.1.1 over TCP on the loopback interface. msg = deliveries to subscribers; CPU s = user and system time of all
threads of the broker during the window; RSS = peak over the life of its process; load gen = CPU of the load generator (near 100 %:
msg/s is its limit, not the broker's; far below it, and the broker's CPU as well, with many under way: other programs had the cores);
ratio = msg/CPU s to that of Mosquitto, which runs without limits on its queues, without
persistence and log, with TCP_NODELAY.`;

export function tableHead(): string {
  const titles = COLUMNS.map(({ title, width }) => title.padStart(width)).join("");
  const head = `${"scenario".padEnd(SCENARIO_WIDTH)}${"broker".padEnd(BROKER_WIDTH)}${titles}${"ratio".padStart(RATIO_WIDTH)}`;
  return `${head}\n${"-".repeat(head.length)}`;
}

/** `peer`: the run of the same scenario that this one is compared with. */
export function tableRow(run: Run, peer: Run | undefined): string {
  const start = `${run.scenario.title.padEnd(SCENARIO_WIDTH)}${run.broker.padEnd(BROKER_WIDTH)}`;
  const { measured } = run;
  if (measured === undefined) return `${start}  failed: ${run.error}`;
  const figures = COLUMNS.map(({ text, width }) => text(measured).padStart(width)).join("");
  const ratio =
    peer?.measured === undefined ? "" : `${(perCpuSecond(measured) / perCpuSecond(peer.measured)).toFixed(2)} x`;
  const faults = measured.faults.length > 0 ? `  FAULT: ${measured.faults.join(", ")}` : "";
  return `${start}${figures}${ratio.padStart(RATIO_WIDTH)}${faults}`;
}

export function failed({ error, measured }: Run): boolean {
  return error !== undefined || (measured?.faults.length ?? 0) > 0;
}

/** What a reader needs to repeat the run. */
export interface Setting {
  readonly command: string;
  readonly machine: string;
  readonly node: string;
  /** The version by name, or that there is none. */
  readonly brokers: Readonly<Record<string, string>>;
  readonly pinning: string;
  readonly warmupSeconds: number;
  readonly seconds: number;
}

export function machineText(): string {
  const cores = cpus();
  return `${cores.length} x ${cores[0]?.model ?? "unknown CPU"}, ${whole(totalmem() / 1e6)} MB, Linux ${release()}`;
}

export function settingText(setting: Setting): string {
  const versions = Object.entries(setting.brokers).map(([name, version]) => `${name} ${version}`);
  return [
    `command   ${setting.command}`,
    `machine   ${setting.machine}`,
    `versions  ${[...versions, `Node.js ${setting.node}`].join(", ")}`,
    `pinning   ${setting.pinning}`,
    `window    ${setting.seconds} s after ${setting.warmupSeconds} s of warm-up; a fresh broker and generator process each`,
    "",
    LEGEND,
  ].join("\n");
}

export function toJson(setting: Setting, runs: readonly Run[]): string {
  const results = runs.map(({ scenario, broker, measured, error }) =>
    measured === undefined
      ? { scenario, broker, error }
      : { scenario, broker, ...measured, perSecond: perSecond(measured), perCpuSecond: perCpuSecond(measured) },
  );
  return `${JSON.stringify({ ...setting, results }, null, 2)}\n`;
}
