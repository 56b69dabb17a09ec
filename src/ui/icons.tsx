import type { ReactNode } from 'react';

/** Line icons on a 16-unit grid, 1.5 units thick, in the colour of the text around them. All are decoration: name the button, not the icon. */
const paths = {
  plus: <path d="M8 3v10M3 8h10" />,
  minus: <path d="M3 8h10" />,
  close: <path d="m4 4 8 8M12 4l-8 8" />,
  check: <path d="m3 8.5 3.2 3.2L13 5" />,
  chevronDown: <path d="m4 6 4 4 4-4" />,
  chevronRight: <path d="m6 4 4 4-4 4" />,
  chevronUp: <path d="m4 10 4-4 4 4" />,
  arrowUp: <path d="M8 13V3M4 7l4-4 4 4" />,
  arrowDown: <path d="M8 3v10M4 9l4 4 4-4" />,
  arrowRight: <path d="M3 8h10M9 4l4 4-4 4" />,
  info: (
    <>
      <circle cx="8" cy="8" r="6" />
      <path d="M8 7.5V11M8 5v.01" />
    </>
  ),
  warning: <path d="M8 2.5 14 13H2L8 2.5ZM8 6.5v3M8 11.2v.01" />,
  better: (
    <>
      <circle cx="8" cy="8" r="6" />
      <path d="m5.2 8.2 2 2 3.6-4" />
    </>
  ),
  worse: (
    <>
      <circle cx="8" cy="8" r="6" strokeDasharray="2.2 1.6" />
      <path d="M8 5v6M5.6 8.8 8 11.2l2.4-2.4" />
    </>
  ),
  same: (
    <>
      <circle cx="8" cy="8" r="6" />
      <path d="M5.5 8h5" />
    </>
  ),
  log: <path d="M2.5 2.5v11h11M4.5 11.5c1-5 3.5-7 9-7.5" />,
  table: <path d="M2.5 3h11v10h-11zM2.5 6.5h11M6.5 3v10" />,
  copy: <path d="M6 6h7v7H6zM10 6V3H3v7h3" />,
  download: <path d="M8 2.5v8M4.5 7.5 8 11l3.5-3.5M3 13.5h10" />,
  upload: <path d="M8 11V3M4.5 6.5 8 3l3.5 3.5M3 13.5h10" />,
  undo: <path d="M3 6.5h6.5a3.5 3.5 0 0 1 0 7H6M3 6.5l3-3M3 6.5l3 3" />,
  redo: <path d="M13 6.5H6.5a3.5 3.5 0 0 0 0 7H10M13 6.5l-3-3M13 6.5l-3 3" />,
  more: <path d="M3.5 8v.01M8 8v.01M12.5 8v.01" strokeWidth="2.4" />,
  grip: <path d="M6 4v.01M10 4v.01M6 8v.01M10 8v.01M6 12v.01M10 12v.01" strokeWidth="2" />,
  search: <path d="M11 11l3 3M12 7A5 5 0 1 1 2 7a5 5 0 0 1 10 0Z" />,
  settings: <path d="M2 5h7M13 5h1M2 11h1M7 11h7M11 3v4M5 9v4" />,
  trash: <path d="M3 4.5h10M6.5 4.5v-2h3v2M4.5 4.5l.6 9h5.8l.6-9" />,
  play: <path d="M5 3.5v9l7.5-4.5z" />,
  stop: <path d="M4 4h8v8H4z" />,
  sun: (
    <>
      <circle cx="8" cy="8" r="2.75" />
      <path d="M8 1.5v1.2M8 13.3v1.2M1.5 8h1.2M13.3 8h1.2M3.4 3.4l.85.85M11.75 11.75l.85.85M3.4 12.6l.85-.85M11.75 4.25l.85-.85" />
    </>
  ),
  moon: <path d="M13 9.5A5.5 5.5 0 0 1 6.5 3 5.5 5.5 0 1 0 13 9.5Z" />,
  contrast: (
    <>
      <circle cx="8" cy="8" r="6" />
      <path d="M8 2a6 6 0 0 1 0 12z" fill="currentColor" />
    </>
  ),
  layers: <path d="m8 2 6 3.2-6 3.2-6-3.2L8 2ZM2.5 8.4 8 11.2l5.5-2.8M2.5 11.2 8 14l5.5-2.8" />,
  chart: <path d="M2.5 2.5v11h11M5.5 11V8M8.5 11V4.5M11.5 11V6.5" />,
  sliders: <path d="M4 2.5v4M4 10v3.5M2 10h4M12 2.5V6M12 9.5v4M10 6h4M8 2.5v1M8 7v6.5M6 3.5h4" />,
  file: <path d="M4 2h5l3.5 3.5V14H4zM9 2v3.5h3.5" />,
  image: <path d="M2.5 3h11v10h-11zM2.5 11l3.5-3.5 3 3 1.5-1.5 3 3M10.5 6v.01" />,
  language: <path d="M2 4h7M5.5 2.5V4M8 4c-.6 2.8-2.6 5-5.5 6M3.5 6c.8 1.7 2.2 3 4 3.8M8 14l3-7 3 7M9 12h4" />,
} satisfies Record<string, ReactNode>;

export type IconName = keyof typeof paths;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      {paths[name]}
    </svg>
  );
}
