import { type Audience, audiencesOf, audit } from "./audit.ts";
import type { Cast } from "./cast.ts";
import type { Trial } from "./trial.ts";

/** Whether the last message of each stream, which has to come last, is where it has to be, and all that is shared out is somewhere. */
function hasAll(audience: Audience): boolean {
  if (!audience.isActive) return true;
  return audience.streams.every((stream) =>
    audience.isShared ? audience.missing(stream).length === 0 : audience.has(stream, stream.lastSent),
  );
}

async function expectAll(trial: Trial, { publishers, subscribers }: Cast): Promise<void> {
  await trial.until(
    () => publishers.every((each) => each.isOnline && each.isIdle) && subscribers.every((each) => each.isSettled),
  );
  for (const each of publishers) {
    if (!each.isOnline || !each.isIdle) trial.fault(`${each.identifier} waits for acknowledgements for ever`);
  }
  for (const each of subscribers) {
    if (!each.isSettled) trial.fault(`${each.identifier} waits for a CONNACK, SUBACK, UNSUBACK or PUBREL for ever`);
  }
}

/**
 * Everybody comes online and stays there until all that is due has arrived, which is then audited and forgotten.
 * @param port of the broker
 */
export async function settle(trial: Trial, cast: Cast, port: number): Promise<void> {
  const { publishers, subscribers, streams } = cast;
  for (const each of subscribers) each.holdsBack = false;
  for (const each of [...publishers, ...subscribers]) if (!each.isConnected) each.connect(port);
  await expectAll(trial, cast);
  for (const each of publishers) each.publishEach();
  const audiences = audiencesOf(subscribers);
  await trial.until(() => publishers.every((each) => each.isIdle) && audiences.every(hasAll));
  // Behind the answer nothing is under way that was there before.
  for (const each of subscribers) each.ping();
  await trial.until(() => subscribers.every((each) => !each.awaitsPingresp));
  await expectAll(trial, cast);
  for (const text of audiences.flatMap(audit)) trial.fault(text);
  for (const stream of streams) stream.forget();
  for (const { subscriptions } of subscribers) for (const each of subscriptions) each.forget();
}
