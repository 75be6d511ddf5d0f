import { byId, html } from "./dom.ts";
import type { Speed, SpeedReport } from "./speed.ts";
import type { SpeedAnswer } from "./speed-worker.ts";

function whole(value: number): string {
  return value.toLocaleString("en", { maximumSignificantDigits: 3 });
}

/** The speed test: a worker for each, so that the page goes on and a test can be stopped. */
export class SpeedView {
  readonly #form = byId("speed", HTMLFormElement);
  readonly #filters = byId("speed-filters", HTMLSelectElement);
  readonly #run = byId("speed-run", HTMLButtonElement);
  readonly #stop = byId("speed-stop", HTMLButtonElement);
  readonly #state = byId("speed-state", HTMLElement);
  readonly #results = byId("speed-results", HTMLTableElement);
  #worker: Worker | undefined;

  constructor() {
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#start(Number(this.#filters.value));
    });
    this.#stop.addEventListener("click", () => this.#end("Stopped."));
  }

  #start(filters: number): void {
    const worker = new Worker(new URL("./speed-worker.ts", import.meta.url), { type: "module" });
    worker.addEventListener("message", ({ data }: MessageEvent<SpeedAnswer>) => this.#show(data));
    worker.addEventListener("error", ({ message }) => this.#end(`The worker failed: ${message}`));
    worker.postMessage(filters);
    this.#worker = worker;
    this.#results.hidden = true;
    this.#run.disabled = true;
    this.#stop.disabled = false;
    this.#state.textContent = `Measuring with ${filters.toLocaleString("en")} filters…`;
  }

  #end(state: string): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    this.#run.disabled = false;
    this.#stop.disabled = true;
    this.#state.textContent = state;
  }

  #show(answer: SpeedAnswer): void {
    if ("error" in answer) {
      this.#end(`It failed: ${answer.error}`);
      return;
    }
    const { speeds, topics } = answer.report;
    this.#end(`${verdict(answer.report)} Both found the same for ${topics.toLocaleString("en")} topic names.`);
    const fastest = Math.max(...speeds.map(({ matchesPerSecond }) => matchesPerSecond));
    this.#results.tBodies[0]?.replaceChildren(...speeds.map((speed) => row(speed, fastest)));
    this.#results.hidden = false;
  }
}

function verdict({ speeds: [one, other] }: SpeedReport): string {
  if (one === undefined || other === undefined) return "";
  const ratio = one.matchesPerSecond / other.matchesPerSecond;
  return `${one.name} did ${ratio.toFixed(1)} times as many matches a second.`;
}

function row({ name, matchesPerSecond, addMilliseconds }: Speed, fastest: number): HTMLElement {
  const bar = html("div", { className: "bar" });
  bar.style.width = `${(matchesPerSecond / fastest) * 100}%`;
  return html(
    "tr",
    {},
    html("th", { scope: "row" }, name),
    html("td", {}, bar, whole(matchesPerSecond)),
    html("td", {}, `${whole(addMilliseconds)} ms`),
  );
}
