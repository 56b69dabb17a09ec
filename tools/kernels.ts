// `npm run kernels`: assembles the kernels after their text was changed. A test says when that was forgotten.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { assemble } from '../src/kernels/simd/assemble.ts';
import { PAGES } from '../src/kernels/simd/layout.ts';
import { KERNELS } from '../src/kernels/simd/text.ts';

/** As long as the formatter lets a line be. */
const LINE = 112;

const text = Buffer.from(assemble(KERNELS, PAGES)).toString('base64');
const lines = text.match(new RegExp(`.{1,${LINE}}`, 'g'))!.map((line) => `  '${line}'`);
writeFileSync(
  join(import.meta.dirname, '../src/kernels/simd/binary.ts'),
  `/** What \`assemble\` makes of \`text.ts\`, in base64. Written by \`npm run kernels\`. */
export const BINARY =
${lines.join(' +\n')};
`,
);
