import type { Axis, ColorValueRef, Data, Mark, Spec } from "vega";
import {
  COLORS,
  CONFIG,
  drawSvg,
  FONT,
  GRID,
  INK,
  LEGEND,
  LINED_AXIS,
  logTicks,
  SHAPES,
  titleOf,
} from "./chart-style.ts";
import type { Result, Spread } from "./comparison.ts";
import { ratioText } from "./markdown.ts";
import type { Setting } from "./setting.ts";

/** One broker in one scenario. */
interface Point extends Spread {
  readonly scenario: string;
  readonly broker: string;
}

const WIDTH = 500;
const ROW_HEIGHT = 42;
/** The broker whose ratios to the peer are written out. */
const SUBJECT = "ternmq";

function points(results: readonly Result[]): Point[] {
  return results.flatMap(({ scenario, broker, figures: { perCpuSecond } }) =>
    perCpuSecond === undefined ? [] : [{ scenario: scenario.title, broker, ...perCpuSecond }],
  );
}

/** To be written at the end of each row. */
function ratios(results: readonly Result[]): { scenario: string; label: string }[] {
  return results.flatMap(({ scenario, broker, ratios: { perCpuSecond } }) =>
    broker === SUBJECT && perCpuSecond !== undefined
      ? [{ scenario: scenario.title, label: `${ratioText(perCpuSecond.median)} ×` }]
      : [],
  );
}

const LABEL = { font: { value: FONT }, fill: { value: INK }, fontSize: { value: 13 } } as const;
const LINE_OF_ROW = { scale: "y", field: "scenario", band: 0.7 } as const;

function axisOf(shown: readonly Point[]): Axis {
  return {
    scale: "x",
    orient: "bottom",
    title: "logarithmic, right is better; the lines: the range of the rounds",
    titlePadding: 10,
    ...LINED_AXIS,
    values: logTicks(shown.flatMap(({ min, max }) => [min, max])),
  };
}

/** Above the line of its row: so the chart is narrow enough for a telephone. */
function labelMark(): Mark {
  const at = {
    x: { value: 0 },
    y: { scale: "y", field: "scenario", band: 0.25 },
    baseline: { value: "middle" },
  } as const;
  return { type: "text", from: { data: "rows" }, encode: { enter: { ...LABEL, ...at, text: { field: "scenario" } } } };
}

/** A line between two fields of each row of the data. */
function lineMark(data: string, [from, to]: readonly [string, string], stroke: ColorValueRef): Mark {
  const ends = { x: { scale: "x", field: from }, x2: { scale: "x", field: to }, y: LINE_OF_ROW };
  return { type: "rule", from: { data }, encode: { enter: { ...ends, stroke, strokeWidth: { value: 3 } } } };
}

function brokerMark(): Mark {
  const at = { x: { scale: "x", field: "median" }, y: LINE_OF_ROW };
  const shape = { scale: "shape", field: "broker" };
  const fill = { scale: "color", field: "broker" };
  return { type: "symbol", from: { data: "points" }, encode: { enter: { ...at, size: { value: 90 }, shape, fill } } };
}

function ratioMarks(peer: string): Mark[] {
  const text = { ...LABEL, x: { value: WIDTH + 76 }, align: { value: "right" } } as const;
  const inRow = { y: LINE_OF_ROW, baseline: { value: "middle" }, fontWeight: { value: "bold" } } as const;
  const above = { y: { value: -8 }, fontSize: { value: 12 }, text: { value: `${SUBJECT} : ${peer}` } } as const;
  return [
    { type: "text", from: { data: "labels" }, encode: { enter: { ...text, ...inRow, text: { field: "label" } } } },
    { type: "text", encode: { enter: { ...text, ...above } } },
  ];
}

/** From the worst to the best of each row. */
const ROWS: Data = {
  name: "rows",
  source: "points",
  transform: [
    { type: "aggregate", groupby: ["scenario"], fields: ["median", "median"], ops: ["min", "max"], as: ["from", "to"] },
  ],
};

/** A row for each scenario, a mark for each broker, on a logarithmic scale: the distance of two marks is their ratio. */
function specOf(setting: Setting, results: readonly Result[]): Spec {
  const scenarios = [...new Set(results.map(({ scenario }) => scenario.title))];
  const names = setting.brokers.map(({ name }) => name);
  const values = points(results);
  const labels = ratios(results);
  return {
    width: WIDTH,
    height: ROW_HEIGHT * scenarios.length,
    padding: 12,
    title: titleOf("Deliveries per second of broker CPU", setting),
    config: CONFIG,
    data: [{ name: "points", values }, ROWS, { name: "labels", values: labels }],
    scales: [
      { name: "x", type: "log", range: "width", domain: { data: "points", fields: ["min", "max"] }, nice: true },
      { name: "y", type: "band", range: "height", domain: scenarios },
      { name: "color", type: "ordinal", domain: names, range: COLORS },
      { name: "shape", type: "ordinal", domain: names, range: SHAPES },
    ],
    axes: [axisOf(values)],
    legends: [LEGEND],
    marks: [
      labelMark(),
      lineMark("rows", ["from", "to"], { value: GRID }),
      lineMark("points", ["min", "max"], { scale: "color", field: "broker" }),
      brokerMark(),
      ...(labels.length === 0 ? [] : ratioMarks(setting.peer)),
    ],
  };
}

/** The chart is about messages: what is weighed has other units. */
export function isDrawn({ scenario, figures }: Result): boolean {
  return scenario.kind === "load" && figures.perCpuSecond !== undefined;
}

/** @param results that are drawn, one at the least */
export function toSvg(setting: Setting, results: readonly Result[]): Promise<string> {
  return drawSvg(specOf(setting, results));
}
