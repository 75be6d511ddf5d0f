import { type Axis, type Config, type Legend, parse, type Spec, type Title, textMetrics, View } from "vega";
import { methodText, type Setting, versionsText } from "./setting.ts";

/** Read on white and on GitHub's dark page alike (a contrast of 4.3 with both), as are the colors of the brokers. */
export const INK = "#747a83";
export const GRID = "rgba(116, 122, 131, 0.3)";
export const COLORS = ["#d9822b", "#2f81f7", "#3fa35c", "#c94f7c", "#8e6bd6", "#8a8d2b", "#2aa198"];
export const SHAPES = ["diamond", "circle", "square", "triangle-up", "cross", "triangle-down", "triangle-right"];
export const FONT = "system-ui, sans-serif";

export const CONFIG: Config = { axis: { labelFont: FONT, titleFont: FONT, labelColor: INK, titleColor: INK } };

/** A scale of messages, with lines across the chart. */
export const LINED_AXIS = {
  format: "~s",
  grid: true,
  gridColor: GRID,
  domainColor: INK,
  tickColor: INK,
  labelFontSize: 12,
  titleFontSize: 12,
  titleFontWeight: "normal",
} as const satisfies Partial<Axis>;

/** By the scales `color` and `shape`. */
export const LEGEND: Legend = {
  fill: "color",
  shape: "shape",
  orient: "top",
  direction: "horizontal",
  labelColor: INK,
  labelFont: FONT,
  labelFontSize: 13,
  symbolSize: 110,
  symbolStrokeWidth: 0,
  columnPadding: 18,
  offset: 24,
};

/** Of a letter in a sans-serif font, a wide one, by the size of the font. */
const LETTER_WIDTH = 0.58;
const FONT_SIZE = 11;

export function drawSvg(spec: Spec): Promise<string> {
  textMetrics.width = ({ fontSize = FONT_SIZE }, text) => String(text).length * fontSize * LETTER_WIDTH;
  return new View(parse(spec), { renderer: "none" }).toSVG();
}

/** What is shown, over versions, machine and method. */
export function titleOf(text: string, setting: Setting): Title {
  return {
    text,
    subtitle: [versionsText(setting), setting.machine, `${methodText(setting)}, ${setting.date}`],
    anchor: "start",
    frame: "bounds",
    offset: 14,
    color: INK,
    subtitleColor: INK,
    font: FONT,
    subtitleFont: FONT,
    fontSize: 17,
    subtitleFontSize: 12,
    subtitlePadding: 5,
  };
}

/** 1 and 3 times the powers of ten between those that enclose all values. */
export function logTicks(values: readonly number[]): number[] {
  const first = Math.floor(Math.log10(Math.min(...values)));
  const last = Math.ceil(Math.log10(Math.max(...values)));
  const powers = Array.from({ length: last - first }, (_, i) => 10 ** (first + i));
  return [...powers.flatMap((power) => [power, 3 * power]), 10 ** last];
}
