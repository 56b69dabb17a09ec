import { useTranslation } from 'react-i18next';
import { BarCell } from '../../ui/BarCell.tsx';
import { useFormat } from '../i18n/useFormat.ts';

/** More classes than this are a list no one reads; the largest are shown. */
const MAX_ROWS = 100;

export interface ClassCountsProps {
  counts: readonly number[];
  classes?: readonly string[];
}

/** Samples of each class: an unbalanced set makes an accuracy mean something else. */
export function ClassCounts({ counts, classes }: ClassCountsProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const most = counts.reduce((m, n) => Math.max(m, n), 1);
  const rows = counts.map((count, i) => ({ name: classes?.[i] ?? String(i), count }));
  if (rows.length > MAX_ROWS) rows.sort((a, b) => b.count - a.count).length = MAX_ROWS;
  return (
    <table className="data-counts">
      <thead>
        <tr>
          <th scope="col">{t('data.class')}</th>
          <th scope="col">{t('data.count')}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.name}>
            <th scope="row">{row.name}</th>
            <td>
              <BarCell share={row.count / most} text={format.integer(row.count)} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
