import "vega";

declare module "vega" {
  /** How wide a text gets, in pixels: without a canvas vega takes it for half as wide again as it is, unless it is told. */
  export const textMetrics: { width: (item: { readonly fontSize?: number }, text: unknown) => number };
}
