import { setTimeout as wait } from "node:timers/promises";
import type { Cast } from "./cast.ts";
import type { Trial } from "./trial.ts";

const SHORTEST = 50;
const LONGEST = 400;
/** Milliseconds between steps. */
const STEP = 2;
const MESSAGES_PER_STEP = 6;

function begin({ random }: Trial, { publishers, steady, fickle, fleeting, subscribers }: Cast, port: number): void {
  const present = [...publishers, ...steady, ...fickle, ...fleeting.filter(() => random.oneIn(2))];
  for (const each of present) if (!each.isConnected) each.connect(port);
  for (const each of subscribers) each.holdsBack = random.oneIn(3);
}

function step({ random }: Trial, { publishers, fickle, fleeting, subscribers }: Cast, port: number): void {
  for (const each of publishers) each.publish(random.below(MESSAGES_PER_STEP));
  for (const each of subscribers) each.acknowledge();
  for (const each of [...publishers, ...fleeting]) {
    if (!random.oneIn(100)) continue;
    if (each.isConnected) each.leave();
    else each.connect(port);
  }
  for (const each of fickle) {
    for (const subscription of each.subscriptions) {
      if (random.oneIn(20)) subscription.isWanted = !subscription.isWanted;
    }
    each.adjust();
  }
}

/** Clients come, publish, subscribe, acknowledge and leave, for a random time. */
export async function load(trial: Trial, cast: Cast, port: number): Promise<void> {
  begin(trial, cast, port);
  const steps = setInterval(() => step(trial, cast, port), STEP);
  await wait(SHORTEST + trial.random.below(LONGEST - SHORTEST + 1));
  clearInterval(steps);
}
