import { missing } from "./receipts.ts";
import type { MessageRecord, Stream } from "./stream.ts";
import type { Subscriber } from "./subscriber.ts";
import type { Subscription } from "./subscription.ts";

const SHOWN_MESSAGES = 5;

/** One or several subscriptions, each message that is due to one of which one of them gets. */
export class Audience {
  readonly name: string;
  readonly isShared: boolean;
  readonly #members: readonly Subscription[];

  constructor(name: string, members: readonly Subscription[]) {
    this.name = name;
    this.isShared = members.some((member) => member.isShared);
    this.#members = members;
  }

  get streams(): readonly Stream[] {
    return this.#members[0]?.streams ?? [];
  }

  get isActive(): boolean {
    return this.#members.some(({ isActive }) => isActive);
  }

  has(stream: Stream, number: number): boolean {
    return this.#members.some((member) => member.has(stream, number));
  }

  missing(stream: Stream): MessageRecord[] {
    const isDue = (message: MessageRecord) => this.#members.some((member) => member.hasToGet(message));
    return missing(stream, isDue, (number) => this.has(stream, number));
  }

  /** Messages that more than one member got and that QoS 2 says only one gets. */
  doubled(stream: Stream): MessageRecord[] {
    const isOnce = stream.qos === 2 && this.#members.every(({ qos }) => qos === 2);
    if (!this.isShared || !isOnce) return [];
    return stream.messages.filter(({ number }) => this.#members.filter((each) => each.has(stream, number)).length > 1);
  }
}

/** A subscription of its own each, and one for each shared subscription. */
export function audiencesOf(subscribers: readonly Subscriber[]): Audience[] {
  const shared = new Map<string, Subscription[]>();
  const audiences: Audience[] = [];
  for (const { identifier, subscriptions } of subscribers) {
    for (const each of subscriptions) {
      if (!each.isShared) audiences.push(new Audience(`${identifier} (${each.filter})`, [each]));
      else shared.set(each.filter, [...(shared.get(each.filter) ?? []), each]);
    }
  }
  return [...audiences, ...[...shared].map(([filter, members]) => new Audience(filter, members))];
}

function describe({ number, round, acknowledged }: MessageRecord): string {
  return `${number} (sent in round ${round}, ${acknowledged === Number.POSITIVE_INFINITY ? "not " : ""}acknowledged)`;
}

function list(messages: readonly MessageRecord[]): string {
  const shown = messages.slice(0, SHOWN_MESSAGES).map(describe).join(", ");
  return messages.length > SHOWN_MESSAGES ? `${messages.length} messages: ${shown}, …` : shown;
}

/** What is wrong with what an audience got, once all is said to have arrived. */
export function audit(audience: Audience): string[] {
  return audience.streams.flatMap((stream) => {
    const [lost, doubled] = [audience.missing(stream), audience.doubled(stream)];
    return [
      ...(lost.length > 0 ? [`${audience.name} never got of ${stream.topic}: ${list(lost)}`] : []),
      ...(doubled.length > 0 ? [`several members of ${audience.name} got of ${stream.topic}: ${list(doubled)}`] : []),
    ];
  });
}
