import type { TFunction } from 'i18next';
import type { TensorReport } from '../../methods/types.ts';
import { recipeText } from '../../recipe/schema.ts';
import { shape } from '../../ui/format.ts';
import { toHex } from '../../ui/painter.ts';
import { classChanges, measureRows } from '../accuracy/measures.ts';
import { modelFileName, reportIsCurrent, resultIsCurrent, sizesOf } from '../current.ts';
import { type Formats, formatsFor } from '../i18n/useFormat.ts';
import { type LayerRow, layerRows } from '../layers/rows.ts';
import type { Studio } from '../state/create.ts';
import { histogramChart, intervalChart, pairChart } from './charts.ts';
import { lightColours } from './colours.ts';
import { escapeHtml, htmlTable } from './html.ts';
import { wholeHistogram } from './wholeHistogram.ts';

/** Layers with bars of their own; the table has the rest. */
const CHARTED = 20;
/** Rows of a table in the file; a model with more is read in the studio. */
const MAX_ROWS = 2000;

/**
 * The state as one HTML file that needs nothing else: the verdicts, the charts as inline SVG, the tables, and the recipe both as text and as
 * embedded JSON. No script, nothing fetched. Only what was measured for the recipe as it stands is shown as measured.
 */
export function htmlReport(s: Studio, t: TFunction, language: string, date: Date): string {
  const f = formatsFor(language);
  const name = modelFileName(s);
  const title = escapeHtml(t('report.title', { name }));
  const made = date.toLocaleString(f.locale, { dateStyle: 'long', timeStyle: 'short' });
  const parts = [
    `<h1>${title}</h1>`,
    `<p class="muted">${escapeHtml(t('report.made', { date: made }))}</p>`,
    verdicts(s, t, f),
    recipe(s, t),
    layers(s, t, f),
    histogram(s, t, f),
    byClass(s, t, f),
    model(s, t, f),
  ];
  return (
    `<!doctype html>\n<html lang="${f.locale}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">` +
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">` +
    `<title>${title}</title><style>${style}</style></head><body><main>${parts.join('\n')}</main></body></html>\n`
  );
}

const section = (title: string, ...body: (string | undefined | false)[]): string =>
  `<section><h2>${escapeHtml(title)}</h2>${body.filter(Boolean).join('')}</section>`;

const note = (text: string): string => `<p class="muted">${escapeHtml(text)}</p>`;

function verdicts(s: Studio, t: TFunction, f: Formats): string {
  const report = reportIsCurrent(s) ? s.report : undefined;
  const sizes = sizesOf(s);
  const rows = measureRows(report, sizes, t, f);
  const sides = [
    { name: t('accuracy.original'), value: report?.original?.top1, side: 'before' as const },
    { name: t('accuracy.compressed'), value: report?.compressed?.top1, side: 'after' as const },
  ].flatMap((r) => (r.value ? [{ ...r, value: r.value }] : []));
  return section(
    t('report.verdicts'),
    htmlTable(
      [
        t('accuracy.rows.measure'),
        t('accuracy.original'),
        t('accuracy.compressed'),
        t('accuracy.change'),
        t('accuracy.interval'),
      ],
      rows.map((r) => [r.name, r.original, r.compressed, r.change, r.interval]),
    ),
    report
      ? note(
          `${t(`accuracy.evidence.${report.evidence}`)}: ${t('accuracy.of', {
            done: f.integer(report.done),
            total: f.integer(report.total),
          })}. ${t(`accuracy.evidenceNote.${report.evidence}`)}`,
        )
      : note(t('report.notMeasured')),
    report?.latency &&
      note(
        t(report.latency.backend === 'wasm' ? 'accuracy.latencyNote' : 'accuracy.latencyNoteGpu', {
          ...report.latency,
          backend: t(`accuracy.backendNames.${report.latency.backend}`),
        }),
      ),
    sides.length === 2 && intervalChart(sides, f),
    pairChart([{ name: t('accuracy.rows.bytes'), before: sizes.before, after: sizes.after }], f.bytes),
  );
}

function recipe(s: Studio, t: TFunction): string {
  const text = recipeText(s.recipe, 2);
  // Inside a script element only this sequence could end it early.
  const embedded = recipeText(s.recipe).replaceAll('<', '\\u003c');
  return section(
    t('report.recipe'),
    s.recipe.steps.length === 0 && note(t('report.noSteps')),
    note(t('report.recipeHint')),
    `<pre>${escapeHtml(text)}</pre>`,
    `<script type="application/json" id="pare-recipe">${embedded}</script>`,
  );
}

function layers(s: Studio, t: TFunction, f: Formats): string {
  const reports: Studio['reports'] = resultIsCurrent(s) ? s.reports : new Map();
  const rows = layerRows(s.model?.layers ?? [], reports).sort((a, b) => b.layer.bytes - a.layer.bytes);
  const touched = rows.filter((r) => r.after !== undefined);
  const charted = touched.slice(0, CHARTED).map((r) => ({ name: r.layer.name, before: r.layer.bytes, after: r.after }));
  return section(
    t('report.layers'),
    charted.length > 0 && pairChart(charted, f.bytes),
    htmlTable(
      [
        t('layers.col.name'),
        t('layers.col.op'),
        t('layers.col.shape'),
        t('layers.perLayer.before'),
        t('layers.perLayer.after'),
        t('layers.col.sqnr'),
        t('layers.col.sparsity'),
        t('layers.perLayer.encoding'),
      ],
      rows
        .slice(0, MAX_ROWS)
        .map((r) => [
          r.layer.name,
          r.op,
          shape(r.layer.dims),
          f.bytes(r.layer.bytes),
          r.after === undefined ? '' : f.bytes(r.after),
          r.sqnr === undefined ? '' : f.decibels(r.sqnr),
          zerosOf(r, reports.get(r.layer.id)?.at(-1), f),
          reports.get(r.layer.id)?.at(-1)?.encoding ?? '',
        ]),
    ),
  );
}

/** The share of zeros in what is written: after the last step where there was one. */
function zerosOf({ layer, sparsity }: LayerRow, last: TensorReport | undefined, f: Formats): string {
  if (last && layer.sketch) return f.percent(last.zeros / layer.sketch.count);
  return sparsity === undefined ? '' : f.percent(sparsity);
}

function histogram(s: Studio, t: TFunction, f: Formats): string {
  const data = wholeHistogram(s.model?.layers ?? [], resultIsCurrent(s) ? s.reports : new Map());
  return data ? section(t('report.histogram'), histogramChart(data, t, f)) : '';
}

function byClass(s: Studio, t: TFunction, f: Formats): string {
  const changes = s.report && reportIsCurrent(s) ? classChanges(s.report) : [];
  if (changes.length === 0) return '';
  return section(
    t('report.perClass'),
    htmlTable(
      (['class', 'samples', 'original', 'compressed', 'change'] as const).map((k) =>
        t(`accuracy.perClassColumns.${k}`),
      ),
      changes
        .slice(0, MAX_ROWS)
        .map((c) => [
          c.name,
          f.integer(c.total),
          f.fixed(c.before * 100, 1),
          f.fixed(c.after * 100, 1),
          f.points(c.change).replace(' pp', ''),
        ]),
    ),
  );
}

function model(s: Studio, t: TFunction, f: Formats): string {
  const info = s.model?.info;
  if (!info) return '';
  const value = (v: (typeof info.inputs)[number]) =>
    `${v.name} ${v.dtype} ${v.dims ? shape(v.dims.map((d) => d ?? '?')) : t('layers.facts.anyShape')}`;
  return section(
    t('report.model'),
    htmlTable(
      ['', ''],
      [
        [t('layers.facts.inputs'), info.inputs.map(value).join('; ')],
        [t('layers.facts.outputs'), info.outputs.map(value).join('; ')],
        [
          t('layers.facts.opset'),
          Object.entries(info.opsets)
            .map(([d, v]) => `${d || t('layers.facts.default')} ${v}`)
            .join(', '),
        ],
        [
          t('layers.facts.producer'),
          `${info.producer.name} ${info.producer.version}`.trim() || t('layers.facts.unknown'),
        ],
        [t('layers.facts.parameters'), f.integer(info.parameters)],
        [t('layers.facts.operators'), info.operators.map((o) => `${o.op} × ${f.integer(o.count)}`).join(', ')],
      ],
    ),
  );
}

const style = `
body{margin:0;background:${toHex(lightColours.surface)};color:${toHex(lightColours.text)};font:14px/1.5 system-ui,sans-serif;font-variant-numeric:tabular-nums}
main{max-width:820px;margin:0 auto;padding:32px 24px}
h1{font-size:22px;margin:0}h2{font-size:16px;margin:32px 0 8px}
.muted{color:${toHex(lightColours['text-muted'])};margin:4px 0}
.scroll{overflow-x:auto}table{width:100%;border-collapse:collapse;background:#fff}
th,td{padding:4px 8px;border-bottom:1px solid ${toHex(lightColours.line)};text-align:right;font-weight:400}
th:first-child{text-align:left;overflow-wrap:anywhere}thead th{color:${toHex(lightColours['text-muted'])};font-size:12px}
pre{padding:12px;background:#fff;border:1px solid ${toHex(lightColours.line)};border-radius:6px;overflow:auto;font:12px/1.5 ui-monospace,monospace}
svg{max-width:100%;height:auto;margin:12px 0;border:1px solid ${toHex(lightColours.line)};border-radius:6px}
@media print{section{break-inside:avoid}body{background:#fff}}`;
