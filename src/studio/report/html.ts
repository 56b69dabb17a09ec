const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text for HTML, in elements and in quoted attributes. Names come from the files of strangers. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (c) => escapes[c]);
}

/** A table of text; the first column names its row. */
export function htmlTable(head: readonly string[], rows: readonly (readonly (string | undefined)[])[]): string {
  const cells = (row: readonly (string | undefined)[]) =>
    row.map((c, i) => (i ? `<td>${escapeHtml(c ?? '')}</td>` : `<th scope="row">${escapeHtml(c ?? '')}</th>`)).join('');
  return (
    `<div class="scroll"><table><thead><tr>${head.map((h) => `<th scope="col">${escapeHtml(h)}</th>`).join('')}</tr></thead>` +
    `<tbody>${rows.map((r) => `<tr>${cells(r)}</tr>`).join('')}</tbody></table></div>`
  );
}
