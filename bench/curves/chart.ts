import type { Axis, GroupMark, Mark, Spec } from "vega";
import {
  COLORS,
  CONFIG,
  drawSvg,
  FONT,
  INK,
  LEGEND,
  LINED_AXIS,
  logTicks,
  SHAPES,
  titleOf,
} from "../compare/chart-style.ts";
import type { Result, Spread } from "../compare/comparison.ts";
import type { Setting } from "../compare/setting.ts";
import { type Curve, valueText } from "./curves.ts";

/** One broker at one point. */
interface Mean extends Spread {
  readonly x: string;
  readonly broker: string;
}

const COLUMNS = 2;
const WIDTH = 330;
const HEIGHT = 150;

function meansOf({ points }: Curve, results: readonly Result[]): Mean[] {
  return points.flatMap(({ x, scenario }) =>
    results.flatMap(({ scenario: { id }, broker, figures: { perCpuSecond } }) =>
      id !== scenario.id || perCpuSecond === undefined ? [] : [{ x: valueText(x), broker, ...perCpuSecond }],
    ),
  );
}

const COLOR = { scale: "color", field: "broker" } as const;
const PLACE = { scale: "x", field: "x" } as const;
const MEDIAN = { scale: "y", field: "median" } as const;

function lines(data: string): Mark {
  return {
    type: "group",
    from: { facet: { name: "series", data, groupby: "broker" } },
    marks: [
      {
        type: "line",
        from: { data: "series" },
        encode: { enter: { x: PLACE, y: MEDIAN, stroke: COLOR, strokeWidth: { value: 2 } } },
      },
    ],
  };
}

function ranges(data: string): Mark {
  const ends = { x: PLACE, y: { scale: "y", field: "min" }, y2: { scale: "y", field: "max" } };
  return { type: "rule", from: { data }, encode: { enter: { ...ends, stroke: COLOR, strokeWidth: { value: 2 } } } };
}

function symbols(data: string): Mark {
  const shape = { scale: "shape", field: "broker" };
  return {
    type: "symbol",
    from: { data },
    encode: { enter: { x: PLACE, y: MEDIAN, fill: COLOR, shape, size: { value: 60 } } },
  };
}

function axesOf(title: string, ticks: readonly number[]): Axis[] {
  const below: Axis = { scale: "x", orient: "bottom", title, domainColor: INK, tickColor: INK, labelFontSize: 12 };
  return [
    { scale: "y", orient: "left", ...LINED_AXIS, gridScale: "x", values: [...ticks] },
    { ...below, titleFontSize: 12, titleFontWeight: "normal" },
  ];
}

function panel({ id, title, axis, points }: Curve, ticks: readonly number[]): GroupMark {
  return {
    type: "group",
    title: { text: title, anchor: "start", color: INK, font: FONT, fontSize: 13, offset: 8 },
    encode: { enter: { width: { value: WIDTH }, height: { value: HEIGHT } } },
    scales: [
      { name: "x", type: "point", range: [0, WIDTH], padding: 0.3, domain: points.map(({ x }) => valueText(x)) },
    ],
    axes: axesOf(axis, ticks),
    marks: [lines(id), ranges(id), symbols(id)],
  };
}

/** A panel for each curve, all on the same logarithmic scale: what is at the same height costs the same. */
function specOf(setting: Setting, curves: readonly Curve[], results: readonly Result[]): Spec {
  const data = curves.map((curve) => ({ name: curve.id, values: meansOf(curve, results) }));
  const ticks = logTicks(data.flatMap(({ values }) => values.flatMap(({ min, max }) => [min, max])));
  const names = setting.brokers.map(({ name }) => name);
  const domain = [ticks[0] ?? 1, ticks.at(-1) ?? 1];
  return {
    padding: 12,
    title: titleOf("Deliveries per second of broker CPU (logarithmic; higher is better)", setting),
    config: CONFIG,
    layout: { columns: COLUMNS, padding: { row: 84, column: 64 }, bounds: "flush" },
    data,
    scales: [
      { name: "y", type: "log", range: [HEIGHT, 0], domain },
      { name: "color", type: "ordinal", domain: names, range: COLORS },
      { name: "shape", type: "ordinal", domain: names, range: SHAPES },
    ],
    legends: [LEGEND],
    marks: curves.map((curve) => panel(curve, ticks)),
  };
}

/** @param curves with figures of one broker at one point at the least */
export function toSvg(setting: Setting, curves: readonly Curve[], results: readonly Result[]): Promise<string> {
  return drawSvg(specOf(setting, curves, results));
}
