import { frac, type Piece, root, sub, sup, under } from './math.tsx';
import type { Topic } from './topics.ts';

const qmin = sub('q', 'min');
const qmax = sub('q', 'max');
const clamp = (inside: Piece[]): Piece[] => ['clamp(', ...inside, ',', qmin, ',', qmax, ')'];
const symmetric: Piece[] = ['q =', ...clamp(['round(', frac('x', 's'), ')']), ', ', 'x̂ = q s'];

/** The same in every language. Several formulas of a topic stand under each other. */
export const formulas: Partial<Record<Topic, readonly (readonly Piece[])[]>> = {
  pruneWeights: [['w′ =', 'w if |w| ≥ t, else 0']],
  sparsity: [['sparsity =', frac('zeros', 'weights')]],
  threshold: [['|w| < t ⇒ w′ = 0']],
  importance: [
    ['magnitude: |w|'],
    ['gradient:', frac('1', 'N'), under('Σ', 'n'), sup(['(', frac(['∂', sub('L', 'n')], '∂w'), ')'], '2')],
    ['Taylor:', root([frac('1', 'N'), under('Σ', 'n'), sup(['(w', frac(['∂', sub('L', 'n')], '∂w'), ')'], '2')])],
    ['Wanda: |w|', root([under('Σ', 'n'), sup(sub('x', 'n'), '2')])],
  ],
  factorize: [['W ≈', 'U V', ', ', 'm n → r (m + n)']],
  rank: [
    ['energy =', frac([under('Σ', 'i ≤ r'), sup(sub('σ', 'i'), '2')], [under('Σ', 'i'), sup(sub('σ', 'i'), '2')])],
  ],
  quantizeWeights: [['q =', ...clamp(['round(', frac('x', 's'), ') + z'])], ['x̂ = (q − z) s']],
  bits: [
    ['levels =', sup('2', 'b')],
    ['SQNR ≈', '6.02 b +', 'c dB'],
  ],
  symmetric: [['s =', frac('max |x|', [sup('2', 'b−1'), '− 1']), ', z = 0'], symmetric],
  asymmetric: [
    ['s =', frac('max x − min x', [sup('2', 'b'), '− 1']), ', z = round(', qmin, '−', frac('min x', 's'), ')'],
    ['q =', ...clamp(['round(', frac('x', 's'), ') + z']), ', x̂ = (q − z) s'],
  ],
  codebook: [
    [
      under('min', [sub('c', '1'), '…', sub('c', 'k')]),
      under('Σ', 'i'),
      under('min', 'j'),
      sup(['(', sub('x', 'i'), '−', sub('c', 'j'), ')'], '2'),
    ],
    ['k =', sup('2', 'b')],
  ],
  article: [
    ['u =', frac('x − min x', 'max x − min x')],
    ['q = clamp(round(u ·', sup('2', 'b'), '−', sup('2', 'b−1'), '), −', sup('2', 'b−1'), ',', sup('2', 'b−1'), '− 1)'],
  ],
  scale: [['s =', frac('range of x', 'range of q')]],
  zeroPoint: [['z = q of x = 0']],
  granularity: [['scales =', '1', '(tensor) ,', 'C', '(channel) ,', frac('n', 'B'), '(block)']],
  range: [[under('min', 'r'), under('Σ', 'i'), sup(['(', sub('x', 'i'), '−', sub('x̂', 'i'), '(r))'], '2')]],
  float16: [['1 sign + 5 exponent + 10 fraction = 16 bits']],
  entropy: [['H = −', under('Σ', 'j'), sub('p', 'j'), sub('log', '2'), sub('p', 'j')]],
  sqnr: [
    [
      'SQNR = 10',
      sub('log', '10'),
      frac(
        [under('Σ', 'i'), sup(sub('x', 'i'), '2')],
        [under('Σ', 'i'), sup(['(', sub('x', 'i'), '−', sub('x̂', 'i'), ')'], '2')],
      ),
      'dB',
    ],
  ],
  histogram: [['width = 2', frac('IQR', [sup('n', '1/3')])]],
  statistics: [['std =', root([frac('1', 'n'), under('Σ', 'i'), sup(['(', sub('x', 'i'), '− mean)'], '2')])]],
  accuracy: [['top-1 =', frac('right answers', 'samples')]],
  agreement: [['agreement =', frac('same answers', 'samples')]],
  cosine: [
    [
      'cos =',
      frac(
        ['Σ', sub('y', 'i'), sub('ŷ', 'i')],
        [root(['Σ', sup(sub('y', 'i'), '2')]), root(['Σ', sup(sub('ŷ', 'i'), '2')])],
      ),
    ],
  ],
  interval: [
    [
      frac(
        [
          'p +',
          frac(sup('z', '2'), '2 n'),
          '± z',
          root([frac('p (1 − p)', 'n'), '+', frac(sup('z', '2'), ['4', sup('n', '2')])]),
        ],
        ['1 +', frac(sup('z', '2'), 'n')],
      ),
      ', z = 1.96',
    ],
  ],
  quantizeBlocks: [['bits per weight = b +', frac('scale bits', 'B')]],
  equalize: [
    [
      sub('s', 'c'),
      '=',
      root([frac(sub('r', '1,c'), sub('r', '2,c'))]),
      ', ',
      sub('r', 'c'),
      '= max |',
      sub('w', 'c'),
      '|',
    ],
    ['f(s x) = s f(x)', 'for s > 0'],
  ],
  biasCorrection: [['b′ = b − E[(', 'ŵ − w', ') x]']],
  channelImportance: [
    ['L1:', under('Σ', 'i'), '|', sub('w', 'c,i'), '|'],
    [
      'Taylor:',
      frac('1', 'N'),
      under('Σ', 'n'),
      sup(['(', under('Σ', 'i'), sub('w', 'c,i'), frac(['∂', sub('L', 'n')], ['∂', sub('w', 'c,i')]), ')'], '2'),
    ],
  ],
  channelCorrection: [
    [
      'W′ = argmin',
      under('Σ', 'n'),
      sup(['|', sub('y', 'n'), '− W′', sub('x̂', 'n'), '|'], '2'),
      '+ λ',
      sup('|W′ − W|', '2'),
    ],
  ],
  distill: [
    [
      'L = (1 − α)',
      sup('T', '2'),
      'KL(softmax(',
      frac('t', 'T'),
      ') ∥ softmax(',
      frac('s', 'T'),
      ')) + α CE(s, label)',
    ],
  ],
};
