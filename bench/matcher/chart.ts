import { parse, type Spec, View } from "vega";
import type { Result } from "./figures.ts";

const WIDTH = 640;
const HEIGHT = 360;
const FONT = "system-ui, sans-serif";

/** Told apart in light and dark, and by those who see fewer colours. */
const COLORS = ["#d9480f", "#1c7ed6", "#2b8a3e", "#868e96"];

/** It brings its own ground in both, so that it is readable on whatever page it stands. */
const GROUND = "#fff";
const DARK = `<style>@media (prefers-color-scheme: dark) {
  svg > rect { fill: #0d1117 }
  text { fill: #e6edf3 }
  .role-axis-grid line { stroke: #30363d }
}</style>`;

function spec(results: readonly Result[]): Spec {
  const logScale = { type: "log", zero: false, nice: true } as const;
  const axis = {
    grid: true,
    gridColor: "#dee2e6",
    labelFont: FONT,
    titleFont: FONT,
    labelFontSize: 12,
    titleFontSize: 13,
  };
  const sizes = new Set(results.map(({ filters }) => filters));
  const color = { scale: "contender", field: "contender" };
  const place = { x: { scale: "filters", field: "filters" }, y: { scale: "speed", field: "perSecond" } };
  return {
    width: WIDTH,
    height: HEIGHT,
    padding: 16,
    background: GROUND,
    data: [{ name: "results", values: [...results] }],
    scales: [
      { name: "filters", ...logScale, domain: { data: "results", field: "filters" }, range: "width" },
      { name: "speed", ...logScale, domain: { data: "results", field: "perSecond" }, range: "height" },
      { name: "contender", type: "ordinal", domain: { data: "results", field: "contender" }, range: COLORS },
    ],
    axes: [
      { ...axis, scale: "filters", orient: "bottom", title: "filters", format: "~s", values: [...sizes] },
      { ...axis, scale: "speed", orient: "left", title: "matches per second of CPU time", format: "~s", tickCount: 6 },
    ],
    legends: [
      {
        stroke: "contender",
        symbolType: "stroke",
        symbolStrokeWidth: 3,
        orient: "top",
        direction: "horizontal",
        labelFont: FONT,
        labelFontSize: 13,
      },
    ],
    marks: [
      {
        type: "group",
        from: { facet: { name: "line", data: "results", groupby: "contender" } },
        marks: [
          {
            type: "line",
            from: { data: "line" },
            encode: { enter: { ...place, stroke: color, strokeWidth: { value: 2.5 } } },
          },
          { type: "symbol", from: { data: "line" }, encode: { enter: { ...place, fill: color, size: { value: 45 } } } },
        ],
      },
    ],
  };
}

/** An SVG document: speed by number of filters, both logarithmic, one line for each contender. */
export async function chart(results: readonly Result[]): Promise<string> {
  const svg = await new View(parse(spec(results)), { renderer: "none" }).toSVG();
  return `${svg.replace(/(?<=<svg[^>]*>)/, DARK)}\n`;
}
