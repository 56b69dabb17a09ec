import './DataTable.css';

/** A number in a table with its share of the largest as a bar before it. */
export function BarCell({ share, text }: { share: number; text: string }) {
  const width = Number.isFinite(share) ? Math.min(1, Math.max(0, share)) * 100 : 0;
  return (
    <span className="ui-bar">
      <i style={{ width: `${width}%` }} />
      <span>{text}</span>
    </span>
  );
}
