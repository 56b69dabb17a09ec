import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { JudgeReport } from '../../judge/types.ts';
import { Matrix } from '../../ui/Matrix.tsx';
import { Segmented } from '../../ui/Segmented.tsx';
import { About } from '../explain/About.tsx';
import { useFormat } from '../i18n/useFormat.ts';

/** What was answered in place of what, for either model. */
export function Confusion({ report }: { report: JudgeReport }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [of, setOf] = useState<'original' | 'compressed'>('compressed');
  const accuracy = report[of]!;
  const n = accuracy.perClass.length;
  const classes = Array.from({ length: n }, (_, i) => report.classes?.[i] ?? String(i));
  const worst = worstConfusion(accuracy.confusion, n);
  const summary = [
    `${t('accuracy.rows.top1')} ${format.percent(accuracy.top1.value, 2)}.`,
    worst && t('accuracy.worst', { truth: classes[worst.row], answer: classes[worst.column], n: worst.count }),
  ]
    .filter(Boolean)
    .join(' ');
  return (
    <section className="accuracy-confusion">
      <Segmented
        label={t('accuracy.confusionOf')}
        hideLabel
        value={of}
        onChange={setOf}
        options={[
          { value: 'original', label: t('accuracy.original') },
          { value: 'compressed', label: t('accuracy.compressed') },
        ]}
      />
      <div className="accuracy-matrix">
        <Matrix
          title={t('accuracy.confusion')}
          classes={classes}
          counts={accuracy.confusion}
          summary={summary}
          explain={<About topic="confusion" />}
          fileName={`confusion-${of}`}
        />
      </div>
      {worst && <p className="accuracy-note">{summary}</p>}
    </section>
  );
}

/** The wrong answer given most often. */
function worstConfusion(counts: Uint32Array, n: number): { row: number; column: number; count: number } | undefined {
  let worst: { row: number; column: number; count: number } | undefined;
  for (let i = 0; i < counts.length; i++) {
    const row = Math.floor(i / n);
    const column = i % n;
    if (row !== column && counts[i] > (worst?.count ?? 0)) worst = { row, column, count: counts[i] };
  }
  return worst;
}
