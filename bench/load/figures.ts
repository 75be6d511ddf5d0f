/** What a run can tell. */
export type FigureName =
  | "seconds"
  | "count"
  | "acknowledged"
  | "perSecond"
  | "perCpuSecond"
  | "brokerCpuSeconds"
  | "generatorCores"
  | "p50Micros"
  | "p99Micros"
  | "p999Micros"
  | "bytesEach"
  | "storedPerSecond"
  | "firstMillis"
  | "idleResidentBytes"
  | "residentBytes"
  | "peakResidentBytes"
  | "brokerWrittenBytes";

/** By name. What cannot be had, as the CPU time of a broker elsewhere, is absent. */
export type Figures = Readonly<Partial<Record<FigureName, number>>>;

export interface FigureForm {
  /** With what is counted: messages, connections. */
  readonly title: (unit: string) => string;
  readonly width: number;
  readonly text: (value: number) => string;
  /** Absent where neither is better. */
  readonly better?: "more" | "less";
  /** Comes from /proc, so only of a broker on this machine whose process is known. */
  readonly isOfProcess?: boolean;
}

function whole(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

function latency(title: string): FigureForm {
  return { title: () => title, width: 9, text: whole, better: "less" };
}

function megabytes(title: string): FigureForm {
  return { title: () => title, width: 9, text: (value) => (value / 1e6).toFixed(1), better: "less", isOfProcess: true };
}

export const FIGURES: Readonly<Record<FigureName, FigureForm>> = {
  seconds: { title: () => "seconds", width: 9, text: (value) => value.toFixed(2) },
  count: { title: (unit) => unit, width: 12, text: whole },
  acknowledged: { title: () => "acked", width: 12, text: whole },
  perSecond: { title: (unit) => `${unit}/s`, width: 11, text: whole, better: "more" },
  perCpuSecond: {
    title: (unit) => `${unit}/CPU s`,
    width: 12,
    text: whole,
    better: "more",
    isOfProcess: true,
  },
  brokerCpuSeconds: { title: () => "CPU s", width: 8, text: (value) => value.toFixed(2), isOfProcess: true },
  generatorCores: { title: () => "load gen", width: 10, text: (value) => `${Math.round(value * 100)} %` },
  p50Micros: latency("p50 µs"),
  p99Micros: latency("p99 µs"),
  p999Micros: latency("p99.9 µs"),
  bytesEach: { title: () => "bytes each", width: 12, text: whole, better: "less", isOfProcess: true },
  storedPerSecond: { title: () => "stored/s", width: 11, text: whole, better: "more" },
  firstMillis: { title: () => "first ms", width: 10, text: (value) => value.toFixed(1), better: "less" },
  idleResidentBytes: megabytes("idle MB"),
  residentBytes: megabytes("RSS MB"),
  peakResidentBytes: megabytes("peak MB"),
  brokerWrittenBytes: { title: () => "written", width: 12, text: whole, better: "less", isOfProcess: true },
};
