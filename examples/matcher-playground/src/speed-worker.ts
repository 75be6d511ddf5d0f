import { measureSpeed, type SpeedReport } from "./speed.ts";

/** What comes back for a number of filters. */
export type SpeedAnswer = { readonly report: SpeedReport } | { readonly error: string };

function answer(filters: number): SpeedAnswer {
  try {
    return { report: measureSpeed(filters) };
  } catch (error) {
    return { error: String(error) };
  }
}

addEventListener("message", ({ data }: MessageEvent<number>) => postMessage(answer(data)));
