/** A topic name as a range of bytes, which are valid UTF-8. */
export interface TopicRange {
  readonly topicBuffer: Buffer;
  readonly topicStart: number;
  readonly topicEnd: number;
  /** Together they stand for the topic, and for no other ever (`assembly/shared/records.ts`); lap 0: they do not. */
  readonly topicLap: number;
  readonly topicPlace: number;
}

/** All of the bytes. */
export function topicRange(topicBuffer: Buffer): TopicRange {
  return { topicBuffer, topicStart: 0, topicEnd: topicBuffer.length, topicLap: 0, topicPlace: 0 };
}
