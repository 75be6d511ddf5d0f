import {
  RECORD_BODY,
  RECORD_END,
  RECORD_FIRST_BYTE,
  RECORD_LAP,
  RECORD_PACKET_ID,
  RECORD_PAYLOAD,
  RECORD_PROPERTIES,
  RECORD_PROPERTIES_LENGTH,
  RECORD_REASON_CODE,
  RECORD_ROUTE_COUNT,
  RECORD_ROUTE_FLAGS,
  RECORD_ROUTES,
  RECORD_START,
  RECORD_TOPIC,
  RECORD_TOPIC_LENGTH,
  RECORD_TYPE,
  RECORD_WORDS,
} from "./shared/records";

/** One record; its box stands in shared/records.ts. */
@unmanaged
export class Record {
  type: u32;
  firstByte: u32;
  start: u32;
  body: u32;
  end: u32;
  packetIdentifier: u32;
  reasonCode: u32;
  topic: u32;
  topicLength: u32;
  properties: u32;
  propertiesLength: u32;
  payload: u32;
  routes: u32;
  routeCount: u32;
  routeFlags: u32;
  lap: u32;
}

if (offsetof<Record>("type") != RECORD_TYPE * 4) ERROR("RECORD_TYPE");
if (offsetof<Record>("firstByte") != RECORD_FIRST_BYTE * 4) ERROR("RECORD_FIRST_BYTE");
if (offsetof<Record>("start") != RECORD_START * 4) ERROR("RECORD_START");
if (offsetof<Record>("body") != RECORD_BODY * 4) ERROR("RECORD_BODY");
if (offsetof<Record>("end") != RECORD_END * 4) ERROR("RECORD_END");
if (offsetof<Record>("packetIdentifier") != RECORD_PACKET_ID * 4) ERROR("RECORD_PACKET_ID");
if (offsetof<Record>("reasonCode") != RECORD_REASON_CODE * 4) ERROR("RECORD_REASON_CODE");
if (offsetof<Record>("topic") != RECORD_TOPIC * 4) ERROR("RECORD_TOPIC");
if (offsetof<Record>("topicLength") != RECORD_TOPIC_LENGTH * 4) ERROR("RECORD_TOPIC_LENGTH");
if (offsetof<Record>("properties") != RECORD_PROPERTIES * 4) ERROR("RECORD_PROPERTIES");
if (offsetof<Record>("propertiesLength") != RECORD_PROPERTIES_LENGTH * 4) ERROR("RECORD_PROPERTIES_LENGTH");
if (offsetof<Record>("payload") != RECORD_PAYLOAD * 4) ERROR("RECORD_PAYLOAD");
if (offsetof<Record>("routes") != RECORD_ROUTES * 4) ERROR("RECORD_ROUTES");
if (offsetof<Record>("routeCount") != RECORD_ROUTE_COUNT * 4) ERROR("RECORD_ROUTE_COUNT");
if (offsetof<Record>("routeFlags") != RECORD_ROUTE_FLAGS * 4) ERROR("RECORD_ROUTE_FLAGS");
if (offsetof<Record>("lap") != RECORD_LAP * 4) ERROR("RECORD_LAP");
if (offsetof<Record>() != RECORD_WORDS * 4) ERROR("RECORD_WORDS");
