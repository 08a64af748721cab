import type { CustomSeriesOption, EChartsOption } from 'echarts';
import { digits, type Spread } from '../../bench/support/statistics.ts';
import { drawChart, type ChartText } from './chart.ts';
import { COLOURS, WIDTH } from './svg.ts';

/** The medians and quartiles of a table in docs/evidence/performance.md. */
export interface BarsData extends ChartText {
  readonly measured: string;
  readonly columns: readonly string[];
  /** One spread for each column. */
  readonly rows: readonly { readonly name: string; readonly spreads: readonly Spread[] }[];
}

const OWN = 'quix-streams-auth';
const ROW_HEIGHT = 26;
const NAMES_WIDTH = 236;
/** Space to the right of the longest line, for the number. */
const NUMBER_WIDTH = 36;
const TOP = 26;

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
              text: digits(spreads[dataIndex]?.median ?? NaN),
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

/** Draws one panel per column, and one bar per row. All panels have the same scale. */
export function drawBars({ columns, rows, ...text }: BarsData): string {
  const panels = columns.map((title, column) => ({
    title,
    spreads: rows.map(({ name, spreads }) => {
      const spread = spreads[column];
      if (!spread) throw new Error(`${name} has no value for ${title}.`);
      return spread;
    }),
  }));
  const names = rows.map(({ name }) => name);
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
