import { appendFileSync, readFileSync } from 'node:fs';
import type { Silence } from './recovery-service.ts';

/** Result of one event with one Kafka client. */
export interface Measurement extends Silence {
  readonly event: string;
  /** Name of the client with its major and minor version. */
  readonly client: string;
}

/** The same events at revision 43efbca, by event and client: with the adapter, with literals. */
const BEFORE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  a: {
    'kafkajs 2.2': '1.0–5.5 (0.9–5.7)',
    '@platformatic/kafka 1.35': '2.4–10.2 (2.4–10.2)',
    '@platformatic/kafka 2.12': '0.2–2.4 (0.1–2.3)',
    '@confluentinc/kafka-javascript 1.10': '0.6–10.1 (0.5–10.2)',
  },
  b: {
    'kafkajs 2.2': '7.1–17.7, ended (≤ 2.7)',
    '@platformatic/kafka 1.35': '1.6–7.3 (0.1)',
    '@platformatic/kafka 2.12': '1.7–2.4 (0.1)',
    '@confluentinc/kafka-javascript 1.10': '10.2–39.1 (≤ 0.3)',
  },
  c: {
    'kafkajs 2.2': '0.1–5.9 (≤ 0.2)',
    '@platformatic/kafka 1.35': '0.5–3.5 (0.1)',
    '@platformatic/kafka 2.12': '2.7–4.8 (0.1)',
    '@confluentinc/kafka-javascript 1.10': '5.8–11.2 (0.1)',
  },
  d: {
    'kafkajs 2.2': '12.2–13.4 (≤ 0.2)',
    '@platformatic/kafka 1.35': '11.9–12.0 (0.1)',
    '@platformatic/kafka 2.12': '12.3–12.4 (0.1)',
    '@confluentinc/kafka-javascript 1.10': '15.2–42.9 (0.1)',
  },
  e: {
    'kafkajs 2.2': '0.4–0.6 (0.4)',
    '@platformatic/kafka 1.35': '0.3–1.1 (0.3–1.1)',
    '@platformatic/kafka 2.12': '0.1–0.5 (0.3)',
    '@confluentinc/kafka-javascript 1.10': '0.3–0.8 (0.2)',
  },
  f: {
    'kafkajs 2.2': '4.8–15.7 (3.3–6.6)',
    '@platformatic/kafka 1.35': '12.6–36.3 (3.1–22.8)',
    '@platformatic/kafka 2.12': '13.1–18.2 (1.1–2.4)',
    '@confluentinc/kafka-javascript 1.10': 'until restarted (≤ 1.3)',
  },
  g: {
    'kafkajs 2.2': '3.3–10.0 (0.2)',
    '@platformatic/kafka 1.35': '2.2–12.9 (0.1)',
    '@platformatic/kafka 2.12': '1.2–12.9 (0.1)',
    '@confluentinc/kafka-javascript 1.10': '0.3–0.4 (0.1)',
  },
};

/** Formats milliseconds as seconds, or as a range of seconds. */
export function formatSeconds(times: readonly (number | undefined)[]): string {
  const known = times.filter((ms) => ms !== undefined);
  if (known.length === 0) return 'ended';
  const [low, high] = [Math.min(...known), Math.max(...known)].map((ms) => (ms / 1_000).toFixed(1));
  return `${low === high ? low : `${low}–${high}`}${known.length < times.length ? ', ended' : ''}`;
}

/** Adds the results of earlier runs, and adds these results to their file. */
export function addEarlierRuns(
  measurements: readonly Measurement[],
  file: string,
): readonly Measurement[] {
  appendFileSync(file, measurements.map((each) => `${JSON.stringify(each)}\n`).join(''));
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line) as Measurement);
}

/** Returns a Markdown table with seconds: now and before, in brackets with literals. */
export function recoveryTable(measurements: readonly Measurement[]): string {
  // kafkajs first, as in the other tables.
  const clients = [...new Set(measurements.map(({ client }) => client))].sort().reverse();
  const events = [...new Set(measurements.map(({ event }) => event))].sort();
  const rows = events.map((event) => {
    const cells = clients.flatMap((client) => {
      const found = measurements.filter((each) => each.event === event && each.client === client);
      const ours = formatSeconds(found.map((each) => each.ours));
      const literals = formatSeconds(found.map((each) => each.literals));
      return [`${ours} (${literals})`, BEFORE[event.charAt(0)]?.[client] ?? ''];
    });
    return [event, ...cells];
  });
  const lines = [
    ['event', ...clients.flatMap((client) => [client, 'before'])],
    ['---', ...clients.flatMap(() => ['--:', '--:'])],
    ...rows,
  ];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
