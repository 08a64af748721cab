import type { CustomSeriesOption, EChartsOption } from 'echarts';
import { drawChart, type ChartText } from './chart.ts';
import { COLOURS, WIDTH } from './svg.ts';

/** A table of docs/evidence/performance.md, with cells such as `18.1 (16.6 to 19.1)`. */
export interface BarsData extends ChartText {
  readonly measured: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

interface Spread {
  /** The median as the table shows it. */
  readonly text: string;
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

const OWN = 'quix-streams-auth';
const ROW_HEIGHT = 26;
const NAMES_WIDTH = 236;
/** Space to the right of the longest line, for the number. */
const NUMBER_WIDTH = 36;
const TOP = 26;

function parseSpread(cell: string): Spread | undefined {
  const found = /^([\d.]+) \(([\d.]+) to ([\d.]+)\)$/.exec(cell);
  if (!found) return undefined;
  const [, text = '', low, high] = found;
  return { text, median: Number(text), low: Number(low), high: Number(high) };
}

/** A line from the lower to the upper quartile, with the median to the right of it. */
function spreadLines(index: number, spreads: readonly Spread[]): CustomSeriesOption {
  return {
    type: 'custom',
    xAxisIndex: index,
    yAxisIndex: index,
    silent: true,
    z: 5,
    data: spreads.map(({ low, high }, row) => [low, high, row]),
    renderItem: ({ dataIndex }, api) => {
      const [left = 0, y = 0] = api.coord([api.value(0), api.value(2)]);
      const [right = 0] = api.coord([api.value(1), api.value(2)]);
      const line = (x1: number, y1: number, x2: number, y2: number) => ({
        type: 'line' as const,
        shape: { x1, y1, x2, y2 },
        style: { fill: 'none', stroke: COLOURS.text, lineWidth: 1.5 },
      });
      return {
        type: 'group',
        children: [
          line(left, y, right, y),
          line(left, y - 4, left, y + 4),
          line(right, y - 4, right, y + 4),
          {
            type: 'text',
            x: right + 6,
            y,
            style: {
              text: spreads[dataIndex]?.text ?? '',
              fill: COLOURS.text,
              verticalAlign: 'middle',
              fontSize: 12,
            },
          },
        ],
      };
    },
  };
}

/** Draws a bar for each row in a panel for each column with spreads, on the same scale. */
export function drawBars({ head, rows, ...text }: BarsData): string {
  const panels = head.flatMap((title, column) => {
    const spreads = rows.map((row) => parseSpread(row[column] ?? ''));
    const complete = spreads.filter((spread) => spread !== undefined);
    return complete.length === rows.length ? [{ title, spreads: complete }] : [];
  });
  const names = rows.map(([name = '']) => name);
  const width = (WIDTH - NAMES_WIDTH) / panels.length;
  const max = Math.max(...panels.flatMap(({ spreads }) => spreads.map(({ high }) => high)));
  const height = rows.length * ROW_HEIGHT;
  const option: EChartsOption = {
    title: panels.map((panel, index) => ({
      text: panel.title,
      left: NAMES_WIDTH + index * width,
      top: 2,
      padding: 0,
      textStyle: { fontSize: 13, fontWeight: 'bold', color: COLOURS.text },
    })),
    grid: panels.map((_, index) => ({
      left: NAMES_WIDTH + index * width,
      top: TOP,
      width: width - NUMBER_WIDTH - 16,
      height,
    })),
    xAxis: panels.map((_, gridIndex) => ({ type: 'value', gridIndex, max, show: false })),
    yAxis: panels.map((_, gridIndex) => ({
      type: 'category',
      gridIndex,
      data: [...names],
      inverse: true,
      axisTick: { show: false },
      axisLine: { lineStyle: { color: COLOURS.border } },
      axisLabel: {
        show: gridIndex === 0,
        color: COLOURS.text,
        fontSize: 12,
        formatter: (name: string) => name,
      },
    })),
    series: panels.flatMap(({ spreads }, index) => [
      {
        type: 'bar' as const,
        xAxisIndex: index,
        yAxisIndex: index,
        silent: true,
        barWidth: 14,
        data: spreads.map(({ median }, row) => ({
          value: median,
          itemStyle: { color: names[row]?.startsWith(OWN) ? COLOURS.own : COLOURS.peer },
        })),
      },
      spreadLines(index, spreads),
    ]),
  };
  return drawChart(text, TOP + height + 16, option);
}
