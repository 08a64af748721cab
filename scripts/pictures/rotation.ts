import type { EChartsOption } from 'echarts';
import { drawChart } from './chart.ts';
import { COLOURS, WIDTH } from './svg.ts';

/** Something that happened during the load. */
export interface Moment {
  readonly name: string;
  readonly atMs: number;
  /** The end, if it took some time. */
  readonly untilMs?: number;
}

/** The messages that each Kafka client received, from `npm run pictures -- --measure rotation`. */
export interface RotationData {
  readonly measured: string;
  readonly binMs: number;
  /** Messages that each client had to send per second. */
  readonly rate: number;
  readonly moments: readonly Moment[];
  readonly clients: readonly {
    readonly name: string;
    readonly sent: number;
    readonly lost: number;
    /** Messages that were written twice. */
    readonly duplicates: number;
    readonly outOfOrder: number;
    /** Messages that the client sent per second. */
    readonly ratePerSecond: number;
    readonly received: readonly number[];
  }[];
}

const LEFT = 52;
const RIGHT = 16;
const TOP = 36;
const PANEL_HEIGHT = 96;
const PANEL_GAP = 30;

/** Draws one panel with the received messages for each client, below the moments. */
export function drawRotation({ binMs, rate, moments, clients }: RotationData): string {
  const perBin = (rate * binMs) / 1_000;
  // A client receives a backlog at once. On a scale for that, everything else would be flat.
  const maxMessages = 4 * perBin;
  const bins = Math.max(...clients.map(({ received }) => received.length));
  const top = (index: number): number => TOP + 20 + index * (PANEL_HEIGHT + PANEL_GAP);
  const seconds = (ms: number): number => ms / 1_000;
  const option: EChartsOption = {
    title: clients.flatMap(({ name, sent, lost, duplicates }, index) => [
      {
        text: name,
        left: LEFT,
        top: top(index) - 18,
        padding: 0,
        textStyle: { fontSize: 13, fontWeight: 'bold' as const, color: COLOURS.text },
      },
      {
        text: `${sent.toLocaleString('en')} sent, ${lost} lost, ${duplicates} written twice`,
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
      step: 'start',
      lineStyle: { width: 1, color: COLOURS.own },
      data: received.map((count, bin) => [seconds(bin * binMs), Math.min(count, maxMessages)]),
      markLine: {
        silent: true,
        symbol: 'none',
        lineStyle: { color: COLOURS.orange, type: 'solid', width: 1.5 },
        data: moments.map(({ name, atMs }) => ({
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
        itemStyle: { color: COLOURS.outage },
        data: moments.flatMap(({ atMs, untilMs }) =>
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
