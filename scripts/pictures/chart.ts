import { init, type EChartsOption } from 'echarts';
import { svgDocument, textAt, COLOURS, WIDTH } from './svg.ts';

/** Space for the title above a chart. */
const HEAD = 60;

/** Text above a chart. */
export interface ChartText {
  readonly title: string;
  readonly subtitle: string;
}

/** Draws a chart with a title. The text of the file depends only on the arguments. */
export function drawChart(text: ChartText, height: number, option: EChartsOption): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height });
  chart.setOption({ ...option, animation: false, textStyle: { fontSize: 12 } });
  const svg = chart.renderToSVGString();
  chart.dispose();
  const body = svg
    .replace(/^<svg[^>]*>|<\/svg>\s*$/g, '')
    // Removes styles for the mouse, metadata, invisible shapes and fonts.
    .replace(/<style\s*>[\s\S]*?<\/style>/g, '')
    .replaceAll(/ (?:ecmeta_\w+|class)="[^"]*"/g, '')
    .replaceAll(/<path[^>]*fill-opacity="0"[^>]*><\/path>\n?/g, '')
    .replaceAll(/ stroke="[^"]*" stroke-width="0"/g, '')
    .replaceAll(/(<clipPath[^>]*>\s*<path[^>]*) fill="#000"/g, '$1')
    .replaceAll(/font-family:[^;"]*;?/g, '')
    // The number counts the charts of this process.
    .replaceAll(/\bzr\d+-/g, 'chart-')
    .trim();
  return svgDocument(
    height + HEAD,
    text.title,
    [
      textAt(16, 26, text.title, { size: 16, weight: '600' }),
      textAt(16, 46, text.subtitle, { fill: COLOURS.quietText }),
      `<g transform="translate(0 ${HEAD})">`,
      body,
      '</g>',
    ].join('\n'),
  );
}
