import { setTimeout as wait } from "node:timers/promises";
import { type Cast, createVisitor } from "./cast.ts";
import type { Client } from "./client.ts";
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

/** Some come back before the broker knows that they left. */
function comeOrGo({ random }: Trial, client: Client, port: number): void {
  const isLeaving = client.isConnected;
  if (isLeaving) client.leave();
  if (!isLeaving || random.oneIn(2)) client.connect(port);
}

function step(trial: Trial, cast: Cast, port: number): void {
  const { random } = trial;
  const { publishers, fickle, fleeting, subscribers } = cast;
  for (const each of publishers) each.publish(random.below(MESSAGES_PER_STEP));
  for (const each of subscribers) each.acknowledge();
  for (const each of [...publishers, ...fleeting]) if (random.oneIn(60)) comeOrGo(trial, each, port);
  for (const each of fickle) {
    for (const subscription of each.subscriptions) {
      if (random.oneIn(20)) subscription.isWanted = !subscription.isWanted;
    }
    each.adjust();
  }
  if (random.oneIn(8)) welcome(trial, cast, port);
}

function welcome(trial: Trial, cast: Cast, port: number): void {
  const visitor = createVisitor(trial);
  visitor.connect(port);
  cast.visitors = [...cast.visitors, visitor];
}

/** Those that were new in the last round look for their sessions; those before them do not come any more. */
function returnVisitors(cast: Cast, port: number): void {
  cast.visitors = cast.visitors.filter(({ hasReturned }) => !hasReturned);
  for (const each of cast.visitors) each.connect(port);
}

/** Clients come, publish, subscribe, acknowledge and leave, for a random time. */
export async function load(trial: Trial, cast: Cast, port: number): Promise<void> {
  begin(trial, cast, port);
  returnVisitors(cast, port);
  const steps = setInterval(() => step(trial, cast, port), STEP);
  await wait(SHORTEST + trial.random.below(LONGEST - SHORTEST + 1));
  clearInterval(steps);
}
