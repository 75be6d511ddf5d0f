import { EventEmitter } from "node:events";
import { setImmediate } from "node:timers/promises";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Broker } from "../../../src/broker/broker.ts";
import { Session } from "../../../src/session/session.ts";

const FILTERS = ["a", "a/b", "a/+", "a/#", "#", "+/b", "$share/g/a/b", "$share/h/#", "a-level-of-more-than-12-bytes/é"];
const SESSIONS = 3;

interface Asked {
  readonly session: number;
  readonly filter: string;
  readonly qos: number;
  readonly noLocal: boolean;
  readonly retainAsPublished: boolean;
  readonly identifier: number | undefined;
}

const asked: fc.Arbitrary<Asked> = fc.record({
  session: fc.nat(SESSIONS - 1),
  filter: fc.constantFrom(...FILTERS),
  qos: fc.nat(2),
  noLocal: fc.boolean(),
  retainAsPublished: fc.boolean(),
  identifier: fc.option(fc.integer({ min: 1, max: 268_435_455 }), { nil: undefined }),
});
const operation = fc.oneof(
  { weight: 3, arbitrary: fc.record({ add: asked }) },
  fc.record({ remove: asked }),
  fc.record({ end: fc.nat(SESSIONS - 1) }),
);

function createBroker(): { broker: Broker; newSession: (name: string) => Session } {
  const broker = new Broker({}, new EventEmitter());
  return { broker, newSession: (name) => new Session(name, 0, 0, broker) };
}

function subscribe({ subscriptions }: Broker, session: Session, request: Omit<Asked, "session">) {
  const { filter, qos, noLocal, retainAsPublished, identifier } = request;
  return subscriptions.add(
    session,
    { filter: Buffer.from(filter), qos, noLocal, retainAsPublished, retainHandling: 0 },
    identifier,
  );
}

const plain = { qos: 0, noLocal: false, retainAsPublished: false, identifier: undefined };

describe("subscriptions", () => {
  it("are for each session what it asked for last at each filter, whatever comes and goes", () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 60, size: "max" }), (operations) => {
        const { broker, newSession } = createBroker();
        const sessions = Array.from({ length: SESSIONS }, (_, i) => newSession(`c${i}`));
        const model = sessions.map(() => new Map<string, object>());
        for (const one of operations) {
          if ("end" in one) {
            broker.subscriptions.removeAll(sessions[one.end] as Session);
            sessions[one.end] = newSession(`c${one.end}`);
            model[one.end]?.clear();
          } else if ("add" in one) {
            const { session, filter, identifier, ...options } = one.add;
            const answer = subscribe(broker, sessions[session] as Session, one.add);
            expect("previous" in answer && answer.previous !== undefined).toBe(model[session]?.has(filter));
            const identifiers = identifier === undefined ? undefined : [identifier];
            model[session]?.set(filter, { filter, ...options, identifiers });
          } else {
            const { session, filter } = one.remove;
            const removed = broker.subscriptions.remove(sessions[session] as Session, filter);
            expect(removed?.filter).toBe(model[session]?.delete(filter) ? filter : undefined);
          }
        }
        sessions.forEach((session, i) => {
          const found = [...broker.subscriptions.of(session)].map(({ session: _, group: __, ...rest }) => rest);
          expect(new Map(found.map((each) => [each.filter, each]))).toEqual(model[i]);
          expect(session.subscriptions.count + session.shared.size).toBe(model[i]?.size);
        });
      }),
      { numRuns: 200 },
    );
  });

  it("of a session that ends with many lead nowhere at once, and are gone a few turns later", async () => {
    const { broker, newSession } = createBroker();
    const filters = Array.from({ length: 20_000 }, (_, i) => `many/${i}`);
    const first = newSession("c");
    const other = newSession("d");
    for (const filter of filters) subscribe(broker, first, { ...plain, filter });
    subscribe(broker, other, { ...plain, filter: "many/+" });
    broker.subscriptions.removeAll(first);
    const again = newSession("c");
    for (const filter of filters) subscribe(broker, again, { ...plain, filter });

    const receivers = (): (Session | undefined)[] => {
      expect(broker.core.match(Buffer.from("many/7"))).toBe(0);
      const { matchRoutes, matchCount } = broker.core;
      const entries = Array.from({ length: matchCount }, (_, i) => broker.core.routeAt(matchRoutes + i));
      return entries
        .map((entry) => broker.subscriptions.table.session(entry))
        .filter((session) => session !== undefined);
    };
    expect(new Set(receivers())).toEqual(new Set([other, again]));
    const expected = filters.length + 1;
    for (let turn = 0; turn < 100 && broker.core.statistics.subscriptionEntries !== expected; turn++)
      await setImmediate();
    expect(broker.core.statistics.subscriptionEntries).toBe(expected);
    expect(new Set(receivers())).toEqual(new Set([other, again]));
  });

  it("beyond the limit of a session are refused, but for those that take the place of one", () => {
    const broker = new Broker({ limits: { maximumSubscriptions: 2 } }, new EventEmitter());
    const session = new Session("c", 0, 0, broker);
    expect(subscribe(broker, session, { ...plain, filter: "a" })).toHaveProperty("subscription");
    expect(subscribe(broker, session, { ...plain, filter: "$share/g/a" })).toHaveProperty("subscription");
    for (const filter of ["b", "$share/g/b", "not/#/valid"]) {
      expect(subscribe(broker, session, { ...plain, filter })).toMatchObject({ reasonCode: 0x97 });
    }
    expect(subscribe(broker, session, { ...plain, filter: "a", qos: 2 })).toMatchObject({ previous: { qos: 0 } });
    expect(broker.subscriptions.remove(session, "$share/g/a")?.filter).toBe("$share/g/a");
    expect(subscribe(broker, session, { ...plain, filter: "not/#/valid" })).toMatchObject({ reasonCode: 0x8f });
    expect(subscribe(broker, session, { ...plain, filter: "b" })).toHaveProperty("subscription");
  });
});
