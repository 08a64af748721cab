import type { EChartsOption } from 'echarts';
import { drawChart } from './chart.ts';
import { COLOURS, WIDTH } from './svg.ts';

/** An event during the load. */
export interface LoadEvent {
  readonly name: string;
  readonly atMs: number;
  /** The end, if it took some time. */
  readonly untilMs?: number;
}

/** The messages that each Kafka client received, from `npm run pictures -- --record rotation`. */
export interface RotationData {
  readonly measured: string;
  readonly binMs: number;
  /** Messages that each client had to send per second. */
  readonly rate: number;
  readonly events: readonly LoadEvent[];
  readonly clients: readonly {
    readonly name: string;
    readonly sent: number;
    readonly lost: number;
    /** Messages that were written twice. */
    readonly duplicates: number;
    readonly outOfOrder: number;
    /** Messages that were received before. */
    readonly redelivered: number;
    readonly received: readonly number[];
  }[];
}

const LEFT = 52;
const RIGHT = 16;
const TOP = 36;
const PANEL_HEIGHT = 96;
const PANEL_GAP = 30;

/** Draws one panel per Kafka client. The names of the events are above the first panel. */
export function drawRotation({ binMs, rate, events, clients }: RotationData): string {
  const perBin = (rate * binMs) / 1_000;
  // After a gap, a client receives many messages at once. With a scale for them, the rest would be flat.
  const maxMessages = 4 * perBin;
  const bins = Math.max(...clients.map(({ received }) => received.length));
  const top = (index: number): number => TOP + 20 + index * (PANEL_HEIGHT + PANEL_GAP);
  const seconds = (ms: number): number => ms / 1_000;
  const option: EChartsOption = {
    title: clients.flatMap(({ name, sent, lost, duplicates, redelivered }, index) => [
      {
        text: name,
        left: LEFT,
        top: top(index) - 18,
        padding: 0,
        textStyle: { fontSize: 13, fontWeight: 'bold' as const, color: COLOURS.text },
      },
      {
        text: `${sent.toLocaleString('en')} sent, ${lost} lost, ${duplicates} written twice, ${redelivered.toLocaleString('en')} received twice`,
        left: WIDTH - RIGHT,
        top: top(index) - 18,
        padding: 0,
        textAlign: 'right' as const,
        textStyle: { fontSize: 12, fontWeight: 'normal' as const, color: COLOURS.quietText },
      },
    ]),
    grid: clients.map((_, index) => ({
      left: LEFT,
      top: top(index),
      width: WIDTH - LEFT - RIGHT,
      height: PANEL_HEIGHT,
    })),
    xAxis: clients.map((_, gridIndex) => ({
      type: 'value',
      gridIndex,
      max: seconds(bins * binMs),
      interval: 10,
      splitLine: { show: false },
      axisTick: { show: true, lineStyle: { color: COLOURS.border } },
      axisLine: { show: true, lineStyle: { color: COLOURS.border } },
      axisLabel: {
        show: gridIndex === clients.length - 1,
        color: COLOURS.quietText,
        fontSize: 12,
        formatter: '{value} s',
        showMaxLabel: false,
      },
    })),
    yAxis: clients.map((_, gridIndex) => ({
      type: 'value',
      gridIndex,
      max: maxMessages,
      interval: 2 * perBin,
      axisLine: { show: false },
      axisTick: { show: false },
      splitLine: { lineStyle: { color: COLOURS.grid } },
      axisLabel: { color: COLOURS.quietText, fontSize: 12 },
    })),
    series: clients.map(({ received }, index) => ({
      type: 'line',
      xAxisIndex: index,
      yAxisIndex: index,
      silent: true,
      showSymbol: false,
      // The count of a bin is drawn from its start to its end.
      step: 'end',
      lineStyle: { width: 1, color: COLOURS.own },
      data: [...received, ...received.slice(-1)].map((count, bin) => [
        seconds(bin * binMs),
        Math.min(count, maxMessages),
      ]),
      markLine: {
        silent: true,
        symbol: 'none',
        lineStyle: { color: COLOURS.orange, type: 'solid', width: 1.5 },
        data: events.map(({ name, atMs }) => ({
          xAxis: seconds(atMs),
          label: {
            show: index === 0,
            position: 'end',
            align: 'left',
            distance: 26,
            formatter: name,
            color: COLOURS.orange,
            fontSize: 12,
          },
        })),
      },
      markArea: {
        silent: true,
        itemStyle: { color: COLOURS.event },
        data: events.flatMap(({ atMs, untilMs }) =>
          untilMs === undefined ? [] : [[{ xAxis: seconds(atMs) }, { xAxis: seconds(untilMs) }]],
        ),
      },
    })),
  };
  return drawChart(
    {
      title: `Messages received per ${binMs} ms`,
      subtitle: `Each Kafka client sends ${rate} messages a second. A peak above ${maxMessages} is cut off.`,
    },
    top(clients.length) + 2,
    option,
  );
}
