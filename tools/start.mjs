// `npm start`: installs what is missing, builds, serves with cross-origin isolation, and opens the page.
import { spawn } from 'node:child_process';
import { ensurePackages, run } from './setup.mjs';

ensurePackages();
if (run('npx', ['vite', 'build', '--logLevel', 'warn']) !== 0) process.exit(1);

const { preview } = await import('vite');
// Port 0 lets the system choose one that is free.
const server = await preview({ preview: { port: 0, host: 'localhost' } });
const address = server.resolvedUrls.local[0];
console.log(`\nPare is at ${address}\nCtrl+C stops it.`);

const opener = { darwin: 'open', win32: 'explorer' }[process.platform] ?? 'xdg-open';
if (!process.env.CI) spawn(opener, [address], { stdio: 'ignore', detached: true }).on('error', () => {});
